"""Stimulus sets, without a plan: when a stimulus may be opened, and how many of its items follow."""

from dataclasses import dataclass

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.conditions import Conditions, n_stimuli


@dataclass(frozen=True, slots=True, eq=False)
class StimulusSets:
    """The conditions on stimuli and on the number of their items.

    Attributes
    ----------
    stimulus : (J,) int
        The stimulus of each item, −1 for none.
    least, most : (S,)
        Bounds of the number of items of a stimulus that is used.
    coefficients : (M, S)
        What each stimulus adds to a condition on stimuli.
    lower, upper : (M,)
        Its bounds.
    """

    stimulus: Ints
    least: Floats
    most: Floats
    coefficients: Floats
    lower: Floats
    upper: Floats

    @classmethod
    def of(cls, conditions: Conditions) -> "StimulusSets":
        """Take the conditions in which stimuli have a part."""
        count = n_stimuli(conditions.stimulus)
        items, stimuli = np.split(conditions.matrix.toarray(), [conditions.n_items], axis=1)
        about = np.array([name != "" for name in conditions.names]) & stimuli.any(axis=1)
        alone = ~items.any(axis=1)
        least, most = np.ones(count), np.full(count, np.inf)
        for row in np.flatnonzero(about & ~alone):
            number = int(np.flatnonzero(stimuli[row])[0])
            if conditions.lower[row] == 0:
                least[number] = max(least[number], -stimuli[row, number])
            if conditions.upper[row] == 0:
                most[number] = min(most[number], -stimuli[row, number])
        rows = about & alone
        return cls(
            conditions.stimulus, least, most, stimuli[rows], conditions.lower[rows], conditions.upper[rows]
        )

    def broken(self, held: Bools, opened: Ints, left: Ints) -> Floats:
        """Return how many conditions each item (N, J) would break.

        Parameters
        ----------
        held : (N, J) bool
            Items asked.
        opened : (N,) int
            The stimulus that is open, −1 for none.
        left : (N,) int
            Questions still to ask.
        """
        numbers = np.arange(self.least.size)
        counts = np.stack([held[:, self.stimulus == number].sum(axis=1) for number in numbers], axis=1)
        used = counts > 0
        have = used.astype(float) @ self.coefficients.T
        beyond = ((have[:, None, :] + self.coefficients.T) > self.upper).sum(axis=2) * ~used
        more = (self.lower - have).max(axis=1, initial=0.0)[:, None] - ~used
        owed = np.maximum(more, 0.0) * self.least.min() + np.maximum(self.least - counts, 1.0)
        broken = beyond + (counts >= self.most) + (owed > left[:, None])
        unfinished = (counts < self.least)[np.arange(len(held)), opened] & (opened >= 0)
        broken += unfinished[:, None] & (numbers != opened[:, None])
        return np.asarray(np.hstack([broken, unfinished[:, None]])[:, self.stimulus])
