"""A fixed sequence: the same questions in the same order for everybody."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.tables import Tables


@criteria.register("fixed")
@dataclass(frozen=True, slots=True)
class Fixed(Criterion):
    """The `items` in their order, then the rest of the pool in its own."""

    reference: ClassVar[str] = (
        "Lord (1980), Applications of Item Response Theory, ch. 10 (conventional tests)"
    )
    items: tuple[str, ...] = ()

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Criterion:
        """Find the items in the pool."""
        place = {name: row for row, name in enumerate(pool.items)}
        unknown = [name for name in self.items if name not in place]
        if unknown:
            raise ValueError(f"item '{unknown[0]}' of the fixed sequence is not in the pool")
        first = [place[name] for name in dict.fromkeys(self.items)]
        order = [*first, *sorted(set(range(len(pool))) - set(first))]
        return Sequence(-np.argsort(order).astype(float))


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(Criterion):
    """The same scores (J,) for everybody."""

    reference: ClassVar[str] = Fixed.reference
    scores: Floats

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the scores (N, J)."""
        return np.broadcast_to(self.scores, (len(view), len(pool)))
