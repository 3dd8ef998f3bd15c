"""Questions put into the test beside the adaptive ones: pilot items, and open questions scored later.

They stand at declared or random positions, count towards the length, and take no part in θ unless they are
in the pool and get a category.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from engine._types import Floats, Ints
from engine.draws import Stream, spread


@dataclass(frozen=True, slots=True)
class Insertion:
    """`count` of the items, each person's own choice, at positions of the test.

    Attributes
    ----------
    items : tuple of texts
        What may be inserted. Names that are not in the pool are pilot items without parameters.
    count : int
        How many a person gets; 0 stands for one at each position, or all items at random positions.
    positions : tuple of int
        Where they stand (1 is the first question); empty for random places.
    earliest, latest : int
        Bounds of random places; a latest of 0 is the shortest length that the rules allow.
    wanted : int
        Answers wanted of each item: items that still need many are chosen more often.
    """

    items: tuple[str, ...] = ()
    count: int = 0
    positions: tuple[int, ...] = ()
    earliest: int = 2
    latest: int = 0
    wanted: int = 500

    def __post_init__(self) -> None:
        if min(self.positions, default=1) < 1 or self.earliest < 1:
            raise ValueError("the first position is 1")
        if len(set(self.positions)) < len(self.positions):
            raise ValueError("a position is declared twice")
        if self.count < 0 or (self.positions and self.count > len(self.positions)):
            raise ValueError(f"count = {self.count} does not fit {len(self.positions)} positions")
        if self.wanted < 1:
            raise ValueError(f"wanted = {self.wanted}; at least 1 answer")

    @property
    def number(self) -> int:
        """How many items a person gets."""
        return min(self.count or len(self.positions) or len(self.items), len(self.items))

    def choose_items(self, u: Floats, answers: Ints) -> Ints:
        """Return places in `items` (N, number): drawn without replacement, by need.

        The chance of an item grows with the answers that it still needs (Efraimidis & Spirakis, 2006).

        Parameters
        ----------
        u : (N,)
            One draw a person.
        answers : (len(items),)
            Answers collected so far.
        """
        need = np.maximum(self.wanted - answers, 1e-3)
        keys = np.log(spread(u, len(self.items), stream=Stream.INSERTED_ITEMS)) / need
        return np.argsort(-keys, axis=1, kind="stable")[:, : self.number]

    def choose_positions(self, u: Floats, *, shortest: int, taken: frozenset[int] = frozenset()) -> Ints:
        """Return where they stand (N, number), counted from 0, rising."""
        if self.positions:
            places = np.array(sorted(self.positions)[: self.number], np.int64) - 1
            return np.broadcast_to(places, (u.size, self.number))
        latest = self.latest or shortest
        free = np.array([p for p in range(self.earliest - 1, latest) if p not in taken], np.int64)
        if free.size < self.number:
            raise ValueError(
                f"{self.number} items are to be inserted at random between questions {self.earliest} and "
                f"{latest}, where only {free.size} {'place is' if free.size == 1 else 'places are'} free"
            )
        order = np.argsort(spread(u, free.size, stream=Stream.INSERTED_PLACES), axis=1, kind="stable")[
            :, : self.number
        ]
        return np.sort(free[order], axis=1)


def number_of(insertions: Iterable[Insertion]) -> int:
    """Return how many questions a person gets of all these."""
    return sum(each.number for each in insertions)
