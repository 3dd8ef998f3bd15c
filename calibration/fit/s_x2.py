"""S-X²: does the share of each category among people with the same sum score agree with the model?

    S-X² = Σ_s Σ_k (O_sk − N_s E_sk)² / (N_s E_sk),   E_sk = ∫ P_k f(s − k | θ, other items) / ∫ f(s | θ)

over sum scores s that are neither the lowest nor the highest. Sparse cells are joined until each expects at
least one person: categories within a score first, then neighbouring scores. Degrees of freedom: cells −
scores − free parameters of the item and of the population. Needs people who met every item.

Orlando & Thissen (2000), Applied Psychological Measurement 24, eq. 2–6; Kang & Chen (2008), JEM 45, for more
than two categories.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from calibration.abilities import Abilities
from calibration.fit.free_parameters import free_per_item, free_population
from calibration.sum_scores import rest_score_distributions
from engine._types import Floats, Ints

FEWEST_EXPECTED = 1.0
"""People that each cell must expect."""
RARE_CATEGORY = 0.05
"""Share of the scores in which a category must have a cell of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class SumScoreFit:
    """S-X² of J items, each (J,): statistic, degrees of freedom, probability, RMSEA; N people used."""

    s_x2: Floats
    df: Ints
    p: Floats
    rmsea: Floats
    n: int


def sum_score_fit(abilities: Abilities) -> SumScoreFit:
    """Compute S-X² from the persons who answered every item; NaN where no degree of freedom is left."""
    responses = abilities.responses
    whole = responses.take_persons(responses.answers_per_person == responses.n_items)
    answers = whole.dense().astype(np.int64)
    expected = expected_shares(abilities.prob, abilities.weights)
    spent = free_per_item(abilities.pool) + free_population(abilities.pool)
    total = answers.sum(axis=1)
    statistic, df = np.full(responses.n_items, np.nan), np.zeros(responses.n_items, np.int64)
    for item, k in enumerate(abilities.pool.n_categories):
        observed = _score_table(total, answers[:, item], expected.shape[1], int(k))
        o, e = join_sparse(observed[1:-1], expected[item, 1:-1, :k])
        df[item] = max((e > 0).sum() - len(e) - spent[item], 0)
        if df[item]:
            statistic[item] = np.sum((o - e)[e > 0] ** 2 / e[e > 0])
    n = len(answers)
    excess = statistic / np.maximum(df, 1) - 1
    rmsea = np.sqrt(np.maximum(excess, 0) / max(n - 1, 1)) + 0 * statistic
    return SumScoreFit(statistic, df, np.asarray(chi2_distribution.sf(statistic, df)), rmsea, n)


def expected_shares(prob: Floats, weights: Floats) -> Floats:
    """Return P(category k | sum score s) as (J, S, K) from category probabilities (J, K, Q)."""
    rest = rest_score_distributions(prob)
    n_items, n_categories, _ = prob.shape
    n_scores = sum(int(np.flatnonzero(item.any(axis=1))[-1]) for item in prob) + 1
    joint = np.zeros((n_items, n_scores, n_categories))
    for k in range(n_categories):
        part = np.einsum("jq,jsq,q->js", prob[:, k], rest, weights, optimize=True)
        length = min(part.shape[1], n_scores - k)
        joint[:, k : k + length, k] = part[:, :length]
    total = joint.sum(axis=2, keepdims=True)
    return np.asarray(np.divide(joint, total, out=np.zeros_like(joint), where=total > 0))


def _score_table(total: Ints, category: Ints, n_scores: int, n_categories: int) -> Floats:
    """Return how many people with each sum gave each category (S, K)."""
    cell = total * n_categories + category
    return np.bincount(cell, minlength=n_scores * n_categories).reshape(n_scores, n_categories).astype(float)


def join_sparse(observed: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Return observed and expected counts with sparse cells joined; a cell that was given up holds 0 in both.

    Parameters
    ----------
    observed, share : (S, K)
        Counts by score and category; expected share of each category within a score.
    """
    first, last = _all_possible(share)
    o, e = (_fold(table, first, last) for table in (observed, share * observed.sum(axis=1, keepdims=True)))
    met = o.sum(axis=1) > 0
    o, e = _join_lone_scores(o[met], e[met])
    if o.shape[1] > 2:
        o, e = _join_categories(o, e)
        o, e = _join_rare_categories(o, e)
    return _join_scores(o, e)


def _all_possible(share: Floats) -> tuple[int, int]:
    """Return the first and last score at which every category can occur."""
    rows = np.flatnonzero((share > 0).all(axis=1))
    return (int(rows[0]), int(rows[-1])) if rows.size else (0, len(share) - 1)


def _fold(table: Floats, first: int, last: int) -> Floats:
    """Return rows first to last, the rows before added to the first and those after to the last."""
    inner = table[first : last + 1].copy()
    inner[0] += table[:first].sum(axis=0)
    inner[-1] += table[last + 1 :].sum(axis=0)
    return inner


def _join_lone_scores(o: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Join scores that a single person reached with the next one."""
    row = 0
    while row < len(o) and len(o) > 1:
        if o[row].sum() == 1:
            o, e = _join_rows(o, e, row, row + 1 if row + 1 < len(o) else row - 1)
        else:
            row += 1
    return o, e


def _join_categories(o: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Within each score join the smallest cell with its smaller neighbour until all are large enough."""
    joined_o, joined_e = np.zeros_like(o), np.zeros_like(e)
    for row, (counts, means) in enumerate(zip(o, e, strict=True)):
        c, m = list(counts), list(means)
        while len(m) > 2 and min(m) < FEWEST_EXPECTED:
            cell = max(k for k, value in enumerate(m) if value == min(m))
            neighbours = [k for k in (cell - 1, cell + 1) if 0 <= k < len(m)]
            into = min(neighbours, key=lambda k: m[k])
            c[into], m[into] = c[into] + c[cell], m[into] + m[cell]
            del c[cell], m[cell]
        joined_o[row, : len(c)], joined_e[row, : len(m)] = c, m
    return joined_o, joined_e


def _join_rare_categories(o: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Join the last categories where they expect too few people, then others that hardly any score has."""
    few = FEWEST_EXPECTED * np.ceil(0.1 * len(e))
    while e.shape[1] > 2 and e[:, -1].sum() < few:
        o, e = (_join_columns(table, table.shape[1] - 1) for table in (o, e))
    for column in range(e.shape[1] - 1, 0, -1):
        if e.shape[1] > 2 and np.mean(e[:, column] > 0) < RARE_CATEGORY:
            o, e = (_join_columns(table, column) for table in (o, e))
    return o, e


def _join_columns(table: Floats, column: int) -> Floats:
    joined = np.delete(table, column, axis=1)
    joined[:, column - 1] += table[:, column]
    return joined


def _join_scores(o: Floats, e: Floats) -> tuple[Floats, Floats]:
    """Join each score that has a sparse cell with the neighbour that fewer people reached."""
    while len(e) > 1:
        sparse = np.flatnonzero(((e > 0) & (e < FEWEST_EXPECTED)).any(axis=1))
        if sparse.size == 0:
            break
        row = int(sparse[0])
        neighbours = [r for r in (row - 1, row + 1) if 0 <= r < len(e)]
        o, e = _join_rows(o, e, row, min(neighbours, key=lambda r: float(o[r].sum())))
    return o, e


def _join_rows(o: Floats, e: Floats, row: int, into: int) -> tuple[Floats, Floats]:
    o, e = o.copy(), e.copy()
    o[into] += o[row]
    e[into] += e[row]
    return np.delete(o, row, axis=0), np.delete(e, row, axis=0)
