"""Local dependence: do two items go together more than ability explains?

    Q3     correlation of the two items' residuals, at each person's mean ability       Yen (1984), eq. 5
    LD-χ²  the pair's table of categories against the model's, for people who met both;
           with its sign, and Cramér's V as its size                      Chen & Thissen (1997), eq. 2

Q3 has no fixed cut-off: its mean lies near −1/(J − 1), and how far chance takes the largest value depends on
the test. So each pair is compared with the mean (the difference is its Q3*, here `q3_excess`), and the
largest excess that chance gives is simulated (Christensen, Makransky & Horton 2017, Applied Psychological
Measurement 41, 178–194; replicates as in `calibration.fit.replicates`).
"""

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.stats import chi2

from calibration.abilities import Abilities, one_hot
from calibration.fit.multiple_testing import adjust
from engine._types import Floats, Ints
from engine.information import expected_score

FEWEST_SHARED = 30
"""Persons that must have met both items of a pair."""
DENSE = 0.1
"""Share of the matrix that is filled from which a dense one is faster."""
ERROR = 0.05
"""Share of tests without dependence in which the simulated cut-off is exceeded."""


def dependence_table(abilities: Abilities, *, cutoff: float | None = None) -> pd.DataFrame:
    """Return one row a pair of items, the most dependent first.

    Columns: `item_1, item_2, n` (persons who met both), `q3`, `q3_excess` (above the mean), `cutoff`,
    `ld_chi2, df, p, p_adjusted, cramers_v`. LD-χ² is empty where people met different items. Pairs that fewer
    than thirty people met are left out.

    Parameters
    ----------
    cutoff : float, optional
        The largest excess by chance, see `cutoff_by_chance`.
    """
    q3, n = residual_correlations(abilities)
    items = np.array(abilities.responses.items, dtype=object)
    one, two = np.triu_indices(items.size, 1)
    shared = n[one, two] >= FEWEST_SHARED
    one, two = one[shared], two[shared]
    table = pd.DataFrame(
        {
            "item_1": items[one],
            "item_2": items[two],
            "n": n[one, two].astype(int),
            "q3": q3[one, two],
            "q3_excess": q3[one, two] - np.nanmean(q3[one, two]) if one.size else np.zeros(0),
            "cutoff": np.nan if cutoff is None else cutoff,
        }
    )
    table = table.assign(**_tests_of_pairs(abilities, one, two))
    return table.sort_values("q3_excess", ascending=False, kind="stable").reset_index(drop=True)


def pairs_among_worst(table: pd.DataFrame, *, items: int = 25) -> pd.DataFrame:
    """Return `item_1, item_2, n, q3, q3_excess, cutoff` of all pairs among the items of the worst pairs."""
    ends = table[["item_1", "item_2"]].to_numpy(dtype=object).ravel()
    worst = list(dict.fromkeys(ends))[:items]
    among = table["item_1"].isin(worst) & table["item_2"].isin(worst)
    columns = ["item_1", "item_2", "n", "q3", "q3_excess", "cutoff"]
    return table.loc[among, columns].reset_index(drop=True)


def residual_correlations(abilities: Abilities) -> tuple[Floats, Floats]:
    """Return Q3 (J, J) and how many persons met both items (J, J); NaN where fewer than two did."""
    y = score_residuals(abilities)
    met, value, square = (_persons_by_items(abilities, v) for v in (np.ones(y.size), y, y**2))
    n, total, squares, products = (
        np.asarray(product.todense() if sparse.issparse(product) else product)
        for product in (met.T @ met, value.T @ met, square.T @ met, value.T @ value)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = squares - total**2 / n
        correlation = (products - total * total.T / n) / np.sqrt(spread * spread.T)
    return correlation, n


def score_residuals(abilities: Abilities) -> Floats:
    """Return answer minus expected score (R,) at each person's mean ability."""
    responses = abilities.responses
    fitted = abilities.at_mean(expected_score(abilities.log_prob, axis=1), responses.items_index)
    return np.asarray(responses.category - fitted)


def largest_excess(abilities: Abilities) -> Floats:
    """Return the largest Q3 less the mean Q3, over pairs that enough people met."""
    q3, n = residual_correlations(abilities)
    upper = np.triu_indices(len(q3), 1)
    values = q3[upper][n[upper] >= FEWEST_SHARED]
    return np.asarray(np.nanmax(values) - np.nanmean(values) if values.size else np.nan)


def cutoff_by_chance(simulated: Floats) -> float:
    """Return what 95 of 100 largest excesses (B,) in data without dependence stay below; NaN without any."""
    found = simulated[np.isfinite(simulated)]
    return float(np.quantile(found, 1 - ERROR)) if found.size else np.nan


def _persons_by_items(abilities: Abilities, values: Floats) -> sparse.csr_array | Floats:
    """Return values (R,) as a matrix (N, J), dense where most items were met."""
    responses = abilities.responses
    shape = (responses.n_persons, responses.n_items)
    if responses.n_responses < DENSE * shape[0] * shape[1]:
        return sparse.csr_array((values, responses.items_index, responses.indptr), shape=shape)
    out = np.zeros(shape)
    out[responses.persons_index, responses.items_index] = values
    return out


def _tests_of_pairs(abilities: Abilities, one: Ints, two: Ints) -> dict[str, Floats]:
    """Return the columns of LD-χ² for the pairs, NaN where people met different items."""
    if not abilities.responses.complete:
        return dict.fromkeys(("ld_chi2", "df", "p", "p_adjusted", "cramers_v"), np.full(one.size, np.nan))
    statistic, df, size = (values[one, two] for values in pair_tables(abilities))
    p = np.asarray(chi2.sf(np.abs(statistic), df))
    return {"ld_chi2": statistic, "df": df, "p": p, "p_adjusted": adjust(p), "cramers_v": size}


def pair_tables(abilities: Abilities) -> tuple[Floats, Floats, Floats]:
    """Return LD-χ² with its sign, its degrees of freedom, and signed Cramér's V, each (J, J), complete data.

    The sign is that of the observed minus the expected correlation.
    """
    n_items, n_categories, n_nodes = abilities.log_prob.shape
    answers = one_hot(abilities.responses, n_categories)
    n = abilities.responses.n_persons
    observed = np.asarray((answers.T @ answers).todense()).astype(float)
    prob = abilities.prob.reshape(-1, n_nodes)
    expected = n * (prob * abilities.weights) @ prob.T
    deviation = np.divide(
        (observed - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0
    )
    blocks = deviation.reshape(n_items, n_categories, n_items, n_categories)
    k = abilities.pool.n_categories - 1
    statistic, df = blocks.sum(axis=(1, 3)), np.multiply.outer(k, k).astype(float)
    smaller = np.minimum.outer(k, k)
    sign = np.sign(_score_products(observed - expected, n_items, n_categories))
    return sign * statistic, df, sign * np.sqrt(statistic / (n * smaller))


def _score_products(table: Floats, n_items: int, n_categories: int) -> Floats:
    """Return Σ k l table_kl of each pair of items (J, J)."""
    k = np.arange(n_categories)
    return np.asarray(
        np.einsum("ikjl,k,l->ij", table.reshape(n_items, n_categories, n_items, n_categories), k, k)
    )
