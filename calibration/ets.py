"""The classes A, B, C of the Educational Testing Service for the size of a difference between groups.

    A  negligible: |Δ| below 1, or not significantly different from 0
    C  large: |Δ| at least 1.5, and significantly above 1
    B  all others

Δ = −2.35 ln α is the delta scale, α the odds ratio; under the Rasch model 1 and 1.5 are 0.43 and 0.64 logits.
Zwick (2012), ETS RR-12-08, p. 3; polytomous items by SMD / SD: Zwick, Thayer & Mazzeo (1997), ETS RR-97-05.
"""

import numpy as np

from engine._types import Bools, Floats

DELTA = -2.35
"""Points of the delta scale in one unit of ln α."""
SMALL, LARGE = 1.0, 1.5
SMALL_SMD, LARGE_SMD = 0.17, 0.25
CRITICAL = 1.645


def ets_class(delta: Floats, se: Floats, *, significant: Bools) -> list[str]:
    """Return the class of each Δ (J,) with its standard error and whether it differs from 0 at 5 %."""
    size = np.abs(delta)
    large = (size >= LARGE) & (size - CRITICAL * np.asarray(se) > SMALL)
    return _letters(size, SMALL, large, significant)


def smd_class(effect: Floats, *, significant: Bools) -> list[str]:
    """Return the class of each standardised mean difference SMD / SD (J,) of an item with more categories."""
    size = np.abs(effect)
    return _letters(size, SMALL_SMD, size > LARGE_SMD, significant)


def _letters(size: Floats, small: float, large: Bools, significant: Bools) -> list[str]:
    negligible = ~(np.asarray(significant) & (size >= small))
    letters = np.select([np.isnan(size), negligible, large], ["", "A", "C"], "B")
    return [str(letter) for letter in letters]
