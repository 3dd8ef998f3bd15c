"""Who answers: simulated people of many kinds, and real answers replayed."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from engine._types import Floats, Ints
from engine.pool import ItemPool


class Responder(ABC):
    """N people who answer whatever they are asked."""

    @abstractmethod
    def respond(self, people: Ints, items: Ints, u: Floats) -> Ints:
        """Return categories (M,), −1 for an answer without a score.

        Parameters
        ----------
        people : (M,) int
            Who answers, 0..N-1.
        items : (M,) int
            What is asked, places in the design's names.
        u : (M,)
            One uniform draw for each answer.
        """


@dataclass(frozen=True, slots=True, eq=False)
class ModelResponder(Responder):
    """People of true ability `theta` (N,) who answer as the true parameters say.

    Items that the true pool does not hold (pilot items) get no category.
    """

    pool: ItemPool
    theta: Floats

    def respond(self, people: Ints, items: Ints, u: Floats) -> Ints:
        """Return the category in whose share of [0, 1) the draw falls."""
        known = items < len(self.pool)
        if known.all():
            return self._draw(people, items, u)
        categories = np.full(items.size, -1)
        categories[known] = self._draw(people[known], items[known], u[known])
        return categories

    def _draw(self, people: Ints, items: Ints, u: Floats) -> Ints:
        probability = self.pool.prob_at(items, self.theta[people])
        if probability.shape[1] == 2:
            return np.asarray(u >= probability[:, 0], np.int64)
        share = np.cumsum(probability[:, :-1], axis=1)
        return np.asarray((u[:, None] >= share).sum(axis=1).clip(max=self.pool.n_categories[items] - 1))


@dataclass(frozen=True, slots=True, eq=False)
class Replay(Responder):
    """Real answers (N, J) given again; −1 where a person did not answer the item."""

    categories: Ints

    def respond(self, people: Ints, items: Ints, u: Floats) -> Ints:
        """Return the recorded category."""
        return np.asarray(self.categories[people, items])
