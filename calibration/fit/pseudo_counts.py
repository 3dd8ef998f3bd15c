"""Fit along ability for any log, sparse ones too: expected counts against the model, judged by simulation.

Nobody's ability is known, so each person counts at every node as much as the posterior says. With r the
counts so gathered and n = Σ_k r,

    χ²* = Σ_points Σ_k (r_k − n P_k)² / (n P_k)

The counts are dependent, so χ²* follows no known distribution; its mean and variance over simulated data
give the scale γ and the degrees of freedom ν of γ χ²(ν), less the item's free parameters. People count where
they were met: it holds in an adaptive test too.

Stone (2000), JEM 37, 58–75, with the scaling of Stone, Ankenmann, Lane & Liu (1993).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from calibration.abilities import Abilities
from calibration.fit.free_parameters import free_per_item
from engine._types import Floats

POINTS = 11
RANGE = 2.0
"""Abilities are gathered at eleven points from −2 to 2 population SDs."""
FEWEST_LEFT = 0.5
"""Degrees of freedom that are left at least."""


@dataclass(frozen=True, slots=True, eq=False)
class PseudoCountFit:
    """χ²* of J items, each (J,): the statistic in units of its scale, degrees of freedom, probability."""

    chi2: Floats
    df: Floats
    p: Floats


def pseudo_count_chi2(abilities: Abilities) -> Floats:
    """Return χ²* (J,), unscaled."""
    gathered, expected, _ = _gather(abilities)
    ratio = np.divide(
        (gathered - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 1e-9
    )
    return np.asarray(ratio.sum(axis=(1, 2)))


def pseudo_count_fit(abilities: Abilities, simulated: Floats) -> PseudoCountFit:
    """Judge χ²* by its values over replicates (B, J)."""
    mean, variance = simulated.mean(axis=0), simulated.var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = 2 * mean**2 / variance
        scaled = pseudo_count_chi2(abilities) * df / mean
    left = np.maximum(df - free_per_item(abilities.pool), FEWEST_LEFT)
    return PseudoCountFit(scaled, left, np.asarray(chi2.sf(scaled, left)))


def observed_curves(abilities: Abilities, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return what people of each ability scored and what the model expects, one row an item and point.

    Columns: `item, theta, n` (people gathered), `observed, low, high` (mean score with its interval),
    `expected`. Points that gather less than one person are left out.
    """
    counts, expected, theta = _gather(abilities)
    score = np.arange(counts.shape[1])
    n = counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, model = np.einsum("jkp,k->jp", counts, score) / n, np.einsum("jkp,k->jp", expected, score) / n
        spread = np.einsum("jkp,k->jp", expected, score**2) / n - model**2
        half = norm.ppf(0.5 + confidence / 2) * np.sqrt(np.maximum(spread, 0) / n)
    top = (abilities.pool.n_categories - 1)[:, None]
    item, point = np.nonzero(n >= 1)
    columns = {
        "n": n,
        "observed": mean,
        "low": np.maximum(mean - half, 0),
        "high": np.minimum(mean + half, top),
        "expected": model,
    }
    names = np.array(abilities.responses.items, dtype=object)
    return pd.DataFrame(
        {"item": names[item], "theta": theta[point], **{k: v[item, point] for k, v in columns.items()}}
    )


def _gather(abilities: Abilities) -> tuple[Floats, Floats, Floats]:
    """Return gathered and expected counts (J, K, 11) and the points (11,)."""
    counts = abilities.expected_counts()
    points, nearest = gathering_points(abilities)
    return counts @ nearest, (abilities.prob * counts.sum(axis=1, keepdims=True)) @ nearest, points


def gathering_points(abilities: Abilities) -> tuple[Floats, Floats]:
    """Return the points (11,) and which of them gathers each node (Q, 11), ones and zeros."""
    mean = abilities.weights @ abilities.nodes
    sd = np.sqrt(abilities.weights @ abilities.nodes**2 - mean**2)
    points = mean + sd * np.linspace(-RANGE, RANGE, POINTS)
    nearest = np.abs(abilities.nodes[:, None] - points).argmin(axis=1)
    return points, np.asarray(np.eye(POINTS)[nearest])
