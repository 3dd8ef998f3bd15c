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
from calibration.options import Chosen, find_options, fitted_options
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
    rows = [_compare(abilities, place[str(source)], place[str(copier)]) for source, copier in pairs]
    table = pd.DataFrame(rows, columns=["n", "same", "expected", "omega", "p"])
    table.insert(0, "copier", [str(copier) for _, copier in pairs])
    table.insert(0, "source", [str(source) for source, _ in pairs])
    return table


def _compare(abilities: Abilities, source: int, copier: int) -> tuple[int, int, float, float, float]:
    responses = abilities.responses
    given = [slice(responses.indptr[person], responses.indptr[person + 1]) for person in (source, copier)]
    _, at_source, at_copier = np.intersect1d(
        responses.items_index[given[0]], responses.items_index[given[1]], return_indices=True
    )
    chance = _probability(abilities, at_source + given[0].start, float(abilities.theta[copier]))
    answer = responses.category if responses.raw is None else responses.raw
    same = int((answer[given[0]][at_source] == answer[given[1]][at_copier]).sum())
    expected, spread = float(chance.sum()), float(np.sqrt((chance * (1 - chance)).sum()))
    omega = (same - expected) / spread if spread > 0 else 0.0
    return at_source.size, same, expected, omega, float(norm.sf(omega))


def _probability(abilities: Abilities, answers: Ints, theta: float) -> Floats:
    """Return the chance that someone of ability θ gives the same answers as those at rows `answers`."""
    responses = abilities.responses
    if responses.raw is not None:
        return _option_probability(abilities, find_options(responses), answers, theta)
    log_p = abilities.pool.log_prob_at(responses.items_index[answers], np.full(answers.size, theta))
    return np.asarray(np.exp(log_p[np.arange(answers.size), responses.category[answers]]))


def _option_probability(abilities: Abilities, chosen: Chosen, answers: Ints, theta: float) -> Floats:
    shares = fitted_options(abilities, chosen, np.array([theta]))[:, 0]
    return np.asarray(shares[chosen.option[answers]])
