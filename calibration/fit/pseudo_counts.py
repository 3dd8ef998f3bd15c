"""Fit along ability for any log, sparse ones too: expected counts against the model, judged by simulation.

Nobody's ability is known, so each person counts at every node as much as the posterior says. With r the
counts so gathered and n = Σ_k r,

    χ²* = Σ_points Σ_k (r_k − n P_k)² / (n P_k)

The counts are dependent, so χ²* follows no known distribution; its mean and variance over simulated data
give the scale γ and the degrees of freedom ν of γ χ²(ν). The item's parameters were fitted to these very
answers, which the simulated ones were not: what their scores (derivatives of the log-likelihood, 0 after a
fit) explain of the simulated deviations is taken out first. People count where they were met: it holds in an
adaptive test too.

Stone (2000), JEM 37, 58–75, with the scaling of Stone, Ankenmann, Lane & Liu (1993).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from calibration.abilities import Abilities
from calibration.fit.free_parameters import free_parameters
from engine._types import Floats

POINTS = 11
RANGE = 2.0
"""Abilities are gathered at eleven points from −2 to 2 population SDs."""
FEWEST_EXPECTED = 0.5
"""People that a cell must expect to count."""


@dataclass(frozen=True, slots=True, eq=False)
class PseudoCountFit:
    """χ²* of J items, each (J,): the statistic in units of its scale, degrees of freedom, probability."""

    chi2: Floats
    df: Floats
    p: Floats


def deviations_and_scores(abilities: Abilities) -> Floats:
    """Return r − n P in all cells, then the scores of the item's parameters: (J, K · 11 + P)."""
    gathered, expected, _ = _gather(abilities)
    flat = (gathered - expected).reshape(len(gathered), -1)
    return np.concatenate([flat, _scores(abilities)], axis=1)


def pseudo_count_fit(abilities: Abilities, simulated: Floats) -> PseudoCountFit:
    """Judge χ²* by deviations and scores over replicates (B, J, K · 11 + P)."""
    gathered, expected, _ = _gather(abilities)
    e = expected.reshape(len(expected), -1)
    weight = np.divide(1.0, e, out=np.zeros_like(e), where=e >= FEWEST_EXPECTED)
    observed = ((gathered - expected).reshape(e.shape) ** 2 * weight).sum(axis=1)
    by_chance = (_unexplained(simulated, e.shape[1]) ** 2 * weight).sum(axis=2)
    mean, variance = by_chance.mean(axis=0), by_chance.var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = 2 * mean**2 / variance
        scaled = observed * df / mean
    return PseudoCountFit(scaled, df, np.asarray(chi2.sf(scaled, df)))


def _unexplained(simulated: Floats, n_cells: int) -> Floats:
    """Return the simulated deviations (B, J, cells) less what the scores explain of them, spread restored."""
    deviations, scores = simulated[..., :n_cells], simulated[..., n_cells:]
    centred = scores - scores.mean(axis=0)
    cross = np.einsum("bjp,bjc->jpc", centred, deviations)
    spread = np.einsum("bjp,bjq->jpq", centred, centred)
    slope = np.linalg.pinv(spread, rcond=1e-10, hermitian=True) @ cross
    used = np.count_nonzero(np.einsum("jpp->jp", spread) > 0, axis=1)
    b = len(simulated)
    restored = np.sqrt((b - 1) / np.maximum(b - 1 - used, 1))
    return np.asarray((deviations - np.einsum("bjp,jpc->bjc", centred, slope)) * restored[:, None])


def _scores(abilities: Abilities) -> Floats:
    """Return ∂ log L in each item's free working parameters (J, P), 0 beyond its own."""
    counts = abilities.expected_counts()
    widest = max(len(block.model.working_names(block.n_categories)) for block in abilities.pool.blocks)
    out = np.zeros((len(abilities.pool), widest))
    for block in abilities.pool.blocks:
        gradient, _ = block.model.working_derivatives(block.working[:, None, :], abilities.nodes)
        own = counts[block.index, : block.n_categories]
        scores = np.einsum("jkq,jqkp->jp", own, np.nan_to_num(gradient))
        out[block.index, : scores.shape[1]] = scores * free_parameters(abilities.pool, block)
    return out


def root_mean_squared_deviation(abilities: Abilities) -> Floats:
    """Return how far observed and expected scores lie apart along ability (J,), as a share of the points.

    Weighted by where the item's people are; von Davier & Bezirhan (2023), Psychometrika 88 (RMSD).
    """
    gathered, expected, _ = _gather(abilities)
    score = np.arange(gathered.shape[1])
    n = expected.sum(axis=1)
    apart = np.divide(
        np.einsum("jkp,k->jp", gathered - expected, score), n, out=np.zeros_like(n), where=n > 0
    )
    spread = np.sqrt((n * apart**2).sum(axis=1) / np.maximum(n.sum(axis=1), 1e-9))
    return np.asarray(spread / (abilities.pool.n_categories - 1))


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
