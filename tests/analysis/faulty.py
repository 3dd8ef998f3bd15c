"""Tests of 30 questions with faults that are known: what the detection study looks for."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from calibration.responses import ResponseMatrix
from tests.analysis.studies import right, two_pl_items

J = 30
ITEMS = tuple(f"Q{k + 1}" for k in range(J))
KEY = dict.fromkeys(ITEMS, "A")


@dataclass(frozen=True)
class World:
    """A log, and for each flag the items or persons that deserve it; `exempt` ones may go either way."""

    responses: ResponseMatrix
    items: dict[str, set[str]] = field(default_factory=dict)
    persons: dict[str, np.ndarray] = field(default_factory=dict)
    exempt: frozenset[str] = frozenset()


def sound(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Return who gets what right (N, J), abilities (N,), and the items."""
    items = two_pl_items(J, rng)
    theta = rng.normal(size=n)
    return right(items, theta, rng), theta, items


def options(know: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the options chosen (N, J): A by who knows, else B, C, D by 5, 3 and 2 in ten."""
    return np.where(know, "A", rng.choice(list("BCD"), p=[0.5, 0.3, 0.2], size=know.shape))


def log(answers: np.ndarray, key: dict[str, str] | None = None, **columns: np.ndarray) -> ResponseMatrix:
    frame = pd.DataFrame(answers, columns=list(ITEMS)).assign(**columns)
    return ResponseMatrix.from_pandas(frame, key=key)


def timed_log(answers: np.ndarray, seconds: np.ndarray) -> ResponseMatrix:
    person, item = np.divmod(np.arange(answers.size), J)
    frame = {"person": person, "item": np.array(ITEMS)[item], "response": answers.ravel().astype(int)}
    return ResponseMatrix.from_pandas(pd.DataFrame({**frame, "time_s": seconds.ravel()}))


def wrong_keys(n: int, rng: np.random.Generator) -> World:
    """Q1 and Q2 are keyed B."""
    know, _, _ = sound(n, rng)
    return World(log(options(know, rng), KEY | {"Q1": "B", "Q2": "B"}), {"suspected_wrong_key": {"Q1", "Q2"}})


def dead_distractor(n: int, rng: np.random.Generator) -> World:
    """Nobody chooses D in Q1 and Q2."""
    know, _, _ = sound(n, rng)
    answers = options(know, rng)
    dead = (answers == "D") & np.isin(ITEMS, ["Q1", "Q2"])
    return World(log(np.where(dead, "B", answers), KEY), {"never_chosen": {"Q1", "Q2"}})


def dependent(share: float) -> Callable[[int, np.random.Generator], World]:
    """Of `share` of the people the answer to Q2 repeats that to Q1, and Q4 repeats Q3."""

    def make(n: int, rng: np.random.Generator) -> World:
        know, _, _ = sound(n, rng)
        for first, second in ((0, 1), (2, 3)):
            again = rng.random(n) < share
            know[again, second] = know[again, first]
        return World(log(know.astype(int)), {"dependent_pair": {"Q1", "Q2", "Q3", "Q4"}})

    return make


def blank_ends(n: int, rng: np.random.Generator) -> World:
    """Three in ten run out of time somewhere in the last five questions and leave the rest blank."""
    answers = sound(n, rng)[0].astype(float)
    answers[_late(n, rng, 0.3)] = np.nan
    return World(log(answers), {"often_not_reached": {"Q28", "Q29", "Q30"}}, exempt=frozenset({"Q26", "Q27"}))


def guessed_ends(n: int, rng: np.random.Generator) -> World:
    """The same three in ten tick anything within two seconds instead."""
    know, _, _ = sound(n, rng)
    seconds = _seconds(n, rng)
    late = _late(n, rng, 0.3)
    answers = np.where(late, rng.random((n, J)) < 0.25, know)
    wanted = {"rapid_guessing": {"Q28", "Q29", "Q30"}}
    fast = np.where(late, rng.uniform(0.5, 2, (n, J)), seconds)
    return World(timed_log(answers, fast), wanted, exempt=frozenset({"Q26", "Q27"}))


def known(n: int, rng: np.random.Generator) -> World:
    """One in ten knows the eight hardest questions: right 19 times in 20, in a third of the time."""
    know, _, items = sound(n, rng)
    leaked = np.argsort(-items["b"].to_numpy())[:8]
    told = np.arange(n) < n // 10
    seconds = _seconds(n, rng)
    here = np.ix_(told, leaked)
    know[here] = rng.random((told.sum(), 8)) < 0.95
    seconds[here] /= 3
    return World(
        timed_log(know, seconds),
        {"known_beforehand": {ITEMS[k] for k in leaked}},
        {"prepared_person": told},
    )


def careless(n: int, rng: np.random.Generator) -> World:
    """One in twenty ticks anything."""
    know, _, _ = sound(n, rng)
    idle = np.arange(n) < n // 20
    know[idle] = rng.random((idle.sum(), J)) < 0.25
    return World(log(know.astype(int)), persons={"aberrant_person": idle})


def unequal(size: float) -> Callable[[int, np.random.Generator], World]:
    """Q1, Q2 and Q3 are harder for half of the people by `size` logits; all slopes are 1."""

    def make(n: int, rng: np.random.Generator) -> World:
        items = two_pl_items(J, rng, sd=0.0)
        shifted = items.assign(b=items["b"] + np.where(np.arange(J) < 3, size, 0.0))
        theta = rng.normal(size=n)
        answers = np.where(
            (np.arange(n) % 2 == 0)[:, None], right(items, theta, rng), right(shifted, theta, rng)
        )
        side = np.where(np.arange(n) % 2 == 0, "r", "f")
        return World(log(answers.astype(int), g_side=side), {"any": {"Q1", "Q2", "Q3"}})

    return make


def _late(n: int, rng: np.random.Generator, share: float) -> np.ndarray:
    """Return which answers (N, J) come after the end of time: the last one to five of some people."""
    missing = np.where(rng.random(n) < share, rng.integers(1, 6, n), 0)
    return np.arange(J) >= J - missing[:, None]


def _seconds(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return log-normal times (N, J) of people of different speed: 30 s in the middle."""
    speed = rng.normal(0, 0.3, n)[:, None]
    return np.exp(3.4 + rng.normal(0, 0.3, J) - speed + rng.normal(0, 0.5, (n, J)))
