"""Simulated candidates: how they answer, admit not knowing, leave blank and rate, by a stated truth.

A candidate of ability θ reaches a category of an item with the item's true probability. An answer that would
earn nothing becomes "I don't know yet" with the candidate's own readiness to say so, and otherwise one of
the item's wrong answers by their weights. Stars are quality less severity, less a grudge where nothing was
earned.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations

import numpy as np
import pandas as pd

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from items.interactions import Choice, MultipleChoice, Numeric, OpenResponse, ShortText
from items.interactions.base import Interaction
from items.interactions.number_text import written
from items.item import Item
from items.scoring import Answer, score

READINESS = (2.0, 3.0)
"""Beta distribution of the readiness to say "I don't know yet" instead of answering wrongly."""
BLANK = 0.01
"""Share of questions left blank."""
WORD, THOUGHT, DOUBT = 0.35, 2.0, 45.0
"""Seconds for reading a word, for any thought, and for more by the share of points that ability 0 misses."""
SPEED, ABLE, WAVERING = 0.3, 0.3, 0.4
"""SD of people's speed, its correlation with ability, and SD of what is left (log seconds)."""
HASTY, GUESSED, RUSHED = 0.04, 0.3, 0.06
"""Share of hasty people, of the questions each guesses at once, and of the usual time that this takes."""
LUCK = 0.25
"""Share of such guesses that are right."""
RATE, RATED = 0.4, 0.5
"""Share of candidates who rate, and of the questions that each of them rates."""
QUALITY, SEVERITY, NOISE = 0.6, 0.5, 0.6
"""SDs of the items' quality, of the candidates' severity, and of a single rating (stars)."""
TYPICAL, GRUDGE = 3.8, 0.6
"""Stars of a middling question, and how often it loses one where the answer earned nothing."""
LONG = 150.0
"""Seconds spent on a text that a person scores."""

UNLISTED = 1e-6
"""Weight of a wrong answer that the list of wrong answers does not name."""
ELSE = "not sure"
"""What is typed where nothing better is known."""


@dataclass(frozen=True, slots=True)
class Repertoire:
    """The answers that earn the same category, with the running sum of their weights."""

    answers: tuple[Answer, ...]
    weights: tuple[float, ...]

    def draw(self, u: float) -> Answer:
        """Return the answer that a uniform draw in [0, 1) picks."""
        return self.answers[bisect_right(self.weights, u * self.weights[-1], hi=len(self.weights) - 1)]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What simulated candidates answer by.

    Attributes
    ----------
    pool : ItemPool
        The true parameters of J items.
    columns : mapping
        The place of each of these items in the pool.
    repertoires : mapping
        For each item, its answers by category; None stands for answers that a person scores.
    intensity : (J,)
        Logarithm of the seconds that somebody of average speed needs.
    """

    pool: ItemPool
    columns: Mapping[str, int]
    repertoires: Mapping[str, Mapping[int | None, Repertoire]]
    intensity: Floats

    @classmethod
    def of(cls, items: Sequence[Item], pool: ItemPool, wrong_answers: pd.DataFrame) -> "Truth":
        """Gather the truth about items; `wrong_answers` has the columns item, option and weight."""
        weights = {
            str(item): dict(zip(rows["option"].astype(str), rows["weight"], strict=True))
            for item, rows in wrong_answers.groupby("item")
        }
        columns = {name: column for column, name in enumerate(pool.items)}
        repertoires = {item.id: repertoire(item, weights.get(item.id, {})) for item in items}
        return cls(pool, columns, repertoires, time_intensity(items, pool))


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """N candidates and what each would do with each of J items.

    Attributes
    ----------
    theta : (N,)
        Abilities (logits).
    categories : (N, J) int
        The categories they reach.
    choices : (N, J)
        Uniform draws that pick among the answers of a category.
    admits, blanks : (N, J) bool
        Where they say "I don't know yet" rather than answer wrongly, and where they leave a blank.
    seconds : (N, J)
        Time they spend.
    stars : (N, J) int
        Stars they would give if the answer earned something; 0 where they do not rate.
    grudges : (N, J) bool
        Where they give one star less because it earned nothing.
    """

    theta: Floats
    categories: Ints
    choices: Floats
    admits: Bools
    blanks: Bools
    seconds: Floats
    stars: Ints
    grudges: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One of a crowd, met one question at a time."""

    truth: Truth
    crowd: Crowd
    row: int

    def answer(self, item: str) -> Answer:
        """Return what the candidate answers; "I don't know yet" where no truth is stated."""
        answers, column = self.truth.repertoires[item], self.truth.columns.get(item)
        if None in answers:
            return answers[None].draw(0.0)
        if column is None:
            return Answer("idk")
        here = (self.row, column)
        if self.crowd.blanks[here]:
            return Answer("omit")
        category = int(self.crowd.categories[here])
        if category == 0 and self.crowd.admits[here]:
            return Answer("idk")
        nearest = max(one for one in answers if one is not None and one <= category)
        return answers[nearest].draw(float(self.crowd.choices[here]))

    def seconds(self, item: str) -> float:
        """Return the time the candidate spends on a question."""
        column = self.truth.columns.get(item)
        return LONG if column is None else float(self.crowd.seconds[self.row, column])

    def stars(self, item: str, *, earned: bool) -> int:
        """Return the stars the candidate gives, 0 for none."""
        column = self.truth.columns.get(item)
        if column is None:
            return 0
        stars = int(self.crowd.stars[self.row, column])
        return stars - 1 if stars > 1 and not earned and self.crowd.grudges[self.row, column] else stars


