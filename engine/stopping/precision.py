"""Stop when ability is known precisely enough."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Ints
from engine.pool import ItemPool
from engine.selection.view import View
from engine.stopping.base import StoppingRule, stopping_rules


@stopping_rules.register("precision")
@dataclass(frozen=True, slots=True)
class Precision(StoppingRule):
    """Stop when the standard error of θ is at most `se` (logits)."""

    reference: ClassVar[str] = "Weiss & Kingsbury (1984), Journal of Educational Measurement 21, 361-375"
    se: float

    def __post_init__(self) -> None:
        if not self.se > 0:
            raise ValueError(f"se = {self.se:g}; a standard error is above 0")

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return ("precision",)

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where the standard error is small enough."""
        return np.where(view.se <= self.se, 0, -1)
