"""What every registered constraint and exposure method promises; a new one is tested by being registered."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import simulate, start, tell
from engine.selection.base import Exposure, constraints, exposures
from engine.selection.usage import ExposureState
from engine.state import State, view_of
from engine.tables import Tables
from tests.engine.pools import fixed_length, three_pl

LENGTH = 10
POOL = three_pl(80)
TABLES = Tables.of(POOL)
NEEDED: dict[str, dict[str, Any]] = {"sympson_hetter": {"parameters": {POOL.items[0]: 0.5}}}
"""Settings without which a method limits nothing."""
BLUEPRINT = (
    "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\nC1,Number,Item,b > 0,4,6,\n"
    'C2,Enemy,Item,"item %in% c(""3pl-1"", ""3pl-2"", ""3pl-3"")",,,\nC3,Exclude,Item,a < 0.7,,,\n'
)


@pytest.fixture(scope="module")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("blueprint") / "constraints.csv"
    file.write_text(BLUEPRINT, encoding="utf-8")
    return file


def under_way(more: str = "", *, n: int = 12, steps: int = 4) -> State:
    rng = np.random.default_rng(5)
    state = start(POOL, fixed_length(LENGTH, more), rng.random((n, LENGTH)))
    for _ in range(steps):
        state = tell(state, rng.integers(0, 2, n))
    return state


@pytest.mark.parametrize("name", constraints)
class TestConstraint:
    def test_whole_tests_keep_what_is_out_of_the_question(self, name: str, blueprint: Path) -> None:
        rules = fixed_length(LENGTH, f'[constraints]\nmethod = "{name}"\nfile = "{blueprint}"')
        study = simulate(POOL, rules, np.linspace(-3, 3, 40), rng=np.random.default_rng(2))
        items, table = study.tests.items, POOL.parameters.table
        assert (study.tests.length == LENGTH).all()
        assert all(len(set(test)) == LENGTH for test in items.tolist())
        assert (np.isin(items, [0, 1, 2]).sum(axis=1) <= 1).all()
        assert (table["a"].to_numpy()[items] >= 0.7).all()
        above = (table["b"].to_numpy()[items] > 0).sum(axis=1)
        assert ((above >= 4) & (above <= 6)).all()
        assert study.violations.sum() == 0

    def test_nobody_s_answer_depends_on_the_batch(self, name: str, blueprint: Path) -> None:
        state = under_way()
        constraint = constraints.build(name, {"file": str(blueprint)}).bind(POOL, TABLES, LENGTH)
        view, rows = view_of(state), np.array([7, 2])
        part, scores = view.take(rows), POOL.information(view.theta).T
        eligible = constraint.eligible(view, POOL) & ~view.administered
        np.testing.assert_array_equal(constraint.eligible(part, POOL), constraint.eligible(view, POOL)[rows])
        if constraint.adjusts:
            np.testing.assert_allclose(
                constraint.adjust(part, POOL, scores[rows]),
                constraint.adjust(view, POOL, scores)[rows],
            )
        if constraint.plans:
            plan = constraint.plan(view, POOL, scores, eligible)
            np.testing.assert_array_equal(
                constraint.plan(part, POOL, scores[rows], eligible[rows]), plan[rows]
            )
            np.testing.assert_array_equal(
                constraint.upcoming(part, POOL, plan[rows]), constraint.upcoming(view, POOL, plan)[rows]
            )

    def test_ties_do_not_depend_on_the_batch_either(self, name: str, blueprint: Path) -> None:
        view = view_of(under_way())
        constraint = constraints.build(name, {"file": str(blueprint)}).bind(POOL, TABLES, LENGTH)
        if constraint.plans:
            scores, eligible = np.ones((len(view), len(POOL))), ~view.administered
            plan = constraint.plan(view, POOL, scores, eligible)
            for row in range(len(view)):
                one = np.array([row])
                np.testing.assert_array_equal(
                    constraint.plan(view.take(one), POOL, scores[one], eligible[one])[0], plan[row]
                )

    def test_violations_are_counted_by_condition(self, name: str, blueprint: Path) -> None:
        constraint = constraints.build(name, {"file": str(blueprint)}).bind(POOL, TABLES, LENGTH)
        b, a = (POOL.parameters.table[column].to_numpy() for column in "ba")
        high, low = (np.flatnonzero(side & (a >= 0.7))[3:] for side in (b > 0, b <= 0))
        good, many = np.r_[high[:5], low[:5]], np.r_[high[:8], low[:2]]
        enemies = np.r_[0, 1, 2, good[:7]]
        counts = constraint.violations(np.stack([good, many, enemies]), POOL)
        assert counts[:2].tolist() == [0, 1]
        assert counts[2] >= 1

    def test_a_rate_that_leaves_room_is_no_conflict(self, name: str, blueprint: Path) -> None:
        constraint = constraints.build(name, {"file": str(blueprint)}).bind(POOL, TABLES, LENGTH)
        assert constraint.rate_conflict(POOL, 0.5) == ""
        assert "the longest test: 10 questions" in constraint.rate_conflict(POOL, 0.05)


@pytest.mark.parametrize("name", exposures)
class TestExposure:
    @staticmethod
    def bound(name: str) -> Exposure:
        return exposures.build(name, NEEDED.get(name, {})).bind(POOL, np.zeros(len(POOL), int), LENGTH)

    def test_eligibility_is_drawn_for_every_person_and_item(self, name: str) -> None:
        method = self.bound(name)
        snapshot = ExposureState.empty(len(POOL), cuts=method.cuts())
        drawn = method.draw(snapshot, np.random.default_rng(1).random(30))
        assert drawn.shape == (30, len(POOL))
        assert drawn.dtype == bool
        assert drawn.any(axis=1).all()

    def test_the_same_session_draws_the_same(self, name: str) -> None:
        method, u = self.bound(name), np.random.default_rng(1).random(30)
        snapshot = ExposureState.empty(len(POOL), cuts=method.cuts())
        np.testing.assert_array_equal(method.draw(snapshot, u), method.draw(snapshot, u))
        first = method.draw(snapshot, u)
        np.testing.assert_array_equal(method.draw(snapshot, u[:7]), first[:7])

    def test_an_item_that_was_used_too_much_is_held_back(self, name: str) -> None:
        method = self.bound(name)
        snapshot = ExposureState.empty(len(POOL), cuts=method.cuts())
        administered = np.zeros((400, len(POOL)), bool)
        administered[:, :LENGTH] = True
        theta, u = np.linspace(-3, 3, 400), np.random.default_rng(2).random(300)
        later = snapshot.after(theta, administered, np.ones((400, len(POOL)), bool))
        busy, idle = (method.draw(later, u)[:, part].mean() for part in (slice(LENGTH), slice(LENGTH, None)))
        assert busy < idle or not method.learns
        assert later.sessions.sum() == later.latest.sum() == 400

    def test_whole_tests_are_complete_and_within_the_limit(self, name: str) -> None:
        settings = "".join(
            f"{key} = {{ {', '.join(f'{item!r} = {value}' for item, value in table.items())} }}\n"
            for key, table in NEEDED.get(name, {}).items()
        )
        rules = fixed_length(LENGTH, f'[exposure]\nmethod = "{name}"\n{settings}')
        study = simulate(POOL, rules, np.linspace(-2, 2, 300), rng=np.random.default_rng(2))
        assert (study.tests.length == LENGTH).all()
        limit = self.bound(name).limit
        if self.bound(name).learns:
            assert study.asked().max() / 300 <= limit + 3 * np.sqrt(limit * (1 - limit) / 300)

    def test_the_block_is_a_setting_where_a_method_learns_from_sessions(self, name: str) -> None:
        if not self.bound(name).learns:
            with pytest.raises(ValueError, match="no setting 'block'"):
                exposures.build(name, {"block": 1})
            return
        assert exposures.build(name, NEEDED.get(name, {}) | {"block": 1}).block == 1
        with pytest.raises(ValueError, match="at least 1 session"):
            exposures.build(name, {"block": 0})
