"""Shadow tests on the three banks of TestDesign: optima of others, and not one broken condition.

Optima: shared/reference/static_assembly_optima.csv (HiGHS, gap 0; published.md, section 10). The bank of
passages is not among them; its optimum is found here by `scipy.optimize.milp` from rows of its own.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from engine import CatRules, ItemPool, simulate, start
from engine._types import Bools, Floats, Ints
from engine.state import view_of
from items.blueprint import ConstraintType, read_attributes, read_constraints
from items.blueprint.constraints import Constraint
from items.errors import BadInput
from items.exchange import testdesign

pytestmark = pytest.mark.reference

LENGTHS = {"science": 30, "reading": 30, "fatigue": 12}


@pytest.fixture(scope="module")
def pools(shared: Path) -> dict[str, ItemPool]:
    return {
        name: ItemPool.from_parameters(testdesign.read(shared / f"data/bank_{name}_items.csv").parameters)
        for name in LENGTHS
    }


def rules_for(shared: Path, bank: str, more: str = "") -> CatRules:
    stimuli = f'stimuli = "{shared}/data/bank_reading_stimuli.csv"' if bank == "reading" else ""
    return CatRules.parse(
        f'[stop]\nrule = "length"\nlength = {LENGTHS[bank]}\n[constraints]\nmethod = "shadow"\n'
        f'file = "{shared}/data/bank_{bank}_constraints.csv"\n{stimuli}\n{more}'
    )


def first_plan(pool: ItemPool, rules: CatRules, scores: Floats) -> Ints:
    """Return the first shadow test for these scores (J,)."""
    state = start(pool, rules, np.zeros((1, 30)))
    shadow, nothing = state.design.constraints[0], np.zeros((1, len(pool)), bool)
    view = replace(view_of(state), administered=nothing, items=np.full_like(state.items, -1))
    return shadow.plan(view, pool, scores[None], ~nothing)[0]


def test_the_first_shadow_test_is_the_optimum(shared: Path, pools: dict[str, ItemPool]) -> None:
    optima = pd.read_csv(shared / "reference/static_assembly_optima.csv")
    assert len(optima) == 7
    for case in optima.itertuples():
        bank = str(case.bank).removeprefix("bank_")
        pool, theta = pools[bank], np.array(str(case.theta).split(), float)
        information = pool.information(theta).sum(axis=1)
        plan = first_plan(pool, rules_for(shared, bank), information)
        assert information[plan].sum() == pytest.approx(case.objective, abs=1e-6)
        assert {pool.items[row] for row in plan} == set(str(case.items).split())


def test_a_session_begins_with_that_optimum(shared: Path, pools: dict[str, ItemPool]) -> None:
    """Science at 0: 19.798275 (static_assembly_optima.csv); the first question is one of LEVEL 3."""
    pool = pools["science"]
    state = start(pool, rules_for(shared, "science"), np.zeros((1, 30)))
    assert state.plan is not None
    assert pool.information(np.zeros(1))[state.plan[0]].sum() == pytest.approx(19.79827462370367, abs=1e-6)
    assert pool.parameters.table["LEVEL"][state.current[0]] == 3


def test_the_optimum_with_passages(shared: Path, pools: dict[str, ItemPool]) -> None:
    pool = pools["reading"]
    information = pool.information(np.zeros(1))[:, 0]
    plan = first_plan(pool, rules_for(shared, "reading"), information)
    assert information[plan].sum() == pytest.approx(best_with_passages(pool, information), abs=1e-6)


def best_with_passages(pool: ItemPool, scores: Floats) -> float:
    """Return the optimum of the bank's 17 conditions, with a column for each item and each passage."""
    table = pool.parameters.table
    passages = (table["stimulus"].to_numpy()[:, None] == np.unique(table["stimulus"])).astype(float)
    content, sub, kind = (table[name].to_numpy() for name in ("CONTENT", "SUBCONTENT", "TYPE"))
    rows: list[tuple[Floats, float, float]] = [
        (np.ones(len(pool)), 30, 30),
        *((content == value, 15, 15) for value in (1, 2)),
        *((sub == value, 1, 3) for value in np.unique(sub)),
        *(((sub == value) | (sub == value + 7), 3, 5) for value in range(1, 8)),
        *(((kind == "CR") & (content == value), 1, 1) for value in (1, 2)),
        (kind == "MC", 28, 28),
        (table["DOK"].to_numpy() >= 2, 15, 30),
    ]
    n_passages = passages.shape[1]
    of_items = [LinearConstraint(np.r_[row.astype(float), np.zeros(n_passages)], *b) for row, *b in rows]
    each = passages.T
    in_passages = [
        LinearConstraint(np.r_[np.zeros(len(pool)), np.ones(n_passages)], 6, 6),
        LinearConstraint(np.hstack([each, -4 * np.eye(n_passages)]), 0, np.inf),
        LinearConstraint(np.hstack([each, -6 * np.eye(n_passages)]), -np.inf, 0),
    ]
    found = milp(
        -np.r_[scores, np.zeros(n_passages)],
        integrality=np.ones(len(pool) + n_passages),
        bounds=Bounds(0, 1),
        constraints=[*of_items, *in_passages],
        options={"mip_rel_gap": 0},
    )
    assert found.status == 0
    return -float(found.fun)


