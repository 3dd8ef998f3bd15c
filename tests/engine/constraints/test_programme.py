"""The integer programme: the optimum by enumeration, whatever was asked before; ties by a rule."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine._types import Bools, Floats
from engine.conditions import Conditions, Row, per_stimulus
from engine.selection.constraints.conflict import conflict
from engine.selection.constraints.programme import Programme

ITEMS, LENGTH = 9, 4
NONE = np.zeros(ITEMS, bool)


def conditions_of(
    areas: Floats, lower: Floats, upper: Floats, stimulus: tuple[int, ...] = (-1,) * ITEMS
) -> Conditions:
    sets = np.array(stimulus)
    stimuli = np.zeros(max(stimulus) + 1)
    rows = [Row("length", np.ones(ITEMS), stimuli, LENGTH, LENGTH)]
    rows += [
        Row(f"area {number}", area, stimuli, *bounds)
        for number, (area, bounds) in enumerate(zip(areas, zip(lower, upper, strict=True), strict=True))
    ]
    if stimuli.size:
        rows += per_stimulus("per stimulus", sets, np.full(stimuli.size, 2.0), np.full(stimuli.size, 3.0))
    return Conditions.of(rows, stimulus=sets)


def best_by_enumeration(conditions: Conditions, scores: Floats, asked: Bools, free: Bools) -> float:
    """Return the largest sum of scores over all tests that meet all conditions, −∞ if there is none."""
    tests = np.array(list(itertools.combinations(range(ITEMS), LENGTH)))
    good = ~conditions.broken(tests).any(axis=1)
    good &= (asked | free)[tests].all(axis=1)
    good &= np.array([set(np.flatnonzero(asked)) <= set(test) for test in tests.tolist()])
    return float(scores[tests][good].sum(axis=1).max(initial=-np.inf))


numbers = st.integers(0, 2**32 - 1)


@settings(max_examples=150, deadline=None)
@given(seed=numbers, with_stimuli=st.booleans(), whole=st.booleans())
def test_the_best_test_is_the_best_of_all(seed: int, with_stimuli: bool, whole: bool) -> None:
    rng = np.random.default_rng(seed)
    areas = (rng.random((3, ITEMS)) < 0.5) * (1.0 if whole else rng.integers(1, 9, ITEMS))
    lower = rng.integers(0, 3, 3).astype(float)
    upper = lower + rng.integers(0, 3 if whole else 9, 3)
    stimulus = tuple(rng.integers(-1, 3, ITEMS)) if with_stimuli else (-1,) * ITEMS
    conditions = conditions_of(areas, lower, upper, tuple(int(s) for s in stimulus))
    scores = rng.normal(size=ITEMS)
    asked = NONE.copy()
    asked[rng.integers(ITEMS)] = rng.random() < 0.5
    free = ~asked & (rng.random(ITEMS) < 0.9)
    expected = best_by_enumeration(conditions, scores, asked, free)
    found = Programme(conditions, np.ones(ITEMS), longest=LENGTH).best(scores, asked, free, NONE)
    if found is None:
        assert expected == -np.inf
    else:
        assert not conditions.broken(found[None]).any()
        assert asked[found].sum() == asked.sum()
        np.testing.assert_allclose(scores[found].sum(), expected, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(seed=numbers)
def test_a_conflict_is_irreducible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    areas = (rng.random((4, ITEMS)) < 0.4).astype(float)
    lower = rng.integers(0, 4, 4).astype(float)
    conditions = conditions_of(areas, lower, lower + rng.integers(0, 2, 4))
    possible = best_by_enumeration(conditions, np.zeros(ITEMS), NONE, ~NONE) > -np.inf
    named = conflict(conditions)
    assert possible == (named == ())
    for left_out in named:
        kept = np.array([name in named and name != left_out for name in conditions.names])
        rest = Conditions(
            tuple(np.array(conditions.names)[kept]),
            conditions.matrix[kept],
            conditions.lower[kept],
            conditions.upper[kept],
            conditions.stimulus,
        )
        assert conflict(rest) == ()


def test_ties_go_to_the_lowest_row() -> None:
    areas = np.array([[1, 1, 1, 0, 0, 0, 0, 0, 0]], float)
    conditions = conditions_of(areas, np.array([2.0]), np.array([2.0]))
    programme = Programme(conditions, np.arange(ITEMS, dtype=float), longest=LENGTH)
    assert programme.best(np.ones(ITEMS), NONE, ~NONE, NONE).tolist() == [0, 1, 3, 4]
    scores = np.array([1, 1, 2, 3, 3, 3, 3, 3, 4], float)
    assert programme.best(scores, NONE, ~NONE, NONE).tolist() == [0, 2, 3, 8]


def test_an_answer_does_not_depend_on_the_questions_before() -> None:
    rng = np.random.default_rng(3)
    conditions = conditions_of((rng.random((3, ITEMS)) < 0.5).astype(float), np.ones(3), np.full(3, 3.0))
    shared = Programme(conditions, np.ones(ITEMS), longest=LENGTH)
    for scores in rng.integers(0, 4, (40, ITEMS)).astype(float):
        alone = Programme(conditions, np.ones(ITEMS), longest=LENGTH)
        np.testing.assert_array_equal(
            shared.best(scores, NONE, ~NONE, NONE), alone.best(scores, NONE, ~NONE, NONE)
        )


def test_threads_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(4)
    conditions = conditions_of((rng.random((3, ITEMS)) < 0.5).astype(float), np.ones(3), np.full(3, 3.0))
    programme = Programme(conditions, np.ones(ITEMS), longest=LENGTH)
    scores = rng.normal(size=(200, ITEMS))
    alone = [programme.best(row, NONE, ~NONE, NONE).tolist() for row in scores]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda row: programme.best(row, NONE, ~NONE, NONE).tolist(), scores))
    assert together == alone


def test_unwished_items_come_only_where_no_test_can_do_without() -> None:
    areas = np.array([[1, 1, 1, 0, 0, 0, 0, 0, 0]], float)
    conditions = conditions_of(areas, np.array([2.0]), np.array([4.0]))
    programme = Programme(conditions, np.ones(ITEMS), longest=LENGTH)
    unwished = np.array([1, 1, 0, 1, 1, 0, 0, 0, 0], bool)
    scores = np.array([9, 8, 1, 9, 9, 1, 2, 3, 4], float)
    assert programme.best(scores, NONE, ~NONE, unwished).tolist() == [0, 2, 7, 8]


def test_conditions_give_way_least_where_what_was_asked_breaks_them() -> None:
    areas = np.array([[1, 1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 0, 0, 0]], float)
    conditions = conditions_of(areas, np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    asked = np.arange(ITEMS) < 2
    strict, yielding = (
        Programme(conditions, np.ones(ITEMS), longest=LENGTH, yielding=yields) for yields in (False, True)
    )
    scores = np.array([1, 1, 50, 1, 2, 3, 1, 2, 9], float)
    assert strict.best(scores, asked, ~asked, NONE) is None
    assert yielding.best(scores, asked, ~asked, NONE).tolist() == [0, 1, 5, 8]
