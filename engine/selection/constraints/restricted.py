"""Restricted use: an item that has reached its maximum rate rests."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Exposure, exposures
from engine.selection.constraints.rates import check_block, check_capacity, check_share
from engine.selection.usage import ExposureState
from engine.tables import Tables


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

    def __post_init__(self) -> None:
        check_share("max_rate", self.max_rate)
        check_block(self.block)

    @property
    def limit(self) -> float:
        """The maximum rate."""
        return self.max_rate

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Exposure:
        """Check that the rate can be held."""
        check_capacity("max_rate", self.max_rate, pool, max_length)
        return self

    def draw(self, snapshot: ExposureState, u: Floats) -> Bools:
        """Return the eligibility (N, J); the sessions have the numbers from `snapshot.started` on."""
        before, asked = int(snapshot.sessions.sum()) + snapshot.under_way, snapshot.administered.sum(axis=0)
        if snapshot.reserved is not None:
            asked = asked + snapshot.reserved
        number = snapshot.started + np.arange(u.size + 1)[:, None]
        offset = _stagger(self.max_rate, asked.size, key=before)
        line = np.floor(self.max_rate * (before + number) + offset)
        start = np.floor(self.max_rate * before + offset)
        saved = np.maximum(start - asked, 0.0) * np.minimum(number / max(int(snapshot.latest.sum()), 1), 1.0)
        entitled = np.maximum(line - np.maximum(start, asked), 0.0) + np.floor(saved + offset)
        return np.asarray(np.diff(entitled, axis=0) > 0)


def _stagger(share: float, n_items: int, *, key: int) -> Floats:
    """Return where in [0, 1) each item begins (J,), so that sessions are entitled to equally many items.

    The shares are laid end to end in random order (McNaughton, 1959, Management Science 6, 1-12).
    """
    order = np.argsort(spread(np.array([1.0 + key]), n_items, stream=Stream.ELIGIBILITY)[0], kind="stable")
    begin = np.empty(n_items)
    begin[order] = share * np.arange(n_items) % 1.0
    return begin
