"""Closeness: the item whose difficulty, or whose peak of information, lies nearest to ability."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.tables import Tables


@criteria.register("b_opt")
@dataclass(frozen=True, slots=True)
class ClosestDifficulty(Criterion):
    """−|b − θ|: the item whose difficulty is nearest to the provisional θ (Urry's rule)."""

    reference: ClassVar[str] = "Urry (1970), A Monte Carlo investigation of logistic test models"

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Criterion:
        """Read the difficulties, which every item must have."""
        return Nearest(difficulties(pool))


@criteria.register("th_opt")
@dataclass(frozen=True, slots=True)
class ClosestPeak(Criterion):
    """−|θ_max − θ|: the item whose information peaks nearest to the provisional θ."""

    reference: ClassVar[str] = "Magis (2013), Applied Psychological Measurement 37, 304-315"

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Criterion:
        """Find where the information of each item peaks."""
        return Nearest(peaks(pool))


@dataclass(frozen=True, slots=True, eq=False)
class Nearest(Criterion):
    """Closeness to places (J,) on the scale of θ."""

    reference: ClassVar[str] = "as for the criterion that made it"
    place: Floats

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return −|place − θ| (N, J)."""
        return -np.abs(self.place - view.theta[:, None])


def difficulties(pool: ItemPool) -> Floats:
    """Return the difficulty b of each item (J,).

    Raises
    ------
    ValueError
        If an item has none.
    """
    table = pool.parameters.table
    b = table["b"].to_numpy(float) if "b" in table else np.full(len(pool), np.nan)
    if np.isnan(b).any():
        item = pool.items[int(np.argmax(np.isnan(b)))]
        raise ValueError(f"a difficulty b is needed, which item '{item}' does not have")
    return b


def peaks(pool: ItemPool, *, bound: float = 12.0, step: float = 0.05) -> Floats:
    """Return where each item's information is largest (J,): the best node, then golden sections beside it."""
    nodes = np.arange(-bound, bound + step / 2, step)
    rows, best = np.arange(len(pool)), nodes[np.argmax(pool.information(nodes), axis=1)]
    lower, upper, ratio = best - step, best + step, (np.sqrt(5.0) - 1) / 2
    for _ in range(40):
        left, right = upper - ratio * (upper - lower), lower + ratio * (upper - lower)
        rising = pool.information_at(rows, left) < pool.information_at(rows, right)
        lower, upper = np.where(rising, left, lower), np.where(rising, upper, right)
    return np.asarray((lower + upper) / 2)
