"""Sympson-Hetter: an item that has been selected is asked with a chance found by simulation beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Exposure, exposures
from engine.selection.constraints.rates import check_capacity, check_share
from engine.selection.usage import ExposureState


@exposures.register("sympson_hetter")
@dataclass(frozen=True, slots=True)
class SympsonHetter(Exposure):
    """Each item has a chance K of being asked once it is selected; an item that fails is set aside.

    Whether an item would pass is independent of everything before its selection, so it is drawn for all items
    when the session starts. The chances come from a calibration run, `engine.simulation.sympson_hetter`; they
    hold for the rules and the population of that run. With `bands` the limit is conditional on θ: the rate is
    held among those whose tests end in each band. An item has one chance, the least that any band asks for.
    Stocking & Lewis let the provisional ability choose among the chances of all bands; but what is asked
    early, when everybody still seems average, counts where the test ends, and so 0.25 became 0.31 there.

    Attributes
    ----------
    max_rate : float
        Above 0, at most 1; over all sessions, or within each band.
    bands : tuple of float
        Abilities (logits) that part the bands, rising; empty to limit only the rate over all sessions.
    parameters : mapping of item to K
        Items that are not named have K = 1. If left empty, a simulation begins with the calibration run.
    """

    reference: ClassVar[str] = (
        "Sympson & Hetter (1985), Proceedings of the 27th Annual Meeting of the Military Testing Association,"
        " 973-977; Stocking & Lewis (1998), Journal of Educational and Behavioral Statistics 23, 57-75"
    )
    learns: ClassVar[bool] = False
    max_rate: float = 0.25
    bands: tuple[float, ...] = ()
    parameters: Mapping[str, float] = field(default_factory=dict, hash=False)
    chance: Floats | None = field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_share("max_rate", self.max_rate)
        if any(low >= high for low, high in pairwise(self.bands)):
            raise ValueError(f"bands = {list(self.bands)}; the abilities must rise")
        for item, chance in self.parameters.items():
            check_share(f"the parameter of item '{item}'", chance)

    @property
    def limit(self) -> float:
        """The maximum rate."""
        return self.max_rate

    @property
    def calibrated(self) -> bool:
        """Whether it has what a calibration run finds, or needs none."""
        return bool(self.parameters) or self.max_rate == 1

    def bind(self, pool: ItemPool, cell: Ints, max_length: int) -> Exposure:
        """Put the parameters in the order of the pool; raises ValueError if there are none."""
        check_capacity("max_rate", self.max_rate, cell, max_length)
        if not self.calibrated:
            raise ValueError("'sympson_hetter' limits nothing without the parameters of its calibration run")
        chance = np.ones(len(pool))
        chance[pool.positions(tuple(self.parameters))] = list(self.parameters.values())
        bound = replace(self)
        object.__setattr__(bound, "chance", chance)
        return bound

    def cuts(self) -> Floats:
        """Return the abilities that part the bands."""
        return np.array(self.bands)

    def draw(self, snapshot: ExposureState, u: Floats) -> Bools:
        """Return the eligibility (N, J) of a batch."""
        if self.chance is None:
            raise ValueError("the Sympson-Hetter method is not bound to a pool")
        return np.asarray(spread(u, self.chance.size, stream=Stream.ELIGIBILITY) < self.chance)
