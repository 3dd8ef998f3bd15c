"""Maximum Fisher information: the item that says most about ability just where it is thought to be."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.ranking import Ranking, most_informative
from engine.selection.base import Criterion, View, criteria
from engine.tables import Tables


@criteria.register("mfi")
@dataclass(frozen=True, slots=True)
class MaximumFisherInformation(Criterion):
    """I(θ) at the provisional θ, exact; a ranking table finds the best items without looking at all."""

    reference: ClassVar[str] = "Lord (1980), Applications of Item Response Theory, ch. 10"
    ranking: Ranking | None = field(default=None, init=False, compare=False, repr=False)

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Criterion:
        """Tabulate the ranking of the pool's items."""
        bound = replace(self)
        object.__setattr__(bound, "ranking", Ranking.of(pool))
        return bound

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the information (N, J) of each item."""
        return np.asarray(pool.information(view.theta).T)

    def shortlist(self, view: View, pool: ItemPool, eligible: Bools, k: int) -> tuple[Ints, Floats] | None:
        """Return the k most informative eligible items."""
        if self.ranking is None:
            return None
        return most_informative(self.ranking, pool, view.theta, eligible, k=k)
