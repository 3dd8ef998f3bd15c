"""From θ to what a candidate reads: score, interval and level."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from engine._types import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Reported scores of N people; NaN and an empty level where there is no θ.

    Attributes
    ----------
    score, low, high : (N,)
        Score and the ends of its interval, whole numbers on the reporting scale.
    level : (N,) text
        The highest level reached.
    """

    score: Floats
    low: Floats
    high: Floats
    level: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Scale:
    """A reporting scale: linear in θ between two abilities, clipped, rounded half up.

    Attributes
    ----------
    lowest, highest : int
        The ends of the scale.
    theta : pair of float
        The abilities (logits) that get the lowest and the highest score.
    levels : mapping
        The first score of each level, by name.
    band : float
        Probability of the interval around a score; its ends are those of θ's interval, transformed.
    """

    lowest: int = 1
    highest: int = 300
    theta: tuple[float, float] = (-3.0, 3.0)
    levels: Mapping[str, float] = field(default_factory=dict)
    band: float = 0.95

    def __post_init__(self) -> None:
        if not self.lowest < self.highest:
            raise ValueError(f"lowest = {self.lowest} is not below highest = {self.highest}")
        if len(self.theta) != 2 or not self.theta[0] < self.theta[1]:
            raise ValueError(f"theta = {list(self.theta)}; two rising abilities are needed, as [-3.0, 3.0]")
        if not 0 < self.band < 1:
            raise ValueError(f"band = {self.band:g}; a probability between 0 and 1 is needed, as 0.95")
        starts = list(self.levels.values())
        if sorted(set(starts)) != starts:
            raise ValueError(f"levels start at {starts}; they must rise")
        if starts and starts[-1] > self.highest:
            raise ValueError(f"levels start at {starts}; nobody can have more than highest = {self.highest}")

    @property
    def cuts(self) -> Floats:
        """The abilities (C,) from which on each level but the first is reached, rounding considered."""
        starts = np.array(list(self.levels.values())[1:], float)
        share = (np.ceil(starts) - 0.5 - self.lowest) / (self.highest - self.lowest)
        return np.asarray(self.theta[0] + share * (self.theta[1] - self.theta[0]))

    def score(self, theta: Floats) -> Floats:
        """Return the scores of abilities (any shape), NaN where θ is."""
        share = (np.asarray(theta, float) - self.theta[0]) / (self.theta[1] - self.theta[0])
        raw = self.lowest + share * (self.highest - self.lowest)
        return np.floor(np.clip(raw, self.lowest, self.highest) + 0.5)

    def report(self, theta: Floats, se: Floats) -> Report:
        """Return score, interval and level of abilities and standard errors (N,)."""
        reach = ndtri(0.5 + self.band / 2) * np.asarray(se, float)
        score = self.score(theta)
        return Report(score, self.score(theta - reach), self.score(theta + reach), self.level(score))

    def level(self, score: Floats) -> NDArray[np.str_]:
        """Return the highest level that each score reaches, an empty text below the first."""
        names = np.array(["", *self.levels])
        reached = np.searchsorted(list(self.levels.values()), score, side="right")
        return np.asarray(np.where(np.isnan(score), "", names[reached]), np.str_)