FREE, LIMITED = "", '[exposure]\nmethod = "eligibility"\nmax_rate = 0.5'


@pytest.mark.parametrize(
    ("bank", "more", "people"),
    [
        ("science", FREE, 15),
        ("reading", FREE, 2),
        ("fatigue", FREE, 15),
        ("fatigue", LIMITED, 15),
        pytest.param("science", FREE, 500, marks=pytest.mark.slow),
        pytest.param("reading", FREE, 200, marks=pytest.mark.slow),
        pytest.param("reading", LIMITED, 200, marks=pytest.mark.slow),
        pytest.param("fatigue", FREE, 500, marks=pytest.mark.slow),
        pytest.param("fatigue", LIMITED, 500, marks=pytest.mark.slow),
    ],
)
def test_no_finished_test_breaks_a_condition(
    shared: Path, pools: dict[str, ItemPool], bank: str, more: str, people: int
) -> None:
    theta = np.linspace(-2.5, 2.5, people)
    study = simulate(pools[bank], rules_for(shared, bank, more), theta, rng=np.random.default_rng(3))
    assert (study.tests.length == LENGTHS[bank]).all()
    assert study.summary["constraint_violations"] == 0
    for items in study.tests.items:
        assert broken(shared, bank, items) == []


def test_a_rate_that_the_science_blueprint_cannot_hold_is_refused(
    shared: Path, pools: dict[str, ItemPool]
) -> None:
    """C18 and C19 ask for five items where C7 allows four of STANDARD 3: SC00421 must stand in every test."""
    with pytest.raises(
        BadInput, match=r"'SC00421' needs a rate of 1 or more for C7 .*; C18 .*; C19 .*2 to 3 of 64"
    ):
        start(pools["science"], rules_for(shared, "science", LIMITED), np.zeros((1, 30)))


@cache
def marked(shared: Path, bank: str) -> tuple[pd.DataFrame, Mapping[Constraint, Bools]]:
    """Return the attributes of a bank, and the items that each condition in force is about."""
    attributes = read_attributes(shared / f"data/bank_{bank}_attributes.csv")
    conditions = read_constraints(shared / f"data/bank_{bank}_constraints.csv")
    masks = {each: each.mask(attributes) for each in conditions if each.on}
    if "SUBCONTENT" in attributes:
        attributes["SUBCONTENT"] = attributes["SUBCONTENT"].astype("category")
    return attributes, masks


def broken(shared: Path, bank: str, items: Ints) -> list[str]:
    """Return the conditions that a test breaks, counted from the bank's tables without the engine's help."""
    attributes, conditions = marked(shared, bank)
    test = attributes.iloc[items]
    assert test["ID"].is_unique
    wrong = [each.id for each, mask in conditions.items() if not met(each, test, mask[items], mask.sum())]
    if bank == "reading":
        passages = test["STID"].to_numpy()
        runs = 1 + int((passages[1:] != passages[:-1]).sum())
        wrong += [] if runs == len(set(passages)) else ["a passage is left and entered again"]
    return wrong


def met(condition: Constraint, test: pd.DataFrame, about: Bools, in_bank: int) -> bool:
    """Return whether a test meets a condition that is `about` some of its items, of `in_bank` altogether."""
    held = test[about]
    match condition.type:
        case ConstraintType.NUMBER:
            return bool(counted(condition, held).between(condition.lower, condition.upper).all())
        case ConstraintType.ORDER:
            return rising(test, condition.attribute)
        case _:
            allowed = {"enemy": {0, 1}, "include": {in_bank}, "exclude": {0}, "allornone": {0, in_bank}}
            return len(held) in allowed[condition.type]


def counted(condition: Constraint, held: pd.DataFrame) -> "pd.Series[int]":
    """Return the numbers that a condition bounds: of items, of passages, or of each value (0 too)."""
    if condition.what == "stimulus":
        return pd.Series([held["STID"].nunique()])
    if condition.per_stimulus:
        return held["STID"].value_counts()
    if condition.attribute:
        return held[condition.attribute].value_counts()
    return pd.Series([len(held)])


def rising(test: pd.DataFrame, attribute: str) -> bool:
    column = {name.casefold(): name for name in test.columns}[attribute.casefold()]
    return bool(test[column].is_monotonic_increasing)
