"""How sure the gain in Nagelkerke's R² is: an interval by the noncentral χ² distribution.

The gain grows with the likelihood ratio LR of the two models, (1 − e^(−LR/n)) times what does not depend on
it. LR is distributed as χ² with noncentrality λ; the λ for which the observed LR stands at the 97.5th and at
the 2.5th percentile, in the place of LR, bound the gain in the population.

Steiger & Fouladi (1997), in Harlow, Mulaik & Steiger, What if there were no significance tests, ch. 9.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.stats import ncx2

from engine._types import Floats

TAIL = 0.025


def gain_interval(gain: Floats, ratio: Floats, df: int, n: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the 95 % interval of gains (J,) with likelihood ratios and answers (J,)."""
    low, high = (
        np.array([noncentrality(float(one), df, share) for one in ratio]) for share in (1 - TAIL, TAIL)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = gain / -np.expm1(-ratio / n)
    return -unit * np.expm1(-low / n), -unit * np.expm1(-high / n)


def noncentrality(ratio: float, df: int, share: float) -> float:
    """Return the λ under which χ² with df degrees of freedom stays below the ratio with this probability.

    0 where even λ = 0 gives less; NaN where the ratio is not known.
    """
    if not np.isfinite(ratio):
        return float("nan")
    if ratio <= 0 or ncx2.cdf(ratio, df, 1e-12) <= share:
        return 0.0
    top = ratio + 10 * np.sqrt(ratio + df) + 40
    return float(brentq(lambda value: ncx2.cdf(ratio, df, value) - share, 1e-12, top))
