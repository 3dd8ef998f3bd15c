"""Maximum Fisher information: the item that says most about ability just where it is thought to be."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.ranking import Ranking, most_informative
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.tables import Tables

MOST_KINDS = 32
"""The most kinds of items whose rankings stand apart, …"""
ITEMS_A_KIND = 20
"""… and the items that each must have on average: with fewer it is quicker to look at all."""


@criteria.register("mfi")
@dataclass(frozen=True, slots=True)
class MaximumFisherInformation(Criterion):
    """I(θ) at the provisional θ, exact; a ranking table finds the best items without looking at all."""

    reference: ClassVar[str] = "Lord (1980), Applications of Item Response Theory, ch. 10"

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Criterion:
        """Tabulate the ranking of the pool's items."""
        return RankedInformation(Ranking.of(pool))

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the information (N, J) of each item."""
        return np.asarray(pool.information(view.theta).T)


@dataclass(frozen=True, slots=True, eq=False)
class RankedInformation(MaximumFisherInformation):
    """The same with its ranking table."""

    ranking: Ranking
    by_kind: bool = False

    def among(self, pool: ItemPool, kind: Ints) -> Criterion:
        """Tabulate the ranking of each kind, where there are few of them."""
        n_kinds = int(kind.max()) + 1
        few = n_kinds <= min(MOST_KINDS, len(pool) // ITEMS_A_KIND)
        return RankedInformation(Ranking.of(pool, kind), by_kind=True) if few else self

    def shortlist(
        self, view: View, pool: ItemPool, eligible: Bools, k: int, kinds: Bools | None = None
    ) -> tuple[Ints, Floats] | None:
        """Return the k most informative eligible items, of each kind."""
        return most_informative(self.ranking, pool, view.theta, eligible, k=k, kinds=kinds)
