"""Sympson-Hetter: an item that has been selected is asked with a chance found by simulation beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Exposure, ExposureState, exposures
from engine.selection.constraints.rates import check_block, check_capacity, check_share
from engine.tables import Tables


@exposures.register("sympson_hetter")
@dataclass(frozen=True, slots=True)
class SympsonHetter(Exposure):
    """Each item has a chance K of being asked once it is selected; an item that fails is set aside.

    Whether an item would pass is independent of everything before its selection, so it is drawn for all items
    when the session starts. The chances come from a calibration run, `engine.simulation.sympson_hetter`; they
    hold for the rules and the population of that run.

    Attributes
    ----------
    max_rate : float
        Above 0, at most 1.
    parameters : mapping of item to K
        Items that are not named have K = 1.
    block : int
        Sessions between two snapshots.
    """

    reference: ClassVar[str] = (
        "Sympson & Hetter (1985), Proceedings of the 27th Annual Meeting of the Military Testing Association,"
        " 973-977"
    )
    learns: ClassVar[bool] = False
    max_rate: float = 0.25
    parameters: Mapping[str, float] = field(default_factory=dict, hash=False)
    block: int = 1000
    chance: Floats | None = field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_share("max_rate", self.max_rate)
        check_block(self.block)
        for item, chance in self.parameters.items():
            check_share(f"the parameter of item '{item}'", chance)

    @property
    def limit(self) -> float:
        """The maximum rate."""
        return self.max_rate

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Exposure:
        """Put the parameters in the order of the pool; raises ValueError if there are none."""
        check_capacity("max_rate", self.max_rate, pool, max_length)
        if not self.parameters and self.max_rate < 1:
            raise ValueError("'sympson_hetter' limits nothing without the parameters of its calibration run")
        chance = np.ones(len(pool))
        chance[pool.positions(tuple(self.parameters))] = list(self.parameters.values())
        bound = replace(self)
        object.__setattr__(bound, "chance", chance)
        return bound

    def draw(self, snapshot: ExposureState, u: Floats) -> Bools:
        """Return the eligibility (N, 1, J) of a batch."""
        if self.chance is None:
            raise ValueError("the Sympson-Hetter method is not bound to a pool")
        return (spread(u, self.chance.size, stream=Stream.ELIGIBILITY) < self.chance)[:, None, :]
