"""How many dimensions the answers hold, and how far one is enough.

    parallel analysis  eigenvalues of the correlations behind the categories, against those of the same
                       answers shuffled within each item: dimensions beyond chance       Horn (1965)
    ratio              first to second eigenvalue
    ecv                share of the common variance that the first of the factors holds, as many factors as
                       parallel analysis finds, two at least                 Reise, Moore & Haviland (2010)

A test is usually taken for one-dimensional where the ratio is above 3 and ecv above 0.70: conventions, and
harmless dimensions exist. Needs a common form.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.classical.standing import is_common_form
from calibration.dimensionality.polychoric import polychoric_correlations
from calibration.dimensionality.principal_axes import principal_axes
from calibration.responses import ResponseMatrix
from engine._types import Floats, Ints

SHUFFLES = 10
QUANTILE = 0.95
SHOWN = 10
FEWEST_PERSONS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Dimensions:
    """The answer, and the numbers behind it; where it is not defined, `note` says why.

    Attributes
    ----------
    table : DataFrame
        `dimension, eigenvalue, by_chance` of the largest eigenvalues.
    count : int or None
        Dimensions beyond chance.
    ratio, ecv : float or None
    correlations : (J, J) or None
        Tetrachoric or polychoric, of the items that vary.
    """

    table: pd.DataFrame
    count: int | None = None
    ratio: float | None = None
    ecv: float | None = None
    correlations: Floats | None = None
    note: str = ""


def dimensions(
    responses: ResponseMatrix, *, rng: np.random.Generator, shuffles: int = SHUFFLES
) -> Dimensions:
    """Count the dimensions of a common form.

    Parameters
    ----------
    rng : Generator
        Shuffles the answers.
    """
    nothing = pd.DataFrame({"dimension": [], "eigenvalue": [], "by_chance": []})
    if not is_common_form(responses):
        return Dimensions(nothing, note="not defined: people met different items")
    if responses.n_persons < FEWEST_PERSONS:
        return Dimensions(
            nothing, note=f"not enough answers ({responses.n_persons} of at least {FEWEST_PERSONS} people)"
        )
    answers = responses.dense()
    varies = np.array([np.unique(column[column >= 0]).size > 1 for column in answers.T])
    if varies.sum() < 3:
        return Dimensions(nothing, note=f"not enough items that vary ({varies.sum()} of at least 3)")
    answers, k = answers[:, varies], responses.n_categories[varies]
    correlations = polychoric_correlations(answers, k)
    found = eigenvalues(correlations)
    chance = np.quantile([eigenvalues(_shuffled(answers, k, rng)) for _ in range(shuffles)], QUANTILE, axis=0)
    beyond = found > chance
    count = int(np.argmin(beyond)) if not beyond.all() else found.size
    shown = slice(0, min(SHOWN, found.size))
    table = pd.DataFrame(
        {"dimension": np.arange(1, found.size + 1), "eigenvalue": found, "by_chance": chance}
    )
    return Dimensions(
        table[shown],
        count,
        float(found[0] / found[1]),
        explained_common_variance(correlations, count),
        correlations,
    )


def eigenvalues(correlations: Floats) -> Floats:
    """Return the eigenvalues (J,), the largest first; correlations that are not known count as 0."""
    return np.asarray(np.linalg.eigvalsh(np.nan_to_num(correlations))[::-1])


def explained_common_variance(correlations: Floats, count: int) -> float:
    """Return the share of the common variance in the first principal axis of `count` (at least two)."""
    factors = min(max(count, 2), len(correlations) - 1)
    strength = (principal_axes(np.nan_to_num(correlations), factors) ** 2).sum(axis=0)
    return float(strength[0] / strength.sum())


def _shuffled(answers: Ints, n_categories: Ints, rng: np.random.Generator) -> Floats:
    """Return the correlations when each item's answers are dealt to people anew."""
    return polychoric_correlations(rng.permuted(answers, axis=0), n_categories)
