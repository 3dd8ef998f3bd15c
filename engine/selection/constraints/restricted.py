"""Restricted use: an item that has reached its maximum rate rests."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Exposure, ExposureState, exposures
from engine.selection.constraints.rates import check_block, check_capacity, check_share
from engine.tables import Tables


@exposures.register("restricted")
@dataclass(frozen=True, slots=True)
class Restricted(Exposure):
    """No item is asked more than ⌈r n⌉ times in n sessions, at no time.

    Within a block an item has a quota, what r (n + block) leaves of it, and sessions are entitled to it at
    equal distances: first and last come off alike. Only where nothing else is left to ask, or a blueprint
    cannot do without an item, is it asked beyond its quota.

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
        """Return the eligibility (N, 1, J); the sessions have the numbers from `snapshot.started` on."""
        sessions, asked = snapshot.sessions.sum(), snapshot.administered.sum(axis=0)
        number = snapshot.started + np.arange(u.size)[:, None]
        block = max(self.block, snapshot.started + u.size)
        share = np.clip((self.max_rate * (sessions + block) - asked) / block, 0.0, 1.0)
        begin = _stagger(share, float(sessions))
        entitled = np.floor(begin + share * (number + 1)) > np.floor(begin + share * number)
        return np.asarray(entitled[:, None, :])


def _stagger(share: Floats, key: float) -> Floats:
    """Return where in [0, 1) each item begins (J,), so that sessions are entitled to equally many items.

    The shares are laid end to end in random order (McNaughton, 1959, Management Science 6, 1-12).
    """
    order = np.argsort(spread(np.array([1.0 + key]), share.size, stream=Stream.ELIGIBILITY)[0], kind="stable")
    begin = np.empty(share.size)
    begin[order] = (np.cumsum(share[order]) - share[order]) % 1.0
    return begin
