"""A blueprint's minima come before reasons to stop that could wait, not before limits of length and time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import CatRules, ask, simulate, start, tell
from engine.blueprint import read_conditions
from engine.selection.view import View
from engine.stopping.base import RUNNING, WAITING, StoppingRule
from engine.stopping.combine import AllOf, AnyOf, NotBefore
from engine.stopping.completeness import once_complete
from engine.stopping.length import Length
from engine.stopping.precision import Precision
from engine.stopping.time import TimeLimit
from items.errors import BadInput
from tests.engine.constraints.small import HEAD, pool_of, view_of

SE, LONGEST = 0.55, 24
AREAS = ("algebra", "geometry", "number")
POOL = pool_of(120, content=np.tile(AREAS, 40))
PASSAGES = pool_of(120, stimulus=[f"p{row // 6}" if row < 60 else None for row in range(120)])
CONTENT = POOL.parameters.table["content"].to_numpy()
LEAST = (4, 3, 2)
MINIMA = "".join(
    f'C{k},Number,Item,"content == ""{area}""",{low},12,\n'
    for k, (area, low) in enumerate(zip(AREAS, LEAST, strict=True), 1)
)
STOP = f'[stop]\nany_of = [{{ rule = "precision", se = {SE} }}, {{ rule = "length", length = {LONGEST} }}]\n'
THETA = np.linspace(-2, 2, 120)


def rules(method: str, folder: Path, *, stop: str = STOP, table: str = MINIMA) -> CatRules:
    (folder / "constraints.csv").write_text(HEAD + table, encoding="utf-8")
    text = f'{stop}[constraints]\nmethod = "{method}"\nfile = "constraints.csv"\n'
    return CatRules.parse(text, folder=folder)


@pytest.mark.parametrize("method", ["penalty", "shadow"])
def test_a_test_that_is_precise_goes_on_until_every_minimum_is_met(method: str, tmp_path: Path) -> None:
    theta, free = THETA[::4], CatRules.parse(STOP)
    study = simulate(POOL, rules(method, tmp_path), theta, rng=np.random.default_rng(1))
    without = simulate(POOL, free, theta, rng=np.random.default_rng(1))
    assert study.summary["constraint_violations"] == 0
    assert without.tests.length.mean() < sum(LEAST) <= study.tests.length.min()
    needed = np.maximum(without.tests.length, sum(LEAST))
    assert study.tests.length.mean() < needed.mean() + 1
    assert study.summary["stop_reasons"] == {"precision": theta.size}


@pytest.mark.parametrize("method", ["penalty", "shadow"])
def test_when_nothing_but_a_minimum_is_wanting_only_that_is_asked(method: str, tmp_path: Path) -> None:
    state = start(POOL, rules(method, tmp_path), np.full((40, LONGEST), 0.5))
    rng, waited = np.random.default_rng(3), 0
    while (ask(state) >= 0).any():
        running = ask(state) >= 0
        for person in np.flatnonzero(running & (state.se <= SE)):
            held = CONTENT[state.items[person, : state.length[person]]]
            short = [area for area, low in zip(AREAS, LEAST, strict=True) if (held == area).sum() < low]
            assert CONTENT[ask(state)[person]] in short
            waited += 1
        state = tell(state, np.where(running, rng.integers(2, size=40), -1))
    assert waited > 40


def test_limits_of_length_and_time_do_not_wait(tmp_path: Path) -> None:
    stop = STOP.replace("any_of = [", 'any_of = [{ rule = "time", seconds = 50 }, ')
    state = start(POOL, rules("penalty", tmp_path, stop=stop), np.full((1, LONGEST), 0.5))
    for _ in range(5):
        state = tell(state, np.ones(1, int), time_s=np.array([10.0]))
    assert state.stop_reason[0] == "time"
    assert state.length[0] < sum(LEAST)


def test_a_test_without_a_length_that_its_blueprint_cannot_fill_is_refused(tmp_path: Path) -> None:
    stop = '[stop]\nrule = "precision"\nse = 0.3\n'
    with pytest.raises(BadInput, match="the longest test: 120 questions; limit the length in"):
        start(POOL, rules("penalty", tmp_path, stop=stop), np.full((1, 120), 0.5))


