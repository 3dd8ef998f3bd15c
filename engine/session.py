"""The session: a pure ask / tell over a batch of test takers; a live test is a batch of one.

state = start(pool, rules, draws, exposure=snapshot)    draws: (N, steps) uniforms
items = ask(state)                                      (N,) places in design.names, −1 where stopped
state = tell(state, categories, time_s=None)            (N,) int; −1 = answered, but not scored
state = restore(pool, rules, draws, items, categories)  the state after recorded questions and answers
"""

import numpy as np
from numpy.typing import NDArray

from engine._types import Floats, Ints
from engine.design import Design
from engine.estimation.base import STATUSES, Estimate, status
from engine.pool import ItemPool
from engine.priors import Prior
from engine.rules import CatRules
from engine.selection.usage import ExposureState
from engine.state import State, blank, view_of
from engine.steps import choose, estimate, follow, go_on, pose, record


def start(
    pool: ItemPool,
    rules: CatRules,
    draws: Floats,
    *,
    exposure: ExposureState | None = None,
    prior: Prior | None = None,
) -> State:
    """Begin a test for N people and choose their first questions.

    Parameters
    ----------
    draws : (N, steps)
        Uniform draws in [0, 1), a row a person; at least one column for each question.
    exposure : ExposureState, optional
        How often items have been used; nobody has taken the test if not given.
    prior : Prior, optional
        What is known of each person beforehand (a covariate, an earlier score); the test starts at its mean
        and it steers the choice of questions. All else, the provisional and the reported ability and when
        the test stops, goes by the rules' own priors.

    Raises
    ------
    BadInput
        If the rules cannot be met with this pool.
    ValueError
        If there are too few draws.
    """
    state = blank(Design.of(pool, rules), draws, exposure, prior)
    return choose(state, view_of(state), state.reason)


def ask(state: State) -> Ints:
    """Return the question of each person (N,) as a place in `design.names`, −1 where the test has stopped."""
    return state.current


def tell(state: State, categories: Ints, *, items: Ints | None = None, time_s: Floats | None = None) -> State:
    """Take the answers to the current questions, then stop or choose the next.

    Parameters
    ----------
    categories : (N,) int
        0..K-1 (or false and true), or −1 for an answer without a score, which counts towards the length;
        ignored where the test has stopped.
    items : (N,) int, optional
        Which questions are answered: a guard against answers that come late or twice.
    time_s : (N,), optional
        Time taken (seconds).

    Raises
    ------
    ValueError
        If a category is none of the item's, or `items` are not the current questions.
    """
    categories = np.asarray(categories)
    categories = categories.astype(np.int8) if categories.dtype == bool else categories
    _check_answers(state, categories, items)
    return go_on(estimate(record(state, categories, time_s)))


def restore(
    pool: ItemPool,
    rules: CatRules,
    draws: Floats,
    items: Ints,
    categories: Ints,
    *,
    exposure: ExposureState | None = None,
    prior: Prior | None = None,
    time_s: Floats | None = None,
) -> State:
    """Return the state after recorded questions and answers; what was asked is taken from the record.

    Parameters
    ----------
    items : (N, A) int
        Questions asked, in order, as places in `design.names`.
    categories : (N, A) or (N, A − 1) int
        Their answers, −1 without a score; one fewer where the last question still waits.
    time_s : (N, A), optional
        Time taken for each answer (seconds).
    """
    items, categories = np.atleast_2d(items), np.atleast_2d(categories)
    asked, answered = items.shape[1], categories.shape[1]
    state = blank(Design.of(pool, rules), draws, exposure, prior)
    if asked - answered not in (0, 1) or len(items) != len(state) or asked > state.items.shape[1]:
        raise ValueError(f"{asked} questions with {answered} answers do not fit this test")
    for place in range(answered):
        state = _again(state, items[:, place])
        _check_answers(state, categories[:, place], None)
        state = record(state, categories[:, place], None if time_s is None else time_s[:, place])
        if place >= answered - 2 or state.opened.shape[1] > 1:
            state = estimate(state)
    if asked > answered:
        return _again(state, items[:, -1])
    return go_on(state) if answered else choose(state, view_of(state), state.reason)


def _again(state: State, items: Ints) -> State:
    """Ask recorded questions (N,) again."""
    state = follow(state, items)
    return pose(state, items, state.reason, None, state.opened)


def report(state: State) -> tuple[Estimate, NDArray[np.str_]]:
    """Return the reported ability by the rules' `[report]`, and the status in words (N,)."""
    rules, design = state.design.rules.report, state.design
    answers = state.answers_under(design.report_prior)
    reported = rules.estimator.estimate(answers)
    return reported, np.array(STATUSES)[status(answers, reported, min_answers=rules.min_answers)]


def _check_answers(state: State, categories: Ints, items: Ints | None) -> None:
    """Refuse answers to other questions, and categories that the items do not have."""
    current, names = state.current, state.design.names
    if categories.shape != current.shape or categories.dtype.kind not in "iu":
        raise ValueError(f"one whole number a person is needed, ({len(state)},), not {categories.shape}")
    if items is not None and not np.array_equal(items, current):
        row = int(np.argmax(np.asarray(items) != current))
        given, asked = int(np.asarray(items)[row]), int(current[row])
        waiting = f"item '{names[asked]}' is asked" if asked >= 0 else "the test is over"
        raise ValueError(f"an answer to item '{names[given]}' does not fit: {waiting}")
    n_categories = state.design.n_categories[current]
    wrong = (categories < -1) | (categories >= n_categories)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"item '{names[current[row]]}' has categories 0 to {n_categories[row] - 1}, not {categories[row]}"
        )
