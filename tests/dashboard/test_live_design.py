"""Live tests against their design: bands that hold, flags where they part, and silence where they do not."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom, binom, norm

from dashboard import live_design, loading
from dashboard.figures.live_bands import (
    OUTSIDE,
    draw_live_errors,
    draw_live_exposure,
    draw_live_lengths,
    live_errors,
    live_exposure,
    live_lengths,
)
from dashboard.figures.theme import svg
from dashboard.live_design import Live, against_design, as_able, at_live_cuts, decisions, even
from dashboard.replications import count_chance
from dashboard.store import jobs, read_model
from dashboard.trial import People, run
from engine import CatRules
from engine.delivery import simulations
from engine.delivery.assessments import offered
from engine.delivery.edition import load_edition, publish
from engine.design import Design
from items.storage.database import transaction
from tests.dashboard.opening import open_page
from tests.engine.pools import three_pl

RULES = (
    '[select]\nchooser = "randomesque"\nk = 4\n'
    '[stop]\nany_of = [{ rule = "precision", se = 0.4 }, { rule = "length", length = 15 }]\n'
    "[scale]\nlevels = { Beginning = 1, Developing = 101, Accomplished = 201 }\n"
)
DESIGN = SimpleNamespace(design=Design.of(three_pl(80), CatRules.parse(RULES)), items={})
AT = "2026-11-24T09:00:00.000Z"


def _study(n, seed, **people):
    return run("x", DESIGN, People(n=n, seed=seed, **people)).study


def _live(study):
    tests = study.tests
    asked = pd.Series(study.asked(), index=list(study.design.names))
    return Live(tests.theta, tests.se, tests.length, tests.reason, asked)


@pytest.fixture(scope="module")
def design():
    return _study(2000, 1)


def _rng():
    return np.random.default_rng(5)


def test_tests_of_the_same_design_stay_in_its_bands(design):
    """As many pages have a flag, at a false-discovery rate of 5 %, and as many values lie in each 95 % band,
    as binomial chance allows in 99 % and 99.9 % of cases."""
    flagged, inside = 0, dict.fromkeys((live_design.LENGTH, live_design.SE, live_design.ABILITY), 0)
    for seed in range(2, 26):
        found = against_design(design, _live(_study(250, seed)), weights=even(design), rng=_rng())
        flagged += not found.flags.empty
        rows = found.whole.set_index("what")
        for name in inside:
            inside[name] += rows["low"][name] <= rows["live"][name] <= rows["high"][name]
    assert flagged <= binom(24, 0.05).ppf(0.99)
    assert min(inside.values()) >= binom(24, 0.95).ppf(0.001)


def test_the_band_of_a_mean_is_as_wide_as_theory_says(design):
    """Both samples count: SD √(1/n + 1/M); 500 replications know a quantile to about 5 %."""
    found = against_design(design, _live(_study(400, 7)), weights=even(design), rng=_rng())
    row = found.whole.set_index("what").loc[live_design.LENGTH]
    width = 2 * norm.ppf(0.975) * design.tests.length.std() * np.sqrt(1 / 400 + 1 / 2000)
    assert row["high"] - row["low"] == pytest.approx(width, rel=0.12)


def test_a_longer_test_and_an_item_that_is_never_asked_are_flagged(design):
    live = _live(_study(400, 8))
    name = live.asked.idxmax()
    changed = replace(live, length=live.length + 1, asked=live.asked.drop(name))
    found = against_design(design, changed, weights=even(design), rng=_rng())
    assert (
        found.flags["what"].head(2).tolist().count(f"exposure of {name}")
        + (live_design.LENGTH in set(found.flags["what"]))
        >= 2
    )
    assert (found.flags["p_adjusted"].diff().dropna() >= 0).all()
    assert live_exposure(found).table.set_index("item")["where"][name] == OUTSIDE


def test_items_on_trial_come_as_answers_are_wanted_and_are_no_part_of_the_design():
    rules = (
        RULES.replace("[stop]\n", "[stop]\nnot_before = 5\n")
        + '[pilot]\nitems = ["new-1", "new-2", "new-3"]\ncount = 1\nearliest = 2\n'
    )
    trial = SimpleNamespace(design=Design.of(three_pl(80), CatRules.parse(rules)), items={})
    study = run("x", trial, People(n=300, seed=1)).study
    found = against_design(study, _live(study), weights=even(study), rng=_rng())
    assert study.asked()[80:].sum() == 300
    assert sorted(found.items["item"]) == sorted(study.design.names[:80])


def test_another_population_parts_and_people_as_able_do_not(design):
    live = _live(_study(600, 9, mean=1.5))
    assert not against_design(design, live, weights=even(design), rng=_rng()).flags.empty
    able = against_design(design, live, weights=as_able(design, live), rng=_rng())
    assert len(able.flags) <= 2
    assert live_design.ABILITY not in set(able.whole["what"])


def test_weights_make_the_simulated_tests_end_as_able(design):
    live = _live(_study(600, 10, mean=0.8, sd=0.7))
    weights = as_able(design, live)
    assert weights.sum() == pytest.approx(1)
    assert weights @ design.tests.theta == pytest.approx(live.theta.mean(), abs=0.05)


def test_the_chance_of_a_count_is_beta_binomial():
    """Independent source: scipy.stats.betabinom; with a million simulated tests, the binomial itself."""
    for count, n, rate, size in (
        (30, 100, 0.3, 500),
        (50, 100, 0.3, 500),
        (0, 40, 0.1, 90),
        (40, 40, 0.9, 90),
    ):
        known = betabinom(n, size * rate + 0.5, size * (1 - rate) + 0.5)
        twice = 2 * min(known.cdf(count), known.sf(count - 1))
        assert count_chance(count, n, rate, size) == pytest.approx(min(twice, 1.0), rel=1e-6)
    assert count_chance(50, 100, 0.3, 1e6) == pytest.approx(2 * binom(100, 0.3).sf(49), rel=5e-3)
    assert count_chance(0, 100, 0.0, 2000) == 1.0


def test_the_band_of_a_share_is_that_of_the_beta_binomial(design):
    """Quantiles of 500 replications lie within two tests of the exact ones (scipy.stats.betabinom)."""
    found = against_design(design, _live(_study(250, 14)), weights=even(design), rng=_rng())
    for row in found.lengths.itertuples():
        exact = betabinom(250, 2000 * row.expected + 0.5, 2000 * (1 - row.expected) + 0.5).ppf([0.025, 0.975])
        assert np.abs(np.array([row.low, row.high]) * 250 - exact).max() <= 2.5


def test_decisions_rest_on_the_live_tests_own_errors(design):
    live = _live(_study(500, 11))
    table = decisions(design, live, rng=_rng()).set_index("measure")
    assert ((table["low"] < table["live"]) & (table["live"] < table["high"])).all()
    assert table["live"]["consistency"] < table["live"]["accuracy"]
    true = np.searchsorted(design.design.rules.scale.cuts, design.theta, side="right")
    told = np.searchsorted(design.design.rules.scale.cuts, design.tests.theta, side="right")
    assert table["simulated"]["accuracy"] == pytest.approx((true == told).mean(), abs=0.03)
    at = at_live_cuts(design, live)
    near = np.abs(live.theta - at["cut"][0]) <= 0.25
    assert (at["n_near"][0], at["se_near"][0]) == (near.sum(), pytest.approx(live.se[near].mean()))
    assert ((at["right"] > 0.8) & (at["right"] < 1)).all()


def test_without_anybody_nothing_is_said_and_nothing_breaks(design):
    alone = _live(_study(1, 12))
    found = against_design(design, alone, weights=even(design), rng=_rng())
    assert found.n == 1
    assert found.along.empty
    none = replace(alone, theta=np.array([np.nan]), se=np.array([np.nan]))
    assert decisions(design, none, rng=_rng()).empty
    assert np.isnan(at_live_cuts(design, none)["se_near"]).all()
    np.testing.assert_array_equal(as_able(design, none), even(design))


def test_the_figures_count_what_lies_outside(design):
    found = against_design(design, _live(_study(400, 13)), weights=even(design), rng=_rng())
    for record, draw in (
        (live_lengths(found), draw_live_lengths),
        (live_errors(found), draw_live_errors),
        (live_exposure(found), draw_live_exposure),
    ):
        outside = (record.table["live"] < record.table["low"]) | (record.table["live"] > record.table["high"])
        assert record.outside == outside.sum()
        shown = draw(record)
        assert shown.sentence.startswith(f"{record.outside} of {len(record.table)} ")
        assert svg(shown).startswith("<svg")
    assert found.lengths["expected"].sum() == pytest.approx(1)


def test_the_demonstration_keeps_to_its_design_or_says_where_not(workspace, database):
    [made] = offered(database)
    page = open_page("live")
    assert not page.exception
    facts = {one.label: one.value for one in page.metric}
    rows = read_model.sessions(database)
    assert facts["Sessions"] == f"{live_design.ended_by_rules(rows).shape[0]:,}"
    assert facts["Simulated tests"] == "2,000"
    assert page.success or page.warning
    counts = read_model.asked_counts(database, made.edition, simulated=True, outside=("expired",))
    assert counts["n"].sum() == rows["answered"].sum()


def test_an_edition_without_a_simulation_gets_one_when_asked(workspace, database, monkeypatch):
    with transaction(database) as connection:
        connection.execute(simulations.simulation_table.delete())
    from dashboard import work

    monkeypatch.setattr(work.tether, "start", lambda command, module: None)
    monkeypatch.setattr(work, "SIMULATED", 500)
    page = open_page("live")
    assert any("without a simulation" in one.value for one in page.info)
    page = next(one for one in page.button if one.label == "Simulate it now").click().run()
    assert any("Simulated candidates take the test" in one.value for one in page.info)
    job = jobs.newest(database, "simulate")
    work.perform(database, job.id)
    assert jobs.load(database, job.id).state == jobs.DONE
    loading.forget()
    facts = {one.label: one.value for one in open_page("live").metric}
    assert facts["Simulated tests"] == "500"


def test_an_edition_that_nobody_took_says_so(workspace, database):
    [made] = offered(database)
    edition = load_edition(database, made.edition)
    content = run("x", edition, People(n=100)).content()
    publish(
        database,
        "deep-learning",
        title="Anew",
        bank=made.bank,
        rules=made.rules,
        simulation=content,
        at=AT,
        by="Ada",
    )
    page = open_page("live")
    assert any("No session of this edition has ended yet" in one.value for one in page.info)
    box = page.selectbox(key="live edition")
    assert len(box.options) == 2
    page = box.select_index(1).run()
    assert {one.label for one in page.metric} >= {"Sessions", "Flags"}
