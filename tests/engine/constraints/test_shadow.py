"""The shadow test: every finished test meets its blueprint; stimuli stay together; orders rise."""

from pathlib import Path

import numpy as np
import pytest

from engine.rules import CatRules
from engine.selection.constraints.shadow import ShadowTest
from engine.simulation import simulate
from engine.tables import Tables
from items.errors import BadInput
from tests.engine.constraints.small import pool_of, view_of, write_constraints

N_ITEMS = 60
COLUMNS = {
    "content": np.tile(["algebra", "geometry", "number"], N_ITEMS // 3),
    "words": np.random.default_rng(2).integers(10, 60, N_ITEMS),
    "level": np.tile([1, 1, 2, 3], N_ITEMS // 4),
}


def rules_with(file: str, *, length: int = 9, extra: str = "") -> CatRules:
    return CatRules.parse(
        f'[stop]\nrule = "length"\nlength = {length}\n'
        f'[constraints]\nmethod = "shadow"\nfile = "{file}"\n{extra}'
    )


def test_every_test_meets_areas_words_enemies_and_order(tmp_path: Path) -> None:
    file = write_constraints(
        tmp_path,
        "C1,Number,Item,,9,9,",
        'C2,Number,Item,"content == ""algebra""",4,4,',
        'C3,Number,Item,"content %in% c(""geometry"", ""number"")",5,5,',
        'C4,Number,Item,"content == ""number""",,2,',
        "C5,Sum,Item,words,250,270,",
        'C6,Include,Item,"item == ""i7""",,,',
        "C7,Exclude,Item,b > 1.5,,,",
        "C8,Order,Item,level,,,",
        'C9,AllOrNone,Item,"item %in% c(""i3"", ""i4"")",,,',
    )
    pool = pool_of(N_ITEMS, enemies=["i1;i2" if row == 0 else None for row in range(N_ITEMS)], **COLUMNS)
    study = simulate(pool, rules_with(file), np.linspace(-2, 2, 40), rng=np.random.default_rng(1))
    assert study.summary["constraint_violations"] == 0
    table, tests = pool.parameters.table, study.tests.items
    content, words, level = (table[name].to_numpy()[tests] for name in ("content", "words", "level"))
    assert ((content == "algebra").sum(axis=1) == 4).all()
    assert ((content == "number").sum(axis=1) <= 2).all()
    assert (words.sum(axis=1) >= 250).all()
    assert (words.sum(axis=1) <= 270).all()
    assert (np.diff(level, axis=1) >= 0).all()
    assert (tests == 7).any(axis=1).all()
    assert (table["b"].to_numpy()[tests] <= 1.5).all()
    assert ((tests == 3).any(axis=1) == (tests == 4).any(axis=1)).all()
    enemies = (tests == 0).any(axis=1) & ((tests == 1) | (tests == 2)).any(axis=1)
    assert not enemies.any()


@pytest.mark.parametrize("rule", ["Number,Item,Per Stimulus,2,3", "AllOrNone,Item,Per Stimulus,,"])
def test_stimuli_stay_together(tmp_path: Path, rule: str) -> None:
    stimulus = [f"p{row // 3}" if row < 30 else None for row in range(N_ITEMS)]
    pool = pool_of(N_ITEMS, stimulus=stimulus, **COLUMNS)
    file = write_constraints(
        tmp_path, f"C1,{rule},", "C2,Number,Stimulus,,2,2,", "C3,Order,Stimulus,first,,,"
    )
    (tmp_path / "stimuli.csv").write_text("STID,first\n" + "".join(f"p{s},{9 - s}\n" for s in range(10)))
    rules = rules_with(file, extra=f'stimuli = "{tmp_path}/stimuli.csv"')
    study = simulate(pool, rules, np.linspace(-2, 2, 30), rng=np.random.default_rng(1))
    assert study.summary["constraint_violations"] == 0
    for test in study.tests.items:
        sets = [stimulus[item] for item in test]
        runs = [name for place, name in enumerate(sets) if name and (place == 0 or sets[place - 1] != name)]
        assert len(runs) == len(set(runs)) == 2
        assert runs == sorted(runs, reverse=True)
        least = 3 if rule.startswith("All") else 2
        assert all(sets.count(name) >= least for name in runs)


def test_a_contradictory_blueprint_is_refused_with_its_reason(tmp_path: Path) -> None:
    file = write_constraints(
        tmp_path,
        'C1,Number,Item,"content == ""algebra""",4,4,',
        'C2,Number,Item,"content != ""algebra""",6,,',
        "C3,Number,Item,level == 2,1,5,",
    )
    pool = pool_of(N_ITEMS, **COLUMNS)
    with pytest.raises(BadInput) as caught:
        simulate(pool, rules_with(file), np.zeros(2), rng=np.random.default_rng(1))
    said = str(caught.value)
    assert 'C1 (content == "algebra"): 4 of 20' in said
    assert 'C2 (content != "algebra"): 6 or more of 40' in said
    assert "the longest test: 9 questions" in said
    assert "C3" not in said


@pytest.mark.parametrize("words", ["many", "inf"])
def test_amounts_that_are_no_numbers_are_refused_with_their_place(words: str, tmp_path: Path) -> None:
    file = write_constraints(tmp_path, "W,Sum,Item,words,10,90,")
    pool = pool_of(N_ITEMS, words=["12"] * (N_ITEMS - 1) + [words])
    with pytest.raises(
        BadInput, match=rf"line 2, column CONDITION: the attribute `words` holds '{words}', no"
    ):
        simulate(pool, rules_with(file), np.zeros(2), rng=np.random.default_rng(1))


def test_an_item_that_has_to_be_in_every_test_is_named_where_no_rate_can_hold_it(tmp_path: Path) -> None:
    """Two of i1, i2, i3, and at most one of i2 and i3: i1 is in every test, though no condition says so."""
    file = write_constraints(
        tmp_path,
        'C1,Number,Item,"item %in% c(""i1"", ""i2"", ""i3"")",2,2,',
        'C2,Number,Item,"item %in% c(""i2"", ""i3"")",0,1,',
    )
    rules = rules_with(file, extra='[exposure]\nmethod = "eligibility"\nmax_rate = 0.7')
    with pytest.raises(BadInput, match=r"0\.7 cannot be held: 'i1' needs a rate of 1 or more for C1 .*; C2 "):
        simulate(pool_of(N_ITEMS, **COLUMNS), rules, np.zeros(2), rng=np.random.default_rng(1))


def test_a_rate_below_a_cell_of_the_blueprint_is_refused_with_the_numbers(tmp_path: Path) -> None:
    file = write_constraints(tmp_path, 'C1,Number,Item,"item %in% c(""i1"", ""i2"", ""i3"")",1,1,')
    exposure = '[exposure]\nmethod = "restricted"\nmax_rate = {}'
    pool = pool_of(N_ITEMS, **COLUMNS)
    with pytest.raises(BadInput, match=r"maximum rate of 0\.3 .* rate of 0\.3333 or more for C1 "):
        simulate(
            pool, rules_with(file, extra=exposure.format(0.3)), np.zeros(2), rng=np.random.default_rng(1)
        )
    study = simulate(
        pool, rules_with(file, extra=exposure.format(0.34)), np.zeros(60), rng=np.random.default_rng(1)
    )
    assert study.summary["constraint_violations"] == 0
    in_cell = study.asked()[[1, 2, 3]]
    assert in_cell.sum() == 60


def test_without_a_file_the_test_is_filled_and_enemies_are_kept_apart() -> None:
    pool = pool_of(12, enemies=["i1; i2; i3"] + [None] * 11)
    rules = CatRules.parse('[stop]\nrule = "length"\nlength = 8\n[constraints]\nmethod = "shadow"')
    tests = simulate(pool, rules, np.zeros(20), rng=np.random.default_rng(1)).tests
    assert (tests.length == 8).all()
    assert (np.isin(tests.items, [1, 2, 3]).any(axis=1) <= ~(tests.items == 0).any(axis=1)).all()


def test_equal_people_get_equal_tests_alone_or_together(tmp_path: Path) -> None:
    file = write_constraints(tmp_path, 'C1,Number,Item,"content == ""algebra""",4,4,')
    pool = pool_of(N_ITEMS, **COLUMNS)
    bound = ShadowTest(file=file).bind(pool, Tables.of(pool), 9)
    rng = np.random.default_rng(5)
    items = np.full((6, 9), -1)
    items[:, :2] = [rng.choice(N_ITEMS, 2, replace=False) for _ in range(6)]
    theta = np.repeat([-1.0, 0.5], 3)
    view = view_of(pool, items, theta=theta)
    scores = pool.information(theta).T
    eligible = ~view.administered
    together = bound.plan(view, pool, scores, eligible)
    for row in range(6):
        one = slice(row, row + 1)
        alone = bound.plan(view_of(pool, items[one], theta=theta[one]), pool, scores[one], eligible[one])
        np.testing.assert_array_equal(alone[0], together[row])


def test_items_set_beforehand_may_break_a_blueprint_which_then_gives_way(tmp_path: Path) -> None:
    file = write_constraints(tmp_path, 'C1,Number,Item,"content == ""algebra""",,1,')
    pool = pool_of(N_ITEMS, **COLUMNS)
    rules = CatRules.parse(
        '[start]\nitems = ["i0", "i3"]\n[stop]\nrule = "length"\nlength = 6\n'
        f'[constraints]\nmethod = "shadow"\nfile = "{file}"'
    )
    study = simulate(pool, rules, np.zeros(3), rng=np.random.default_rng(1))
    assert (study.tests.length == 6).all()
    assert (study.violations == 1).all()
