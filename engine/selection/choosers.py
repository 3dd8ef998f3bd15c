"""Which of the eligible items is asked: the only place that meets randomness."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.selection.base import Chooser, choosers


@choosers.register("best")
@dataclass(frozen=True, slots=True)
class Best(Chooser):
    """The best item, every time."""

    reference: ClassVar[str] = "Lord (1980), Applications of Item Response Theory, ch. 10"

    @property
    def width(self) -> int | None:
        """One item."""
        return 1

    def choose(self, scores: Floats, eligible: Bools, u: Floats) -> Ints:
        """Return the best eligible column."""
        best = np.argmax(np.where(eligible, scores, -np.inf), axis=1)
        return _nothing(best, eligible)


@choosers.register("randomesque")
@dataclass(frozen=True, slots=True)
class Randomesque(Chooser):
    """One of the `k` best items, each with the same chance."""

    reference: ClassVar[str] = "Kingsbury & Zara (1989), Applied Measurement in Education 2, 359-375"
    k: int = 5

    def __post_init__(self) -> None:
        if self.k < 1:
            raise ValueError(f"k = {self.k}; choose among at least 1 item")

    @property
    def width(self) -> int | None:
        """The k best items."""
        return self.k

    def choose(self, scores: Floats, eligible: Bools, u: Floats) -> Ints:
        """Return one of the k best eligible columns."""
        order = np.argsort(np.where(eligible, -scores, np.inf), axis=1, kind="stable")[:, : self.k]
        open_to = np.minimum(eligible.sum(axis=1), self.k)
        place = np.minimum((u * open_to).astype(np.int64), np.maximum(open_to - 1, 0))
        return _nothing(order[np.arange(u.size), place], eligible)


@choosers.register("softmax")
@dataclass(frozen=True, slots=True)
class Softmax(Chooser):
    """A draw with chances proportional to exp(score / temperature)."""

    reference: ClassVar[str] = "Sutton & Barto (2018), Reinforcement Learning, sect. 2.8"
    temperature: float = 0.1

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ValueError(f"temperature = {self.temperature:g}; it must be above 0")

    def choose(self, scores: Floats, eligible: Bools, u: Floats) -> Ints:
        """Return the column in whose share of [0, 1) the draw falls."""
        raised = np.where(eligible, scores, -np.inf) / self.temperature
        top = raised.max(axis=1, keepdims=True)
        share = np.cumsum(np.exp(raised - np.where(np.isneginf(top), 0.0, top)), axis=1)
        drawn = np.argmax(share > u[:, None] * share[:, -1:], axis=1)
        return _nothing(drawn, eligible)


def _nothing(column: Ints, eligible: Bools) -> Ints:
    """Return the columns, −1 where nothing is eligible."""
    return np.where(eligible.any(axis=1), column, -1)
