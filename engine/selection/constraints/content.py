"""Where a test stands with its content: what it has, what is still to come, and what an item would break."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.conditions import LONGEST, Conditions


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """The M conditions that are about items alone.

    Attributes
    ----------
    kind : (J,) int
        The kind of each item: items that add the same to all conditions are of one kind.
    kinds : (J + 1,) int
        The same, and G for what is no item of the pool.
    size : (G,) int
        How many items are of each kind.
    coefficients : (M, G)
        What an item of each kind adds to a condition: 1 for a member of an area, an amount for a numeric
        attribute.
    lower, upper : (M,)
        Bounds of the whole test.
    plain : (M,) bool
        Whether an item adds 1 or nothing.
    least, most : (M,)
        The least and the most that an item adds, or nothing.
    mean : (M,)
        What an item of the pool adds on average.
    unit : (M,)
        What an item adds that adds anything, on average; 1 where none does.
    weight : (M,)
        How much a deviation by one unit matters.
    demanded : (M,) bool
        What the blueprint asks for, the length of the longest test apart.
    longest : int
        Questions in the whole test.
    """

    kind: Ints
    kinds: Ints
    size: Ints
    coefficients: Floats
    lower: Floats
    upper: Floats
    plain: Bools
    least: Floats
    most: Floats
    mean: Floats
    unit: Floats
    weight: Floats
    demanded: Bools
    longest: int

    @classmethod
    def of(cls, conditions: Conditions, weights: Mapping[str, float], *, longest: int) -> "Content":
        """Take the conditions on items, with the weights of some of them (by the name's first word).

        Raises
        ------
        ValueError
            If a weight names no condition.
        """
        matrix = conditions.matrix.toarray()
        items, stimuli = np.split(matrix, [conditions.n_items], axis=1)
        words = [name.split(" ")[0] for name in conditions.names]
        for word in weights:
            if word not in words:
                raise ValueError(f"weights name '{word}', which is no condition in force")
        rows = np.flatnonzero(np.array([name != "" for name in conditions.names]) & ~stimuli.any(axis=1))
        coefficients = items[rows]
        size = np.abs(coefficients)
        of_kind, kind = np.unique(coefficients, axis=1, return_inverse=True)
        return cls(
            kind=kind.ravel(),
            kinds=np.append(kind.ravel(), of_kind.shape[1]),
            size=np.bincount(kind.ravel()),
            coefficients=of_kind,
            lower=conditions.lower[rows],
            upper=conditions.upper[rows],
            plain=((of_kind == 0) | (of_kind == 1)).all(axis=1),
            least=of_kind.min(axis=1, initial=0.0),
            most=of_kind.max(axis=1, initial=0.0),
            mean=coefficients.mean(axis=1),
            unit=np.where(size.any(axis=1), size.sum(axis=1), 1.0) / np.maximum((size > 0).sum(axis=1), 1),
            weight=np.array([weights.get(words[row], 1.0) for row in rows]),
            demanded=np.array([not conditions.names[row].startswith(LONGEST) for row in rows], bool),
            longest=int(min(longest, conditions.most)),
        )

    def held(self, items: Ints) -> Ints:
        """Return how many items of each kind (N, G) tests (N, L) have so far."""
        n_kinds = self.size.size
        kind = self.kinds.take(np.minimum(items, self.kind.size))
        place = kind + (n_kinds + 1) * np.arange(len(items))[:, None]
        held = np.bincount(place.ravel(), minlength=len(items) * (n_kinds + 1)).reshape(len(items), -1)
        return held[:, :-1]

    def so_far(self, held: Ints) -> tuple[Floats, Ints]:
        """Return the amounts (N, M) that tests with these items have, and the questions (N,) left."""
        return held.astype(float) @ self.coefficients.T, self.longest - held.sum(axis=1)

    def lacking(self, attained: Floats) -> Ints:
        """Return how many questions (N,) tests of these amounts need to meet all minima, one by one."""
        short = np.where(self.demanded, np.maximum(self.lower - attained, 0.0), 0.0)
        return np.asarray(np.ceil(short / np.maximum(self.most, 1e-12) - 1e-9).sum(axis=1), np.int64)

    def penalty(self, attained: Floats, left: Ints) -> Floats:
        """Return what an item of each kind (N, G) adds to the weighted deviation expected, `left` to ask."""
        rest = attained + np.maximum(left - 1, 0)[:, None] * self.mean
        slope = self._deviation(rest + self.unit) - self._deviation(rest)
        return np.asarray((slope * (self.weight / self.unit**2)) @ self.coefficients)

    def broken(self, attained: Floats, left: Ints) -> Ints:
        """Return how many conditions (N, G) an item of each kind puts out of reach, `left` to ask."""
        later = np.maximum(left - 1, 0)[:, None]
        room = self.upper - attained - later * self.least
        need = self.lower - attained - later * self.most
        without = ((room < 0) | (need > 0)) & self.plain
        with_it = ((room < 1) | (need > 1)) & self.plain
        change = with_it.astype(float) - without
        count = change @ self.coefficients + without.sum(axis=1, keepdims=True)
        for row in np.flatnonzero(~self.plain):
            adds = self.coefficients[row]
            count += (adds > room[:, row, None] + 1e-9) | (adds < need[:, row, None] - 1e-9)
        return np.asarray(np.rint(count), np.int16)

    def _deviation(self, amount: Floats) -> Floats:
        return np.maximum(np.maximum(self.lower - amount, amount - self.upper), 0.0)
