"""Deviations that a few extreme values cannot hide: from the median, by the quartiles."""

import numpy as np

from engine._types import Floats

IQR_TO_SD = 0.7413
"""SD of a normal distribution in units of its interquartile range."""


def robust_z(values: Floats) -> Floats:
    """Return values (M,) from their median, in SDs as the quartiles show them; NaN stays."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return values
    low, middle, high = np.percentile(finite, [25, 50, 75])
    return (values - middle) / (IQR_TO_SD * (high - low)) if high > low else np.zeros_like(values)


def robust_excess(values: Floats) -> Floats:
    """Return values (M,) from their median, in SDs as the lower half shows them; NaN stays.

    For faults that only raise values: those raised, even a quarter of all, do not widen the scale.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return values
    low, middle = np.percentile(finite, [25, 50])
    return (values - middle) / (2 * IQR_TO_SD * (middle - low)) if middle > low else np.zeros_like(values)