def crowd(truth: Truth, size: int, quality: Floats, *, rng: np.random.Generator) -> Crowd:
    """Draw candidates from the population, and what they would do; `quality` (J,) in stars."""
    shape = (size, len(truth.pool))
    mean, sd = truth.pool.parameters.population["all"]
    theta = rng.normal(mean, sd, size)
    reached = np.exp(truth.pool.log_prob(theta)).cumsum(axis=1).transpose(2, 0, 1)
    passed = (rng.random((*shape, 1)) >= reached).sum(axis=2)
    categories = np.minimum(passed, truth.pool.n_categories - 1)
    severity = rng.normal(0, SEVERITY, (size, 1))
    stars = np.clip(np.rint(TYPICAL + quality - severity + rng.normal(0, NOISE, shape)), 1, 5)
    rates = (rng.random((size, 1)) < RATE) & (rng.random(shape) < RATED)
    apart = rng.spawn(1)[0]
    hasty = (apart.random((size, 1)) < HASTY) & (apart.random(shape) < GUESSED)
    lucky = np.where(apart.random(shape) < LUCK, truth.pool.n_categories - 1, 0)
    speed = SPEED * (ABLE * (theta - mean) / sd + np.sqrt(1 - ABLE**2) * apart.normal(size=size))
    times = truth.intensity - speed[:, None] + WAVERING * apart.normal(size=shape)
    return Crowd(
        theta=theta,
        categories=np.where(hasty, lucky, categories),
        choices=rng.random(shape),
        admits=rng.random(shape) < rng.beta(*READINESS, (size, 1)),
        blanks=rng.random(shape) < BLANK,
        seconds=np.exp(times) * np.where(hasty, RUSHED, 1.0),
        stars=np.where(rates, stars, 0).astype(int),
        grudges=rng.random(shape) < GRUDGE,
    )


def time_intensity(items: Sequence[Item], pool: ItemPool) -> Floats:
    """Return the logarithm of the seconds that each of J items takes to read and to think about (J,)."""
    texts = {item.id: " ".join(one.markdown for one in item.texts() if one.content) for item in items}
    words = np.array([len(texts.get(name, "").split()) for name in pool.items])
    share = np.arange(pool.max_categories) @ np.exp(pool.log_prob(np.zeros(1)))[:, :, 0].T
    missed = 1 - share / (pool.n_categories - 1)
    return np.asarray(np.log(WORD * words + THOUGHT + DOUBT * missed))


def repertoire(item: Item, weights: Mapping[str, float]) -> dict[int | None, Repertoire]:
    """Return an item's answers by the category that they earn; wrong answers are weighted as listed."""
    found: dict[int | None, dict[str, float]] = {}
    for value in dict.fromkeys([*_values(item.interaction), *weights]):
        category = score(item, Answer("answered", value)).category
        best = category == item.n_categories - 1
        found.setdefault(category, {})[value] = 1.0 if best else weights.get(value, UNLISTED)
    return {
        category: Repertoire(
            tuple(Answer("answered", value) for value in group), tuple(accumulate(group.values()))
        )
        for category, group in found.items()
    }


def _values(doing: Interaction) -> Iterator[str]:
    """Yield answers in log form, enough of them to earn every category."""
    match doing:
        case MultipleChoice():
            ids = [option.id for option in doing.options]
            yield from ("+".join(some) for n in range(1, len(ids) + 1) for some in combinations(ids, n))
        case Choice():
            yield from (option.id for option in doing.options)
        case Numeric():
            yield from (written(doing.answer), written(doing.answer + 2 * doing.margin + 1))
        case ShortText():
            yield from (doing.accepted[0], ELSE)
        case OpenResponse():
            words = [criterion.keywords[0] for criterion in doing.criteria if criterion.keywords]
            yield from ("; ".join(some) for n in range(1, len(words) + 1) for some in combinations(words, n))
            yield ELSE
