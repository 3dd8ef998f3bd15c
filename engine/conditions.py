"""Conditions on a whole test, as linear rows over the items and stimuli that it holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from engine._types import Bools, Floats, Ints

LONGEST = "the longest test"
"""Begins the name of the row that fills a planned test; a test may end before for reasons of its own."""

BLOCK = 2000
"""Tests that are looked at together, so that memory does not grow with their number."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """lower ≤ Σ_j items_j x_j + Σ_s stimuli_s z_s ≤ upper, under the name that people know it by.

    Rows of the same name are one condition; rows without a name only tie stimuli to their items.
    """

    name: str
    items: Floats
    stimuli: Floats
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Attainment:
    """What finished tests had of one condition: its bounds, least, mean and most, and how many broke it.

    The amounts are NaN where a condition consists of several rows, as one on every stimulus.
    """

    condition: str
    lower: float
    upper: float
    least: float
    mean: float
    most: float
    broken: int


@dataclass(frozen=True, eq=False)
class Conditions:
    """What a test must hold: M rows over J items (x = 1 where asked) and S stimuli (z = 1 where used).

    Attributes
    ----------
    names : tuple of M texts
        The condition that each row belongs to, "" for the ties between stimuli and items.
    matrix : (M, J + S) sparse
        Coefficients, items first.
    lower, upper : (M,)
        Bounds, ±∞ where there is none.
    stimulus : (J,) int
        The stimulus of each item, −1 for an item that stands alone. Items of one stimulus are asked in a row.
    order : (J,) or None
        A value by which items are asked in rising order (within a stimulus, where the test has stimuli).
    stimulus_order : (S,) or None
        A value by which stimuli are used in rising order.
    """

    names: tuple[str, ...]
    matrix: sparse.csc_array
    lower: Floats
    upper: Floats
    stimulus: Ints
    order: Floats | None = None
    stimulus_order: Floats | None = None

    @classmethod
    def of(
        cls,
        rows: Sequence[Row],
        *,
        stimulus: Ints,
        order: Floats | None = None,
        stimulus_order: Floats | None = None,
    ) -> "Conditions":
        """Stack rows, and tie each stimulus to its items: it is used if and only if one of them is."""
        stacked = [*rows, *ties(stimulus)]
        width = stimulus.size + n_stimuli(stimulus)
        coefficients = np.array([np.r_[row.items, row.stimuli] for row in stacked]).reshape(-1, width)
        return cls(
            names=tuple(row.name for row in stacked),
            matrix=sparse.csc_array(coefficients),
            lower=np.array([row.lower for row in stacked], float),
            upper=np.array([row.upper for row in stacked], float),
            stimulus=stimulus,
            order=order,
            stimulus_order=stimulus_order,
        )

    @property
    def sequenced(self) -> bool:
        """Whether anything is said about the order of the questions."""
        return self.order is not None or bool((self.stimulus >= 0).any())

    @property
    def n_items(self) -> int:
        """J, the number of items in the pool."""
        return self.stimulus.size

    @property
    def most(self) -> float:
        """The most items that conditions on all of them admit, ∞ where there is none."""
        every = self.matrix[:, : self.n_items].sum(axis=1) == self.n_items
        whole = every & (self.matrix[:, : self.n_items].max(axis=1).toarray().ravel() == 1)
        return float(self.upper[whole].min(initial=np.inf))

    def attained(self, items: Ints) -> Floats:
        """Return the value of each row (N, M) for tests (N, L); −1 and items beyond J are nothing."""
        parts = [self._attained(items[first : first + BLOCK]) for first in range(0, len(items) or 1, BLOCK)]
        return np.concatenate(parts) if len(parts) > 1 else parts[0]

    def _attained(self, items: Ints) -> Floats:
        if self.matrix.shape[1] == self.n_items:
            return np.asarray(self._adds[np.where(items < self.n_items, items, -1)].sum(axis=1))
        held = held_items(items, self.n_items)
        return np.asarray((self.matrix @ np.hstack([held, self.used(held)]).astype(float).T).T)

    @cached_property
    def _adds(self) -> Floats:
        """What each item adds to each row, and nothing in the last line, (J + 1, M)."""
        return np.vstack([self.matrix[:, : self.n_items].toarray().T, np.zeros(len(self.names))])

    def used(self, held: Bools) -> Bools:
        """Return which stimuli (N, S) tests that hold these items (N, J) use."""
        used = np.zeros((len(held), n_stimuli(self.stimulus)), bool)
        for stimulus in range(used.shape[1]):
            used[:, stimulus] = held[:, self.stimulus == stimulus].any(axis=1)
        return used

    def broken(self, items: Ints) -> Bools:
        """Return which rows (N, M) tests break, beyond rounding."""
        attained = self.attained(items)
        return (attained < self.lower - 1e-9) | (attained > self.upper + 1e-9)

    @cached_property
    def minima(self) -> "Conditions":
        """The rows that a test can still meet where it breaks them: what it has too little of."""
        told = np.array([name != "" and not name.startswith(LONGEST) for name in self.names], bool)
        falls = (self.matrix.min(axis=1).toarray().ravel() < 0) & (self.lower > -np.inf)
        rows = np.flatnonzero(told & (falls | (self.lower > 0)))
        tied = falls & (self.lower == self.upper)
        return replace(
            self,
            names=tuple(self.names[row] for row in rows),
            matrix=self.matrix[rows],
            lower=self.lower[rows],
            upper=np.where(tied, self.upper, np.inf)[rows],
        )

    def lacking(self, items: Ints) -> Bools:
        """Return which items (N, J) bring tests nearer to a lower bound that they break."""
        short = (self.attained(items) < self.lower - 1e-9).astype(float)
        return np.asarray((short @ (self.matrix[:, : self.n_items] > 0)) > 0)

    def attainment(self, items: Ints) -> tuple[Attainment, ...]:
        """Return what tests (N, L) had of each named condition, in the order of the rows."""
        size, groups = len(self.names), self._asked_for()
        least, most, total = np.full(size, np.inf), np.full(size, -np.inf), np.zeros(size)
        broken = dict.fromkeys(groups, 0)
        for first in range(0, len(items), BLOCK):
            block = items[first : first + BLOCK]
            attained, wrong = self.attained(block), self.broken(block)
            least, most = np.minimum(least, attained.min(axis=0)), np.maximum(most, attained.max(axis=0))
            total += attained.sum(axis=0)
            for name, rows in groups.items():
                broken[name] += int(wrong[:, rows].any(axis=1).sum())
        mean = total / max(len(items), 1)
        found = []
        for name, rows in groups.items():
            values = (float(each[rows[0]]) for each in (self.lower, self.upper, least, mean, most))
            low, high, least_, mean_, most_ = values if rows.size == 1 else (float("nan"),) * 5
            found.append(Attainment(name, low, high, least_, mean_, most_, broken[name]))
        return tuple(found)

    def violations(self, items: Ints) -> Ints:
        """Return how many conditions (N,) tests break; rows of one name are one condition."""
        groups = self._asked_for().values()
        times = np.zeros(len(items), np.int64)
        for first in range(0, len(items), BLOCK):
            people = slice(first, first + BLOCK)
            broken = self.broken(items[people])
            times[people] = sum(broken[:, group].any(axis=1).astype(int) for group in groups)
        return times

    def _asked_for(self) -> dict[str, Ints]:
        """Return the rows of each condition by name, without what nobody asked for: ties and the length."""
        names = np.array(self.names)
        told = (name for name in dict.fromkeys(self.names) if name and not name.startswith(LONGEST))
        return {name: np.flatnonzero(names == name) for name in told}


def n_stimuli(stimulus: Ints) -> int:
    """Return S, one more than the largest number of a stimulus."""
    return int(stimulus.max(initial=-1)) + 1


def held_items(items: Ints, n_items: int) -> Bools:
    """Return (N, J) which items of a pool stand in tests (N, L)."""
    held = np.zeros((len(items), n_items + 1), bool)
    np.put_along_axis(held, np.where(items < n_items, items, -1), True, axis=1)
    return held[:, :-1]


def ties(stimulus: Ints) -> Iterator[Row]:
    """Yield x_j ≤ z_s for each item of a stimulus, and z_s ≤ Σ_j x_j."""
    n_items, count = stimulus.size, n_stimuli(stimulus)
    for item in np.flatnonzero(stimulus >= 0):
        yield Row("", unit(n_items, int(item)), -unit(count, int(stimulus[item])), -np.inf, 0.0)
    for number in range(count):
        yield Row("", (stimulus == number).astype(float), -unit(count, number), 0.0, np.inf)


def per_stimulus(name: str, stimulus: Ints, lower: Floats, upper: Floats) -> Iterator[Row]:
    """Yield rows that bound the number of items of each stimulus that is used, lower and upper (S,)."""
    count = n_stimuli(stimulus)
    for number in range(count):
        members = (stimulus == number).astype(float)
        if lower[number] > -np.inf:
            yield Row(name, members, -lower[number] * unit(count, number), 0.0, np.inf)
        if upper[number] < np.inf:
            yield Row(name, members, -upper[number] * unit(count, number), -np.inf, 0.0)


def unit(size: int, place: int) -> Floats:
    """Return a vector of zeros with a one at `place`."""
    vector = np.zeros(size)
    vector[place] = 1.0
    return vector
