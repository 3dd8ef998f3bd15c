"""Item-eligibility probabilities: before each session chance decides which items it may use."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Exposure, exposures
from engine.selection.constraints.rates import check_block, check_capacity, check_share, eligibility_chance
from engine.selection.usage import ExposureState


@exposures.register("eligibility")
@dataclass(frozen=True, slots=True)
class ItemEligibility(Exposure):
    """Each item is asked in at most `max_rate` of the sessions, in every band of ability.

    The chance of being eligible is learnt from the sessions that ended in each band. One draw decides about
    an item for the whole session, with the least chance that any band asks for: questions asked early, when
    everybody still seems average, count in the band where the session ends.

    Attributes
    ----------
    max_rate : float
        Above 0, at most 1.
    bands : tuple of float
        Abilities (logits) that part the bands, rising; empty to limit only the rate over all sessions.
    block : int
        Sessions between two snapshots.
    """

    reference: ClassVar[str] = (
        "van der Linden & Veldkamp (2004), Journal of Educational and Behavioral Statistics 29, 273-291;"
        " (2007), ibid. 32, 398-418"
    )
    max_rate: float = 0.25
    bands: tuple[float, ...] = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)
    block: int = 1000

    def __post_init__(self) -> None:
        check_share("max_rate", self.max_rate)
        check_block(self.block)
        if any(low >= high for low, high in zip(self.bands, self.bands[1:], strict=False)):
            raise ValueError(f"bands = {list(self.bands)}; the abilities must rise")

    @property
    def limit(self) -> float:
        """The maximum rate."""
        return self.max_rate

    def bind(self, pool: ItemPool, cell: Ints, max_length: int) -> Exposure:
        """Check that the rate can be held."""
        check_capacity("max_rate", self.max_rate, cell, max_length)
        return self

    def cuts(self) -> Floats:
        """Return the abilities that part the bands."""
        return np.array(self.bands)

    def draw(self, snapshot: ExposureState, u: Floats) -> Bools:
        """Return the eligibility (N, J) of a batch."""
        chance = eligibility_chance(snapshot, self.max_rate).min(axis=0)
        return np.asarray(spread(u, chance.size, stream=Stream.ELIGIBILITY) < chance)
