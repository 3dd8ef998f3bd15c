"""Stop when a further question hardly moves the estimate."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Ints
from engine.pool import ItemPool
from engine.selection.view import View
from engine.stopping.base import StoppingRule, stopping_rules


@stopping_rules.register("change")
@dataclass(frozen=True, slots=True)
class MinimumChange(StoppingRule):
    """Stop when the last answer moved θ by at most `change` (logits)."""

    reference: ClassVar[str] = "Babcock & Weiss (2012), Journal of Computerized Adaptive Testing 1, 1-18"
    change: float

    def __post_init__(self) -> None:
        if not self.change > 0:
            raise ValueError(f"change = {self.change:g}; it must be above 0")

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return ("no more change",)

    @property
    def shortest(self) -> int:
        """Two questions: one answer has nothing to compare with."""
        return 2

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where θ stands still; an answer without a score cannot move it, and does not count."""
        place = np.maximum(view.length - 1, 0)
        scored = view.categories[np.arange(len(view)), place] >= 0
        still = np.abs(view.theta - view.previous) <= self.change
        return np.where((view.length >= 2) & scored & still, 0, -1)
