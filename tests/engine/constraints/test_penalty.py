"""Weighted penalties: bounds that are met, enemies kept apart, what weighs more is met sooner."""

from pathlib import Path

import numpy as np
import pytest

from engine import CatRules, simulate, start, tell
from engine.selection.choice import choose_next
from engine.selection.constraints.penalty import WeightedPenalty
from engine.state import view_of as view_of_state
from engine.tables import Tables
from items.errors import BadInput
from tests.engine.constraints.small import pool_of, view_of, write_constraints
from tests.engine.pools import fixed_length, three_pl

N_ITEMS = 90
COLUMNS = {
    "content": np.tile(["algebra", "geometry", "number"], N_ITEMS // 3),
    "words": np.random.default_rng(2).integers(10, 60, N_ITEMS),
    "stimulus": [f"p{row // 9}" if row < 45 else None for row in range(N_ITEMS)],
}
AREAS = (
    "C1,Number,Item,,12,12,",
    'C2,Number,Item,"content == ""algebra""",5,6,',
    'C3,Number,Item,"content == ""geometry""",4,5,',
    'C4,Number,Item,"content == ""number""",2,2,',
    "C5,Sum,Item,words,380,420,",
    'C6,Enemy,Item,"item %in% c(""i80"", ""i81"", ""i82"")",,,',
    'C7,Exclude,Item,"item == ""i83""",,,',
    'C8,Include,Item,"item == ""i84""",,,',
)


def table_of(file: str, more: str = "") -> str:
    return f'[constraints]\nmethod = "penalty"\nfile = "{file}"\n{more}'


def test_areas_words_enemies_and_single_items_come_out_as_asked(tmp_path: Path) -> None:
    pool = pool_of(N_ITEMS, **{**COLUMNS, "stimulus": None})
    rules = fixed_length(12, table_of(write_constraints(tmp_path, *AREAS)))
    study = simulate(pool, rules, np.linspace(-2.5, 2.5, 200), rng=np.random.default_rng(1))
    content = pool.parameters.table["content"].to_numpy()[study.tests.items]
    assert ((content == "number").sum(axis=1) == 2).all()
    assert (np.isin(study.tests.items, [80, 81, 82]).sum(axis=1) <= 1).all()
    assert not (study.tests.items == 83).any()
    assert (study.tests.items == 84).any(axis=1).all()
    assert (study.violations > 0).mean() < 0.02


def test_without_it_the_same_blueprint_is_broken(tmp_path: Path) -> None:
    pool = pool_of(N_ITEMS, **{**COLUMNS, "stimulus": None})
    constraint = WeightedPenalty(file=write_constraints(tmp_path, *AREAS)).bind(pool, Tables.of(pool), 12)
    free = simulate(pool, fixed_length(12), np.linspace(-2.5, 2.5, 200), rng=np.random.default_rng(1))
    assert (constraint.violations(free.tests.items, pool) > 0).mean() > 0.9


def test_stimuli_stay_together_within_their_limits(tmp_path: Path) -> None:
    file = write_constraints(
        tmp_path, "C1,Number,Item,Per Stimulus,3,4,", "C2,Number,Stimulus,,2,3,", "C3,Number,Item,,12,12,"
    )
    pool = pool_of(N_ITEMS, **COLUMNS)
    study = simulate(
        pool, fixed_length(12, table_of(file)), np.linspace(-2, 2, 100), rng=np.random.default_rng(1)
    )
    assert study.violations.sum() == 0


def test_the_projected_deviation_is_that_of_the_paper(tmp_path: Path) -> None:
    """Swanson & Stocking (1993), eqs 5-9: amount so far + candidate + pool average × questions left."""
    pool = pool_of(N_ITEMS, **{**COLUMNS, "stimulus": None})
    file = write_constraints(
        tmp_path, "C1,Number,Item,,12,12,", 'C2,Number,Item,"content == ""algebra""",9,9,'
    )
    constraint = WeightedPenalty(file=file, weight=2.0).bind(pool, Tables.of(pool), 12)
    items = np.full((1, 12), -1)
    items[0, :2] = [0, 1]
    view = view_of(pool, items)
    scores = pool.information(np.zeros(1)).T
    adjusted = constraint.adjust(view, pool, scores)
    left_after, so_far = 9, 1
    with_it, without = (abs(9 - (so_far + adds + left_after / 3)) for adds in (1, 0))
    algebra = pool.parameters.table["content"].to_numpy() == "algebra"
    any_item_fills_the_test = -1.0
    expected = scores / scores.max() - 2.0 * ((with_it - without) * algebra + any_item_fills_the_test)
    np.testing.assert_allclose(adjusted, expected, atol=1e-12)


def test_a_test_that_ends_early_breaks_no_condition_on_its_length(tmp_path: Path) -> None:
    rules = '[stop]\nany_of = [{ rule = "precision", se = 0.6 }, { rule = "length", length = 20 }]\n'
    table = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\nC1,Number,Item,b > 0,0,6,\n"
    (tmp_path / "constraints.csv").write_text(table, encoding="utf-8")
    more = '[constraints]\nmethod = "penalty"\nfile = "constraints.csv"\n'
    theta = np.random.default_rng(1).normal(size=50)
    rng = np.random.default_rng(2)
    study = simulate(three_pl(80), CatRules.parse(rules + more, folder=tmp_path), theta, rng=rng)
    assert study.tests.length.min() < 20
    assert study.summary["constraint_violations"] == 0
    assert study.blueprint["condition"].tolist() == ["C1 (b > 0): 0 to 6 of 36"]


def test_a_shortlist_of_each_kind_of_items_leads_to_the_same_questions(tmp_path: Path) -> None:
    """Five kinds of items with a ranking of their own, against scores of all items; k = 1 and k = 4."""
    pool = pool_of(200, content=np.tile(["a", "b", "c", "d"], 50))
    areas = [f'C{k},Number,Item,"content == ""{area}""",2,4,' for k, area in enumerate("abc")]
    file = write_constraints(tmp_path, "C9,Exclude,Item,b > 1.5,,,", *areas)
    for chooser in ("", '[select]\nchooser = "randomesque"\nk = 4\n'):
        state = start(
            pool, fixed_length(12, chooser + table_of(file)), np.random.default_rng(2).random((50, 12))
        )
        design, view = state.design, view_of_state(state)
        constraint = design.constraints[0]
        kinds = constraint.kinds()
        assert kinds is not None
        assert kinds.max() >= 4
        plain = design.rules.criterion.bind(pool, design.tables, 12)
        assert design.criterion.by_kind > plain.by_kind
        for _ in range(11):
            view = view_of_state(state)
            asked = [
                choose_next(
                    view,
                    pool,
                    selectable=design.selectable,
                    criterion=criterion,
                    chooser=design.rules.chooser,
                    constraints=design.constraints,
                )[0]
                for criterion in (design.criterion, plain)
            ]
            np.testing.assert_array_equal(*asked)
            state = tell(state, (state.current % 3 > 0).astype(int))


def test_weights_name_conditions_in_force(tmp_path: Path) -> None:
    pool = pool_of(N_ITEMS, **COLUMNS)
    rules = fixed_length(12, table_of(write_constraints(tmp_path, *AREAS), "weights = { C99 = 2.0 }"))
    with pytest.raises(BadInput, match="weights name 'C99', which is no condition in force"):
        simulate(pool, rules, np.zeros(2), rng=np.random.default_rng(1))
    with pytest.raises(BadInput, match="a weight is 0 or above"):
        fixed_length(12, table_of("none.csv", "weight = -1.0"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    rules = fixed_length(12, table_of(str(tmp_path / "none.csv")))
    with pytest.raises(BadInput, match=r"none\.csv"):
        simulate(pool_of(N_ITEMS), rules, np.zeros(2), rng=np.random.default_rng(1))
