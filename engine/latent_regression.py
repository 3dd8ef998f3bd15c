"""What is expected of ability from what is known of a person before the test."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from engine._types import Floats

Known = Mapping[str, float | str]
"""What is known of a person: covariates by name; what is missing, empty or NaN is not known."""

EARLIER = "earlier"
"""The covariate that a live test fills in itself: θ of an earlier result on the same bank."""


@dataclass(frozen=True, slots=True)
class LatentRegression:
    """θ = intercept + Σ slope × covariate + ε, with ε ~ N(0, sd²).

    Source: van der Linden (1999), Empirical initialization of the trait estimator in adaptive testing,
    Applied Psychological Measurement 23, 21-29.

    Attributes
    ----------
    intercept : float
        Ability (logits) expected where every covariate is 0.
    sd : float
        SD of ability (logits) among people of whom the same is known.
    slopes : table of numbers
        Logits for one more of a covariate, as `years = 0.2`; of a covariate that is a word, logits for each
        word, as `"school:rural" = -0.3`. An earlier result on the same bank is called `earlier`.
    """

    intercept: float
    sd: float
    slopes: Mapping[str, float]

    def __post_init__(self) -> None:
        if not np.isfinite([self.intercept, *self.slopes.values()]).all():
            raise ValueError("intercept and slopes must be finite numbers")
        if not 0 < self.sd < np.inf:
            raise ValueError(f"sd = {self.sd:g}; a finite number above 0 is needed")
        if not self.slopes:
            raise ValueError("no covariate has a slope; as slopes = { years = 0.2 }")
        if both := sorted(self._words.keys() & self.slopes.keys()):
            raise ValueError(
                f"'{both[0]}' has a slope of its own and slopes for words: it is one or the other"
            )

    @property
    def covariates(self) -> tuple[str, ...]:
        """The names of what must be known of a person, in the order of the slopes."""
        return tuple(dict.fromkeys(name.partition(":")[0] for name in self.slopes))

    def expected(self, people: Iterable[Known]) -> Floats:
        """Return the ability (N,) expected of each person, NaN where a covariate is not known.

        Raises
        ------
        ValueError
            If a covariate is no number, or none of the words that have a slope.
        """
        found = []
        for number, person in enumerate(people, start=1):
            try:
                found.append(self.expected_of(person))
            except ValueError as error:
                raise ValueError(f"person {number}: {error}") from None
        return np.array(found, float)

    def expected_of(self, person: Known) -> float:
        """Return the ability expected of one person; raises as `expected` does."""
        words, total = self._words, self.intercept
        for name in self.covariates:
            value = person.get(name, math.nan)
            if value == "" or value != value:
                return math.nan
            if name in words:
                if str(value) not in words[name]:
                    raise ValueError(f"{name} is '{value}'; one of {', '.join(words[name])} is needed")
                total += words[name][str(value)]
            else:
                total += self.slopes[name] * _number(name, value)
        return total

    def simulated(self, theta: Floats, mean: float, sd: float, *, rng: np.random.Generator) -> Floats:
        """Return what would be expected (N,) of people of these abilities, NaN where there is none.

        Where ability is N(mean, sd²) and the regression true, what is expected of people is normal with mean
        `mean` and variance sd² − `self.sd`²; this draws it given their abilities.

        Raises
        ------
        ValueError
            If `self.sd` is not below `sd`: the covariates would tell nothing.
        """
        told = 1 - (self.sd / sd) ** 2
        if told <= 0:
            raise ValueError(
                f"sd = {self.sd:g} is not below the population's {sd:g}: people of whom something is known "
                "must be less spread than people of whom nothing is"
            )
        spread = np.sqrt(told) * self.sd
        return np.asarray(mean + told * (theta - mean) + spread * rng.normal(size=theta.shape))

    @property
    def _words(self) -> dict[str, dict[str, float]]:
        """The slopes of each word of the covariates that are words."""
        found: dict[str, dict[str, float]] = {}
        for name, slope in self.slopes.items():
            covariate, colon, word = name.partition(":")
            if colon:
                found.setdefault(covariate, {})[word] = slope
        return found


def _number(name: str, value: float | str) -> float:
    """Return the value of a covariate that is a number."""
    try:
        number = float(value)
    except ValueError:
        number = math.inf
    if math.isinf(number):
        raise ValueError(f"{name} is '{value}'; a finite number is needed")
    return number
