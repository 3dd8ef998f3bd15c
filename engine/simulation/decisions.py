"""How right and how repeatable the decisions of a test are: levels, cut scores, accuracy and consistency."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.scale import Scale

NEAR = 0.25
"""Who counts as being at a cut (logits)."""

PEOPLE = 1000
"""Whose sum scores are worked out together: as many as the processor keeps at hand."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """Expected shares of right decisions, and of equal decisions in two tests of the same people."""

    accuracy: float
    consistency: float


def level_probabilities(theta: Floats, se: Floats, cuts: Floats) -> Floats:
    """Return the chance (N, C + 1) that each person's true ability lies in each level, for cuts (C,)."""
    below = ndtr((np.asarray(cuts) - theta[:, None]) / se[:, None])
    edges = np.hstack([np.zeros((theta.size, 1)), below, np.ones((theta.size, 1))])
    return np.diff(edges, axis=1)


def rudner(theta: Floats, se: Floats, cuts: Floats) -> Decisions:
    """Return accuracy and consistency by the normal error of θ.

    Rudner (2001, 2005), Practical Assessment, Research & Evaluation 7(14) and 10(13). People without a
    standard error do not count.
    """
    there = np.isfinite(theta) & np.isfinite(se)
    chance = level_probabilities(theta[there], se[there], cuts)
    level = np.searchsorted(cuts, theta[there], side="right")
    return Decisions(
        float(chance[np.arange(level.size), level].mean()), float((chance**2).sum(axis=1).mean())
    )


def lee(pool: ItemPool, items: Ints, theta: Floats, cuts: Floats) -> Decisions:
    """Return accuracy and consistency by the distribution of the sum score on each person's own items.

    A cut on θ becomes a cut on the sum score: the expected score there. At each person's θ the chance of
    every sum score follows from Lord & Wingersky's recursion.

    Lee (2010), Journal of Educational Measurement 47, 1-17.

    Parameters
    ----------
    items : (N, L) int
        Rows of the pool, −1 (or J and above) where there is none.
    """
    true, right, twice = np.searchsorted(cuts, theta, side="right"), 0.0, 0.0
    for first in range(0, theta.size, PEOPLE):
        some = slice(first, first + PEOPLE)
        chance = _chances(pool, items[some], theta[some], cuts)
        right += np.take_along_axis(chance, true[some, None], axis=1).sum()
        twice += (chance**2).sum()
    return Decisions(float(right / theta.size), float(twice / theta.size))


def _chances(pool: ItemPool, items: Ints, theta: Floats, cuts: Floats) -> Floats:
    """Return the chance (N, C + 1) that each person's sum score lies in each level."""
    distribution = score_distribution(pool, items, theta)
    scores, edges = np.arange(distribution.shape[1]), expected_scores(pool, items, cuts)
    level = (scores[None, :, None] >= edges[:, None, :]).sum(axis=2)
    return np.stack([(distribution * (level == k)).sum(axis=1) for k in range(cuts.size + 1)], axis=1)


def score_distribution(pool: ItemPool, items: Ints, theta: Floats) -> Floats:
    """Return P(sum score) (N, S + 1) of each person's items at their θ (Lord & Wingersky, 1984)."""
    highest = int(
        (np.where(_there(pool, items), pool.n_categories[_safe(pool, items)] - 1, 0)).sum(axis=1).max()
    )
    chance = np.zeros((theta.size, highest + 1))
    chance[:, 0] = 1.0
    for item in items.T:
        here = _there(pool, item)
        probability = np.where(here[:, None], pool.prob_at(_safe(pool, item), theta), 0.0)
        probability[~here, 0] = 1.0
        after = chance * probability[:, :1]
        for category in range(1, probability.shape[1]):
            after[:, category:] += chance[:, :-category] * probability[:, category : category + 1]
        chance = after
    return chance


def expected_scores(pool: ItemPool, items: Ints, theta: Floats) -> Floats:
    """Return the expected sum scores (N, C) of people's items at abilities (C,)."""
    expected = np.arange(pool.max_categories) @ np.exp(pool.log_prob(theta))
    table = np.vstack([expected, np.zeros(theta.size)])
    return np.asarray(table[np.where(_there(pool, items), items, -1)].sum(axis=1))


def at_cuts(theta: Floats, estimate: Floats, se: Floats, cuts: Floats) -> pd.DataFrame:
    """Return what a test does at each cut, a row a cut: people near it, their SE, share decided rightly.

    Parameters
    ----------
    theta, estimate, se : (N,)
        True ability, estimate and standard error.
    """
    rows = []
    for cut in cuts:
        near = (np.abs(theta - cut) <= NEAR) & np.isfinite(se)
        right = (estimate >= cut) == (theta >= cut)
        rows.append((cut, int(near.sum()), se[near].mean() if near.any() else np.nan, right.mean()))
    return pd.DataFrame(rows, columns=["cut", "n_near", "mean_se_near", "right"])


def by_level(theta: Floats, estimate: Floats, se: Floats, scale: Scale) -> pd.DataFrame:
    """Return who belongs to each level and who is placed there, a row a level.

    Columns are the share who truly belong to it (`true`) and who are placed in it (`placed`), the mean
    probability of it that the tests claim (`claimed`), and the share placed rightly of those who belong to it
    (`right`).

    Parameters
    ----------
    theta, estimate, se : (N,)
        True ability, estimate and standard error.
    """
    there = np.isfinite(estimate) & np.isfinite(se)
    belongs, placed = (
        np.searchsorted(scale.cuts, ability[there], side="right") for ability in (theta, estimate)
    )
    claimed = level_probabilities(estimate[there], se[there], scale.cuts).mean(axis=0)
    rows = []
    for level, name in enumerate(scale.levels):
        own = belongs == level
        right = (placed[own] == level).mean() if own.any() else np.nan
        rows.append((name, own.mean(), (placed == level).mean(), claimed[level], right))
    return pd.DataFrame(rows, columns=["level", "true", "placed", "claimed", "right"])


def _there(pool: ItemPool, items: Ints) -> Bools:
    return np.asarray((items >= 0) & (items < len(pool)))


def _safe(pool: ItemPool, items: Ints) -> Ints:
    return np.where(_there(pool, items), items, 0)
