"""Who answers: simulated people of many kinds, and real answers replayed."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import islice

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.uncertainty import draw_pools


class Responder(ABC):
    """N people who answer whatever they are asked."""

    @abstractmethod
    def respond(self, people: Ints, items: Ints, place: Ints, u: Floats) -> Ints:
        """Return categories (M,), −1 for an answer without a score.

        Parameters
        ----------
        people : (M,) int
            Who answers, 0..N-1.
        items : (M,) int
            What is asked, places in the design's names.
        place : (M,) int
            Which question of the test it is, counted from 0.
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

    def respond(self, people: Ints, items: Ints, place: Ints, u: Floats) -> Ints:
        """Return the category in whose share of [0, 1) the draw falls."""
        known = items < len(self.pool)
        categories = np.full(items.size, -1)
        probability = self.pool.prob_at(items[known], self.theta[people[known]])
        categories[known] = choose_category(self._changed(probability, people[known], items[known]), u[known])
        return categories

    def _changed(self, probability: Floats, people: Ints, items: Ints) -> Floats:
        """Return the chances (M, K) with which these people give each answer."""
        return probability


@dataclass(frozen=True, slots=True, eq=False)
class Admitting(ModelResponder):
    """People who, when they do not know, say so with chance `readiness` (N,) instead of guessing.

    Not knowing is what an item's lower asymptote c is about: who does not know succeeds with chance c by
    guessing, and never by saying "I don't know yet", which counts as category 0. Items without an asymptote
    are answered as ever.
    """

    readiness: Floats

    def _changed(self, probability: Floats, people: Ints, items: Ints) -> Floats:
        table = self.pool.parameters.table
        c, d = (
            table[name].fillna(fill).to_numpy(float) if name in table else np.full(len(self.pool), fill)
            for name, fill in (("c", 0.0), ("d", 1.0))
        )
        unknown = (d[items] - probability[:, 1]) / (d - c)[items]
        lost = np.where(c[items] > 0, self.readiness[people] * c[items] * unknown, 0.0)
        changed = probability.copy()
        changed[:, 0], changed[:, 1] = probability[:, 0] + lost, probability[:, 1] - lost
        return changed


@dataclass(frozen=True, slots=True, eq=False)
class Guessing(Responder):
    """People some of whom stop thinking: from question `first` (N,) on they answer at random.

    `first` counts from 0; 0 is somebody who guesses throughout, a number beyond the test nobody.
    """

    others: Responder
    n_categories: Ints
    first: Ints

    def respond(self, people: Ints, items: Ints, place: Ints, u: Floats) -> Ints:
        """Return any category of the item, each with the same chance, from `first` on."""
        answers = self.others.respond(people, items, place, u)
        at_random = (u * self.n_categories[items]).astype(np.int64)
        return np.where((place >= self.first[people]) & (answers >= 0), at_random, answers)


@dataclass(frozen=True, slots=True, eq=False)
class Misfitting(Responder):
    """People some of whom (`who`, (N,) bool) fall short on some of the items (`hard`, (J + E,) bool).

    On these they answer as somebody whose ability is lower by `loss` logits: a topic never taught, a language
    not mastered.
    """

    pool: ItemPool
    theta: Floats
    who: Bools
    hard: Bools
    loss: float

    def respond(self, people: Ints, items: Ints, place: Ints, u: Floats) -> Ints:
        """Return what the model says at the ability that counts here."""
        affected = self.who[people] & self.hard[items]
        theta = self.theta[people] - np.where(affected, self.loss, 0.0)
        return ModelResponder(self.pool, theta).respond(np.arange(people.size), items, place, u)


@dataclass(frozen=True, slots=True, eq=False)
class Uncertain(Responder):
    """People who answer by true parameters drawn from the calibration's errors; person n by draw n mod D."""

    pools: tuple[ItemPool, ...]
    theta: Floats

    @classmethod
    def of(cls, pool: ItemPool, theta: Floats, *, rng: np.random.Generator, draws: int = 50) -> "Uncertain":
        """Draw the true parameters `draws` times; raises ValueError without standard errors."""
        return cls(tuple(islice(draw_pools(pool, rng), draws)), theta)

    def respond(self, people: Ints, items: Ints, place: Ints, u: Floats) -> Ints:
        """Return what each person's own parameters say."""
        answers, own = np.full(items.size, -1), people % len(self.pools)
        for draw in np.unique(own):
            here = own == draw
            model = ModelResponder(self.pools[draw], self.theta)
            answers[here] = model.respond(people[here], items[here], place[here], u[here])
        return answers


@dataclass(frozen=True, slots=True, eq=False)
class Replay(Responder):
    """Real answers (N, J) given again; −1 where a person did not answer the item."""

    categories: Ints

    def respond(self, people: Ints, items: Ints, place: Ints, u: Floats) -> Ints:
        """Return the recorded category."""
        known = items < self.categories.shape[1]
        return np.where(known, self.categories[people, np.where(known, items, 0)], -1)


def choose_category(probability: Floats, u: Floats) -> Ints:
    """Return the category (M,) in whose share of [0, 1) the draw falls, for chances (M, K)."""
    if probability.shape[1] == 2:
        return np.asarray(u >= probability[:, 0], np.int64)
    share = np.cumsum(probability, axis=1)
    return np.asarray((u[:, None] * share[:, -1:] >= share[:, :-1]).sum(axis=1))
