"""A trial of a design: its measures, their intervals, and two designs side by side."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard import trial
from dashboard.figures.theme import specification, svg
from dashboard.figures.two_designs import (
    draw_bias_of_two,
    draw_errors_of_two,
    draw_exposure_of_two,
    draw_lengths_of_two,
    two_designs,
)
from dashboard.trial import People, run
from dashboard.trial_tables import attainment, compared, cuts, measures
from engine import CatRules
from engine.design import Design
from engine.simulation.responders import ModelResponder
from items.errors import BadInput
from items.interactions import OpenResponse
from tests.engine.constraints.small import HEAD
from tests.engine.pools import three_pl, two_pl

LEVELS = "[scale]\nlevels = { Beginning = 1, Developing = 101, Accomplished = 201 }\n"


def _edition(rules: str, pool=None):
    design = Design.of(three_pl(80) if pool is None else pool, CatRules.parse(rules))
    return SimpleNamespace(design=design, items={})


def _length(length: int, more: str = "") -> str:
    return f'[stop]\nrule = "length"\nlength = {length}\n{LEVELS}{more}'


@pytest.fixture(scope="module")
def short():
    return run("A", _edition(_length(8)), People(n=1000))


def test_the_measures_are_those_of_the_study(short):
    summary = short.study.summary
    for name in ("mean_length", "bias", "rmse", "mean_se", "coverage_95", "max_exposure", "mean_overlap"):
        assert short.values[name] == pytest.approx(summary[name], rel=1e-9), name
    assert short.values["unused_items"] == summary["unused_items"]
    levels = short.study.design.rules.scale
    right = levels.level(levels.score(short.study.theta)) == short.study.simulees["level"]
    assert short.values["right_level"] == pytest.approx(right.mean())


def test_intervals_are_as_wide_as_theory_says(short):
    """Standard error of a mean: SD / √n; the bootstrap agrees within its own error (200 samples: 10 %)."""
    table = measures(short).set_index("measure")
    error = short.study.tests.theta - short.study.theta
    half = (table["high"] - table["low"])["bias (logits)"] / 2
    assert half == pytest.approx(1.96 * error.std() / np.sqrt(1000), rel=0.2)
    share = short.values["right_level"]
    half = (table["high"] - table["low"])["tests with the right level"] / 2
    assert half == pytest.approx(1.96 * np.sqrt(share * (1 - share) / 1000), rel=0.2)


def test_a_longer_test_of_the_same_people_errs_less_and_surely_so(short):
    longer = run("B", _edition(_length(24)), People(n=1000))
    table = compared(short, longer).set_index("measure")
    assert table["high"]["error made, RMSE (logits)"] < 0
    assert table["difference"]["questions a test"] == 16
    alone = measures(longer).set_index("measure")
    paired = (table["high"] - table["low"])["bias (logits)"]
    apart = sum(
        (one["high"] - one["low"])["bias (logits)"] ** 2
        for one in (alone, measures(short).set_index("measure"))
    )
    assert paired < np.sqrt(apart), "the same people make the difference surer"


def test_a_design_against_itself_differs_in_nothing(short):
    table = compared(short, run("B", _edition(_length(8)), People(n=1000)))
    assert (table["difference"].abs() < 1e-12).all()


def test_a_grid_holds_each_ability_equally_often():
    people = People(n=26, source=trial.GRID, low=-3, high=3)
    values, counts = np.unique(people.theta(), return_counts=True)
    np.testing.assert_allclose(values, np.linspace(-3, 3, 13))
    assert (counts == 2).all()


def test_people_who_admit_or_guess_score_as_they_should():
    """Who says "I don't know yet" loses the chance c of a lucky guess; who guesses loses more when able."""
    edition = _edition(_length(15))
    bias = {
        name: run(name, edition, people).values["bias"]
        for name, people in {
            "usual": People(n=1000),
            "admitting": People(n=1000, admitting=1.0),
            "guessing": People(n=1000, mean=1.5, guessing=1.0),
            "able": People(n=1000, mean=1.5),
        }.items()
    }
    assert bias["admitting"] < bias["usual"] - 0.05
    assert bias["guessing"] < bias["able"] - 0.2
    assert isinstance(People(n=10).responder(edition.design), ModelResponder)
    assert "30% admit" in People(admitting=0.3).words


@pytest.mark.parametrize(
    "wrong", [{"n": 0}, {"sd": 0.0}, {"low": 1.0, "high": 1.0}, {"admitting": 1.2}, {"guessing": -0.1}]
)
def test_impossible_people_are_refused(wrong):
    with pytest.raises(BadInput):
        replace(People(), **wrong)


def test_attainment_counts_what_each_test_reached():
    table = f"{HEAD}C1,Number,Item,b > 0,2,3,\nC2,Sum,Item,a,,20,\n"
    more = f'[constraints]\nmethod = "shadow"\nfile = """\n{table}"""\n'
    found = run("A", _edition(_length(6, more), two_pl()), People(n=200))
    told = attainment(found.study)
    b = found.study.design.pool.parameters.table["b"].to_numpy()
    hard = (b[found.study.tests.items] > 0).sum(axis=1)
    row = told[told["condition"].str.startswith("C1")].iloc[0]
    assert (row["lower"], row["upper"], row["least"], row["most"]) == (2, 3, hard.min(), hard.max())
    assert row["mean"] == pytest.approx(hard.mean())
    assert (told["met"] == 1).all()
    assert (told["met_high"] == 1).all()
    assert attainment(run("A", _edition(_length(5)), People(n=20)).study).empty


def test_cuts_name_the_level_that_begins_there(short):
    told = cuts(short.study)
    assert told["level"].tolist() == ["Developing", "Accomplished"]
    estimate, true, cut = short.study.tests.theta, short.study.theta, told["cut"][0]
    assert told["right"][0] == pytest.approx(((estimate >= cut) == (true >= cut)).mean())
    assert ((told["low"] < told["right"]) & (told["right"] < told["high"])).all()


def test_the_figures_of_two_designs_hold_both(short):
    longer = run(
        "B", _edition(_length(20, '[exposure]\nmethod = "restricted"\nmax_rate = 0.4\n')), People(n=500)
    )
    assert longer.study.exposure_limit == 0.4
    assert short.study.exposure_limit is None
    record = two_designs(short.study, longer.study)
    assert record.lengths.set_index("design")["length"].to_dict() == {"A": 8, "B": 20}
    assert record.exposure.groupby("design")["exposure"].sum().to_dict() == pytest.approx({"A": 8, "B": 20})
    assert (record.along["n"] >= 20).all()
    for draw in (draw_errors_of_two, draw_bias_of_two, draw_exposure_of_two, draw_lengths_of_two):
        shown = draw(record)
        assert svg(shown).startswith("<svg")
        assert "A" in shown.sentence
        assert specification(shown.chart, dark=True)
        assert shown.chart.to_dict(validate=True)


def test_open_answers_wait_for_a_person_as_they_do_live():
    """An item that is not scored tells nothing: the same test without its answers is longer or less sure."""
    rules = f'[open]\nitems = ["3pl-1", "3pl-2"]\npositions = [2, 4]\n{_length(10)}'
    scored = run("A", _edition(rules), People(n=300))
    items = {name: SimpleNamespace(interaction=_open_response()) for name in ("3pl-1", "3pl-2")}
    waits = run("B", SimpleNamespace(design=_edition(rules).design, items=items), People(n=300))
    assert (waits.study.tests.categories[:, [1, 3]] == -1).all()
    assert (scored.study.tests.categories[:, [1, 3]] >= 0).all()
    assert waits.values["mean_se"] > scored.values["mean_se"]


def _open_response():
    return OpenResponse(criteria=[{"text": "says why", "credit": 1}])
