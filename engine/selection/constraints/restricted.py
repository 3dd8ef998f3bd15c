"""Restricted use: an item that has reached its maximum rate rests."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Exposure, exposures
from engine.selection.constraints.rates import check_block, check_capacity, check_share
from engine.selection.usage import ExposureState

ROUNDING = 1e-9
"""Keeps a whole number of uses whole."""


@exposures.register("restricted")
@dataclass(frozen=True, slots=True)
class Restricted(Exposure):
    """No item is asked more than ⌈r n⌉ times in n sessions, at no time.

    Sessions are entitled to an item at equal distances, every 1/r-th of them, so that the first and the last
    of a block come off alike; what an item has left over from earlier sessions is spread over the block. Only
    where nothing else is left to ask, or a blueprint cannot do without an item, is it asked beyond that.

    Attributes
    ----------
    max_rate : float
        r, above 0, at most 1.
    block : int
        Sessions between two snapshots.
    """

    reference: ClassVar[str] = "Revuelta & Ponsoda (1998), Journal of Educational Measurement 35, 311-327"
    max_rate: float = 0.25
    block: int = 1000
    cell: Ints | None = field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_share("max_rate", self.max_rate)
        check_block(self.block)

    @property
    def limit(self) -> float:
        """The maximum rate."""
        return self.max_rate

    def bind(self, pool: ItemPool, cell: Ints, max_length: int) -> Exposure:
        """Check that the rate can be held."""
        check_capacity("max_rate", self.max_rate, cell, max_length)
        bound = replace(self)
        object.__setattr__(bound, "cell", cell)
        return bound

    def draw(self, snapshot: ExposureState, u: Floats) -> Bools:
        """Return the eligibility (N, J); the sessions have the numbers from `snapshot.started` on."""
        before, asked = int(snapshot.sessions.sum()) + snapshot.under_way, snapshot.administered.sum(axis=0)
        if snapshot.reserved is not None:
            asked = asked + snapshot.reserved
        number = snapshot.started + np.arange(u.size + 1)[:, None]
        cell = np.zeros(asked.size, np.int64) if self.cell is None else self.cell
        ahead = asked > np.floor(self.max_rate * before + ROUNDING)
        offset = _stagger(self.max_rate, cell, ahead, key=before)
        line = np.floor(self.max_rate * (before + number) + offset)
        start = np.floor(self.max_rate * before + offset)
        saved = np.maximum(start - asked, 0.0) * np.minimum(number / max(int(snapshot.latest.sum()), 1), 1.0)
        entitled = np.maximum(line - np.maximum(start, asked), 0.0) + np.floor(saved + offset)
        return np.asarray(np.diff(entitled, axis=0) > 0)


def _stagger(share: float, cell: Ints, ahead: Bools, *, key: int) -> Floats:
    """Return where in [0, 1) each item begins (J,), so that sessions are entitled to equally many of a cell.

    The shares are laid end to end, one cell (J,) after the other (McNaughton, 1959, Management Science 6,
    1-12). Chance decides who stands where; only items that are one use `ahead` (J,) of the rate take the
    places whose turn has just been. So nobody's entitlement is used up before, and every session has as many.
    """
    places = (share * np.arange(cell.size) + ROUNDING) % 1.0
    by_chance = spread(np.array([1.0 + key]), cell.size, stream=Stream.ELIGIBILITY)[0]
    begin = np.empty(cell.size)
    begin[np.lexsort((by_chance, ahead, cell))] = places[np.lexsort((places, np.sort(cell)))]
    return begin
