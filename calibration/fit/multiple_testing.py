"""Many tests at once: probabilities adjusted so that few of the alarms are false."""

import numpy as np
from scipy.stats import false_discovery_control

from engine._types import Floats


def adjust(p: Floats) -> Floats:
    """Return probabilities (J,) adjusted for the false-discovery rate; NaN stays where there is no test.

    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57, 289–300.
    """
    out = np.full(np.shape(p), np.nan)
    known = np.isfinite(p)
    if known.any():
        out[known] = false_discovery_control(np.asarray(p)[known])
    return out
