"""Answer copying: does a person give the same answers as another more often than two strangers would?

    ω = (h − E h) / √V,   h = items with the same answer,   E h = Σ P(source's answer | θ of the copier)

With raw answers the option counts, by its nominal curve; otherwise the category. Wollack (1997), Applied
Psychological Measurement 21, eq. 4.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from calibration.abilities import Abilities
from calibration.options import find_options, fitted_options
from engine._types import Floats, Ints
from engine.registry import nearest
from items.errors import BadInput


def copying_table(abilities: Abilities, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return one row a pair: `source, copier, n` (items both met), `same, expected, omega, p`.

    Raises
    ------
    BadInput
        If a person is not in the log.
    """
    place = {str(person): row for row, person in enumerate(abilities.responses.persons)}
    for person in (str(person) for pair in pairs for person in pair):
        if person not in place:
            raise BadInput(f"person '{person}' is not in the log", right=nearest(person, place))
    rows_of = [(place[str(source)], place[str(copier)]) for source, copier in pairs]
    chance = _answer_probabilities(abilities, abilities.theta[[copier for _, copier in rows_of]])
    answer = _answer_rows(abilities)
    rows = [_compare(abilities, *pair, chance[:, column], answer) for column, pair in enumerate(rows_of)]
    table = pd.DataFrame(rows, columns=["n", "same", "expected", "omega", "p"])
    table.insert(0, "copier", [str(copier) for _, copier in pairs])
    table.insert(0, "source", [str(source) for source, _ in pairs])
    return table


def _answer_probabilities(abilities: Abilities, theta: Floats) -> Floats:
    """Return the chance of every answer that the log holds, for people of ability θ (P,): (M, P).

    The rows are those of `_answer_rows`.
    """
    if abilities.responses.raw is not None:
        return fitted_options(abilities, find_options(abilities.responses), theta)
    log_p = abilities.pool.log_prob(theta)
    return np.asarray(np.exp(log_p).reshape(-1, theta.size))


def _answer_rows(abilities: Abilities) -> Ints:
    """Return which row of the probabilities each answer (R,) stands for."""
    responses = abilities.responses
    if responses.raw is not None:
        return find_options(responses).option
    return responses.items_index.astype(np.int64) * abilities.pool.max_categories + responses.category


def _compare(
    abilities: Abilities, source: int, copier: int, chance: Floats, answer: Ints
) -> tuple[int, int, float, float, float]:
    """Return the items both met, the same answers, how many to expect, ω and its probability."""
    responses = abilities.responses
    given = [slice(responses.indptr[person], responses.indptr[person + 1]) for person in (source, copier)]
    _, at_source, at_copier = np.intersect1d(
        responses.items_index[given[0]], responses.items_index[given[1]], return_indices=True
    )
    theirs, own = answer[given[0]][at_source], answer[given[1]][at_copier]
    p = np.nan_to_num(chance[theirs])
    expected, spread = float(p.sum()), float(np.sqrt((p * (1 - p)).sum()))
    same = int((theirs == own).sum())
    omega = (same - expected) / spread if spread > 0 else 0.0
    return at_source.size, same, expected, omega, float(norm.sf(omega))
