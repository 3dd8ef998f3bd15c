"""Impact: how far groups differ in what the test measures. No fault of any item, and no DIF.

    d = (mean of the group − mean of the reference) / pooled SD          with its large-sample 95 % interval

Hedges & Olkin (1985), Statistical Methods for Meta-Analysis, ch. 5; Borenstein et al. (2009), eq. 4.18–4.20.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from calibration.dif.groups import Groups
from engine._types import Floats

BINS = 20


def impact_table(standing: Floats, groups: Groups) -> pd.DataFrame:
    """Return `group, n, mean, se, sd, d, d_low, d_high`, the reference group first and without d.

    Parameters
    ----------
    standing : (N,)
        Sum score or ability of each person, NaN where unknown.
    """
    rows = []
    for label, values in zip(groups.labels, _members(standing, groups), strict=True):
        n, sd = values.size, float(values.std(ddof=1)) if values.size > 1 else np.nan
        mean = float(values.mean()) if n else np.nan
        rows.append({"group": label, "n": n, "mean": mean, "se": sd / np.sqrt(max(n, 1)), "sd": sd})
    table = pd.DataFrame(rows)
    reference = table.iloc[0]
    people, n_ref = table["n"], reference["n"]
    pooled = np.sqrt(
        ((people - 1) * table["sd"] ** 2 + (n_ref - 1) * reference["sd"] ** 2)
        / np.maximum(people + n_ref - 2, 1)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        d = (table["mean"] - reference["mean"]) / pooled
        half = norm.ppf(0.975) * np.sqrt((people + n_ref) / (people * n_ref) + d**2 / (2 * (people + n_ref)))
    table = table.assign(d=d, d_low=d - half, d_high=d + half)
    table.loc[0, ["d", "d_low", "d_high"]] = np.nan
    return table


def standing_shares(standing: Floats, groups: Groups) -> pd.DataFrame:
    """Return `group, low, high, n, share`: how each group is spread over twenty bins of standing."""
    known = standing[np.isfinite(standing) & (groups.index >= 0)]
    edges = np.linspace(known.min(), known.max(), BINS + 1) if known.size else np.linspace(0, 1, BINS + 1)
    frames = []
    for label, values in zip(groups.labels, _members(standing, groups), strict=True):
        n, _ = np.histogram(values, edges)
        told = {"group": label, "low": edges[:-1], "high": edges[1:], "n": n}
        frames.append(pd.DataFrame(told | {"share": n / max(values.size, 1)}))
    return pd.concat(frames, ignore_index=True)


def _members(standing: Floats, groups: Groups) -> list[Floats]:
    """Return the known values of each group."""
    known = np.isfinite(standing)
    return [standing[known & (groups.index == group)] for group in range(len(groups.labels))]
