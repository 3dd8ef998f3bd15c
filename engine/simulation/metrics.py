"""How well a test did: precision, coverage, use of the pool."""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import ndtri

from engine._types import Floats, Ints

EDGES = np.arange(-4.0, 4.5, 0.5)
"""Bins of true ability (logits), where it is drawn from a population."""
GRID_POINTS = 61
"""So many different abilities are a grid; more are a population."""


def mean(values: Floats) -> float:
    """Return the mean of the values that are there, NaN if none is."""
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else float("nan")


def coverage(error: Floats, se: Floats, *, band: float = 0.95) -> float:
    """Return the share of tests whose interval θ̂ ± z·SE holds the true θ; those without SE do not count."""
    there = np.isfinite(error) & np.isfinite(se)
    inside = np.abs(error[there]) <= ndtri(0.5 + band / 2) * se[there]
    return float(inside.mean()) if there.any() else float("nan")


def mean_overlap(asked: Ints, n: int, mean_length: float) -> float:
    """Return the share of a test that two test takers have in common on average.

    Chen, Ankenmann & Spray (2003), Journal of Educational Measurement 40, 129-145, eq. 6: all pairs at once
    from the number of tests that held each item.

    Parameters
    ----------
    asked : (J,) int
        Tests that held each item.
    n : int
        Number of tests.
    """
    if n < 2 or not mean_length:
        return float("nan")
    return float((asked * (asked - 1.0)).sum() / (n * (n - 1.0) * mean_length))


def ability_edges(theta: Floats) -> Floats:
    """Return the bounds (B + 1,) of bins of true ability: half logits, or around each of a few abilities."""
    there = np.unique(theta[np.isfinite(theta)])
    if not 2 <= there.size <= GRID_POINTS or 2 * there.size > theta.size:
        return EDGES
    middle = (there[:-1] + there[1:]) / 2
    return np.concatenate([[2 * there[0] - middle[0]], middle, [2 * there[-1] - middle[-1]]])


def along_ability(theta: Floats, estimate: Floats, se: Floats, *, edges: Floats) -> pd.DataFrame:
    """Return bias, RMSE, mean SE and coverage of 95 % intervals by bins of true ability, a row a bin.

    Parameters
    ----------
    theta, estimate, se : (N,)
    edges : (B + 1,)
        Bounds of the bins (logits), rising.
    """
    place = np.digitize(theta, edges) - 1
    rows = []
    for bin_, (low, high) in enumerate(pairwise(edges)):
        here = (place == bin_) & np.isfinite(estimate)
        if here.any():
            error = estimate[here] - theta[here]
            row = (low, high, int(here.sum()), error.mean(), np.sqrt((error**2).mean()))
            rows.append((*row, mean(se[here]), coverage(error, se[here])))
    columns = ["theta_low", "theta_high", "n", "bias", "rmse", "mean_se", "coverage_95"]
    return pd.DataFrame(rows, columns=columns)