def test_without_minima_nothing_waits(tmp_path: Path) -> None:
    table = 'C1,Number,Item,"content == ""algebra""",,6,\nC2,Enemy,Item,"item %in% c(""i1"", ""i2"")",,,\n'
    theta = THETA[::4]
    study = simulate(POOL, rules("penalty", tmp_path, table=table), theta, rng=np.random.default_rng(1))
    assert study.tests.length.mean() < sum(LEAST)
    assert study.summary["constraint_violations"] == 0


@pytest.mark.parametrize("method", ["penalty", "shadow"])
def test_no_test_is_longer_than_its_blueprint_allows(method: str, tmp_path: Path) -> None:
    stop = STOP.replace(f"se = {SE}", "se = 0.2")
    whole = rules(method, tmp_path, stop=stop, table=MINIMA + "C9,Number,Item,,10,13,\n")
    study = simulate(POOL, whole, THETA[::4], rng=np.random.default_rng(1))
    assert study.summary["stop_reasons"] == {"length": 30}
    assert (study.tests.length == 13).all()
    assert study.summary["constraint_violations"] == 0


def test_a_passage_that_was_begun_is_finished(tmp_path: Path) -> None:
    table = "C1,Number,Item,Per Stimulus,4,6,\nC2,Number,Stimulus,,1,3,\n"
    study = simulate(PASSAGES, rules("penalty", tmp_path, table=table), THETA, rng=np.random.default_rng(1))
    assert study.summary["constraint_violations"] == 0
    assert study.tests.length.min() < LONGEST


def test_in_a_section_its_own_questions_count(tmp_path: Path) -> None:
    (tmp_path / "constraints.csv").write_text(HEAD + MINIMA, encoding="utf-8")
    section = f"[[section]]\n{STOP.replace('[stop]', '[section.stop]')}"
    text = '[constraints]\nmethod = "penalty"\nfile = "constraints.csv"\n' + 2 * section
    text = text.replace("[[section]]", '[[section]]\nname = "One"', 1)
    study = simulate(POOL, CatRules.parse(text, folder=tmp_path), THETA, rng=np.random.default_rng(1))
    assert study.summary["constraint_violations"] == 0
    assert study.tests.length.min() >= 2 * sum(LEAST)
    assert study.sections["mean_length"].max() < sum(LEAST) + 2


def test_what_waits_among_several_rules() -> None:
    """By hand: people of whom (lacking, precise, long enough) holds or not."""
    minima = read_conditions(POOL, 4, file=HEAD + 'C1,Number,Item,"content == ""number""",1,,\n').minima
    items = np.array([[0, 1, -1, -1], [0, 1, -1, -1], [0, 2, -1, -1], [0, 1, 3, 4]])
    view = replace(view_of(POOL, items), se=np.array([0.9, 0.2, 0.2, 0.2]))
    precise, long = Precision(0.3), Length(4)

    def found(rule: StoppingRule, view: View = view) -> list[int]:
        return once_complete(rule, minima).check(view, POOL).tolist()

    assert found(precise) == [RUNNING, WAITING, 0, WAITING]
    assert found(AnyOf((precise, long))) == [RUNNING, WAITING, 0, 1]
    assert found(AllOf((precise, long))) == [RUNNING, RUNNING, RUNNING, WAITING]
    assert found(NotBefore(3, precise)) == [RUNNING, RUNNING, RUNNING, WAITING]
    assert found(TimeLimit(1.0), replace(view, seconds=np.full(4, 2.0))) == [0, 0, 0, 0]


def test_the_minima_of_a_blueprint_are_what_a_test_can_lack() -> None:
    """By hand: areas and passages that may still be completed; no maxima, no ties of passages to items."""
    table = (
        'C1,Number,Item,"content == ""algebra""",2,5,\n'
        'C2,Number,Item,"content == ""number""",,5,\n'
        'C3,AllOrNone,Item,"item %in% c(""i100"", ""i101"")",,,\n'
        'C4,Include,Item,"item == ""i110""",,,\n'
    )
    minima = read_conditions(POOL, 12, file=HEAD + table).minima
    assert [name.split(" ")[0] for name in minima.names] == ["C1", "C3", "C4"]
    complete = np.array([[99, 102, 110, -1], [99, 102, 110, 100], [99, 102, 110, 101], [99, 1, 110, -1]])
    np.testing.assert_array_equal(minima.broken(complete).any(axis=1), [False, True, True, True])
    six = np.array([[0, 3, 6, 9, 12, 15, 110]])
    assert not minima.broken(six).any(), "too many is nothing that more questions could mend"
