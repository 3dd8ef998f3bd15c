"""Stop when the time is up."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Ints
from engine.pool import ItemPool
from engine.selection.view import View
from engine.stopping.base import StoppingRule, stopping_rules


@stopping_rules.register("time")
@dataclass(frozen=True, slots=True)
class TimeLimit(StoppingRule):
    """Stop after the answer that brings the time used to `seconds` or more."""

    reference: ClassVar[str] = "van der Linden & Glas (2010), Elements of Adaptive Testing, ch. 1"
    hard_limit: ClassVar[bool] = True
    seconds: float

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ValueError(f"seconds = {self.seconds:g}; it must be above 0")

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return ("time",)

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where the time is up."""
        return np.where(view.seconds >= self.seconds, 0, -1)
