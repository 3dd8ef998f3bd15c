"""Infit and outfit: do people answer as regularly as the model says, neither more nor less?

With residual y = x − E and variance W at a person's ability,

    outfit = mean of y²/W          sensitive to surprises far from the item's difficulty
    infit  = Σ y² / Σ W            weighted towards people for whom the item is informative

Around 1 is as expected, above 1 noisier, below 1 more regular. The values depend on whose ability is used: at
point estimates (maximum likelihood or weighted likelihood) short tests come out below 1, since the item's own
answer moves the estimate; averaged over each person's posterior they centre on 1. t is the cube-root
approximation to a standard normal.

Wright & Masters (1982), Rating Scale Analysis, eq. 5.3.3–5.4.3; averaged over the posterior: Adams & Wu
(2007), in von Davier & Carstensen, Multivariate and Mixture Distribution Rasch Models, ch. 4.
"""

from dataclasses import dataclass

import numpy as np

from calibration.abilities import Abilities
from calibration.responses import ResponseMatrix
from engine._types import Floats, Ints
from engine.pool import ItemPool

WIDEST = np.sqrt(2.0)
"""Largest SD of a mean square that enters t, as other programs have it."""


@dataclass(frozen=True, slots=True, eq=False)
class MeanSquares:
    """Mean squares of J items or N persons, each with its t."""

    infit: Floats
    infit_t: Floats
    outfit: Floats
    outfit_t: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """Residuals of R answers at known abilities: y, its variance W, and its fourth moment C, each (R,)."""

    y: Floats
    variance: Floats
    fourth: Floats

    def mean_squares(self, owner: Ints, count: int) -> MeanSquares:
        """Return mean squares by `owner` (R,) of each answer: its item or its person."""
        sums = (
            np.ones(owner.size),
            self.y**2 / self.variance,
            self.fourth / self.variance**2 - 1,
            self.y**2,
            self.variance,
            self.fourth - self.variance**2,
        )
        return _mean_squares(*(np.bincount(owner, v, minlength=count).astype(float) for v in sums))


def residuals(responses: ResponseMatrix, pool: ItemPool, theta: Floats) -> Residuals:
    """Return residuals of all answers at the persons' abilities (N,); the pool is in the log's order."""
    log_p = pool.log_prob_at(responses.items_index, theta[responses.persons_index])
    k = np.arange(log_p.shape[1])
    p = np.exp(log_p)
    mean = p @ k
    centred = k - mean[:, None]
    y = np.asarray(responses.category - mean, float)
    return Residuals(y, (p * centred**2).sum(axis=1), (p * centred**4).sum(axis=1))


def posterior_mean_squares(abilities: Abilities) -> MeanSquares:
    """Return mean squares of the items (J,), averaged over each person's posterior."""
    p = abilities.prob
    k = np.arange(p.shape[1])
    mean = np.einsum("jkq,k->jq", p, k)
    centred = k[:, None] - mean[:, None, :]
    variance, fourth = (p * centred**2).sum(axis=1), (p * centred**4).sum(axis=1)
    counts = abilities.expected_counts()
    people = counts.sum(axis=1)
    squares = (counts * centred**2).sum(axis=1)
    return _mean_squares(
        people.sum(axis=1),
        (squares / variance).sum(axis=1),
        (people * (fourth / variance**2 - 1)).sum(axis=1),
        squares.sum(axis=1),
        (people * variance).sum(axis=1),
        (people * (fourth - variance**2)).sum(axis=1),
    )


def _mean_squares(
    n: Floats, ratio: Floats, ratio_spread: Floats, square: Floats, variance: Floats, square_spread: Floats
) -> MeanSquares:
    """Return mean squares and t from sums over the answers of each item or person; NaN without answers."""
    with np.errstate(divide="ignore", invalid="ignore"):
        outfit, infit = ratio / n, square / variance
        outfit_t = _cube_root_t(outfit, np.sqrt(ratio_spread) / n)
        infit_t = _cube_root_t(infit, np.sqrt(square_spread) / variance)
    return MeanSquares(infit, infit_t, outfit, outfit_t)


def _cube_root_t(mean_square: Floats, sd: Floats) -> Floats:
    q = np.minimum(sd, WIDEST)
    return np.asarray((np.cbrt(mean_square) - 1) * 3 / q + q / 3)
