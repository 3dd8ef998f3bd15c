"""Stop after a number of questions."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Ints
from engine.pool import ItemPool
from engine.selection.view import View
from engine.stopping.base import StoppingRule, stopping_rules


@stopping_rules.register("length")
@dataclass(frozen=True, slots=True)
class Length(StoppingRule):
    """Stop when `length` questions have been answered, scored or not."""

    reference: ClassVar[str] = "Wainer et al. (2000), Computerized Adaptive Testing: A Primer, ch. 5"
    hard_limit: ClassVar[bool] = True
    length: int

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"length = {self.length}; a test needs at least 1 question")

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return ("length",)

    @property
    def longest(self) -> int | None:
        """The length."""
        return self.length

    @property
    def shortest(self) -> int:
        """The length."""
        return self.length

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where the length is reached."""
        return np.where(view.length >= self.length, 0, -1)
