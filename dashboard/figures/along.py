"""Means along ability, each with its interval and its n."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from engine._types import Floats

WIDTH = 0.5
"""Of a bin of ability (logits)."""
LEAST = 5
"""Fewest people that make a point."""


def means_along(theta: Floats, values: Floats) -> pd.DataFrame:
    """Return `theta` (mean of the bin), `n`, `mean`, `low`, `high` (95 %) in bins of ability (N,)."""
    known = np.isfinite(theta) & np.isfinite(values)
    frame = pd.DataFrame({"theta": theta[known], "value": values[known]})
    bins = np.floor(frame["theta"] / WIDTH + 0.5)
    grouped = frame.groupby(bins)
    table = grouped.agg(
        theta=("theta", "mean"), n=("value", "size"), mean=("value", "mean"), sd=("value", "std")
    )
    table = table[table["n"] >= LEAST].reset_index(drop=True)
    half = norm.ppf(0.975) * table["sd"] / np.sqrt(table["n"])
    return table.assign(low=table["mean"] - half, high=table["mean"] + half).drop(columns="sd")


def correlation_interval(one: Floats, two: Floats) -> tuple[float, float, float, int]:
    """Return r, its 95 % interval and n; NaN with fewer than four pairs or without spread."""
    known = np.isfinite(one) & np.isfinite(two)
    n = int(known.sum())
    if n < 4 or np.ptp(one[known]) == 0 or np.ptp(two[known]) == 0:
        return np.nan, np.nan, np.nan, n
    r = np.corrcoef(one[known], two[known])[0, 1]
    low, high = fisher_interval(np.array([r]), np.array([n]))
    return float(r), float(low[0]), float(high[0]), n


def fisher_interval(r: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the ends of the 95 % interval of correlations r by Fisher's z (1921), SE 1/√(n − 3)."""
    z, half = np.arctanh(np.clip(r, -1 + 1e-9, 1 - 1e-9)), norm.ppf(0.975) / np.sqrt(np.maximum(n - 3, 1))
    return np.tanh(z - half), np.tanh(z + half)
