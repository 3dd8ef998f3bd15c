"""The records behind the figures of times, dependence and people hold the right numbers."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, norm, pearsonr, sem

from calibration import ResponseMatrix
from calibration.abilities import Abilities
from calibration.dependence import pairs_among_worst
from calibration.person_fit.surprises import surprises
from dashboard.figures.along import correlation_interval, fisher_interval, means_along
from dashboard.figures.conditional_exposure import conditional_exposure, draw_conditional_exposure
from dashboard.figures.dependence_map import dependence_map, draw_dependence_map
from dashboard.figures.effort import draw_effort, effort
from dashboard.figures.fit_map import draw_fit_map, fit_map
from dashboard.figures.one_person import draw_one_person, one_person
from dashboard.figures.person_fit import draw_person_fit, person_fit
from dashboard.figures.score_bands import draw_score_bands, score_bands
from dashboard.figures.speed import draw_speed, speed_along_ability
from dashboard.figures.theme import specification, svg
from dashboard.figures.time_cost import (
    draw_time_cost,
    draw_time_intensity,
    time_cost,
    time_intensity,
)
from dashboard.figures.two_sets import draw_two_sets, two_sets
from dashboard.store import read_model
from engine.pool import ItemPool
from engine.scale import Scale
from items.parameters import ParameterSet
from items.storage.database import connect

RNG = np.random.default_rng(7)


def test_means_along_ability_carry_their_interval():
    """Independent: SciPy's standard error of the mean."""
    theta, values = RNG.normal(size=400), RNG.normal(size=400)
    table = means_along(theta, values)
    inside = values[(theta >= -0.25) & (theta < 0.25)]
    row = table.iloc[(table["theta"].abs()).argmin()]
    assert row["n"] == inside.size
    low, high = norm.interval(0.95, inside.mean(), sem(inside))
    np.testing.assert_allclose(row[["mean", "low", "high"]].astype(float), [inside.mean(), low, high])
    assert (table["n"] >= 5).all()


def test_correlations_carry_fishers_interval():
    """Independent: SciPy's pearsonr."""
    one, two = RNG.normal(size=(2, 60))
    two = two + one
    expected = pearsonr(one, two)
    ends = expected.confidence_interval(0.95)
    found = correlation_interval(np.r_[one, np.nan], np.r_[two, 1.0])
    np.testing.assert_allclose(found, [expected.statistic, ends.low, ends.high, 60])
    np.testing.assert_allclose(
        fisher_interval(np.array([0.5]), np.array([28])), [[0.1564], [0.7357]], atol=1e-3
    )
    assert np.isnan(correlation_interval(one[:3], two[:3])[0])
    assert np.isnan(correlation_interval(one, np.ones(60))[0])


PAIRS = pd.DataFrame(
    {
        "item_1": ["a", "a", "b", "c"],
        "item_2": ["b", "c", "c", "d"],
        "n": [100, 90, 80, 70],
        "q3": [0.4, 0.1, 0.0, -0.2],
        "q3_excess": [0.45, 0.15, 0.05, -0.15],
        "cutoff": 0.2,
    }
)


def test_the_map_holds_each_pair_twice_and_marks_what_is_beyond_chance():
    record = dependence_map(PAIRS)
    assert record.items == ("a", "b", "c", "d")
    assert len(record.cells) == 8
    assert record.cells.loc[record.cells["beyond"], ["item_1", "item_2"]].values.tolist() == [
        ["a", "b"],
        ["b", "a"],
    ]
    figure = draw_dependence_map(record)
    assert "1 lie beyond 0.20" in figure.sentence
    assert "a with b (0.45, 100 people)" in figure.sentence
    assert len(figure.table) == len(PAIRS)
    assert svg(figure).startswith("<svg")
    assert "No pair" in draw_dependence_map(dependence_map(PAIRS.head(0))).sentence


def test_the_kept_pairs_are_those_among_the_items_of_the_worst():
    kept = pairs_among_worst(PAIRS, items=3)
    assert kept[["item_1", "item_2"]].values.tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]


def test_effort_counts_people_below_the_threshold():
    """Independent: Jeffreys' interval by SciPy's beta quantiles."""
    persons = pd.DataFrame({"effort": [1.0, 1.0, 0.95, 0.9, 0.85, 0.3, np.nan]})
    record = effort(persons, least=0.9)
    assert (record.n, record.below) == (6, 2)
    assert record.share == pytest.approx((2 / 6, *beta.ppf([0.025, 0.975], 2.5, 4.5)))
    filled = record.bins[record.bins["n"] > 0]
    assert filled["low"].tolist() == pytest.approx([0.3, 0.85, 0.9, 0.95])
    assert filled["n"].tolist() == [1, 1, 1, 3]
    assert "2 of 6" in draw_effort(record).sentence
    assert "Nobody" in draw_effort(effort(persons.tail(1), least=0.9)).sentence


def test_items_that_give_little_for_their_time_are_named():
    items = pd.DataFrame(
        {
            "item": list("abcde"),
            "n_timed": 60,
            "median_s": [30.0, 60, 90, np.nan, 5],
            "info_per_minute": [1.0, 2, 0.1, np.nan, 0.1],
        }
    )
    record = time_cost(items, share=0.25)
    assert (record.typical, record.least) == (0.55, 0.1375)
    assert record.points.loc[record.points["slow"], "item"].tolist() == ["c"], "e tells little, but is quick"
    figure = draw_time_cost(record)
    assert "1 of 4 items (c) take longer than the median item and give less than" in figure.sentence
    assert svg(figure).startswith("<svg")


def test_time_intensities_are_seconds_with_their_interval():
    items = pd.DataFrame(
        {"item": list("abcd"), "n_timed": 60, "intensity": np.log([20.0, 30, 40, 50]), "se_intensity": 0.05}
    )
    record = time_intensity(items, pd.Series([-1.0, 0, 1, 2]))
    np.testing.assert_allclose(record.points["seconds"], [20, 30, 40, 50])
    np.testing.assert_allclose(record.points["high"] / record.points["seconds"], np.exp(1.96 * 0.05))
    assert record.correlation[0] > 0.97
    assert svg(draw_time_intensity(record)).startswith("<svg")


def test_many_items_are_counted_in_cells():
    rng = np.random.default_rng(3)
    items = pd.DataFrame(
        {
            "item": [f"i{n}" for n in range(1000)],
            "n_timed": 500,
            "median_s": rng.lognormal(3, 0.4, 1000),
            "info_per_minute": rng.lognormal(0, 0.8, 1000),
            "intensity": rng.normal(3, 0.4, 1000),
            "se_intensity": 0.02,
        }
    )
    cost = time_cost(items, share=0.25)
    assert cost.crowd["n"].sum() == (~cost.points["slow"]).sum()
    assert cost.crowd["median_s"].between(items["median_s"].min(), items["median_s"].max()).all()
    times = time_intensity(items, pd.Series(rng.normal(size=1000)))
    assert times.crowd["n"].sum() == len(times.points) == 1000
    middles = np.log(np.sort(times.crowd["seconds"].unique()))
    steps = np.diff(middles) / np.diff(middles).min()
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
    assert "in the table" in draw_time_intensity(times).sentence
    for figure in (draw_time_cost(cost), draw_time_intensity(times)):
        assert len(figure.table) == 1000
        assert figure.chart.to_dict(validate=True)
        assert svg(figure).count("<path") < 1000


def test_speed_is_set_along_ability():
    theta = RNG.normal(size=200)
    record = speed_along_ability(
        pd.DataFrame({"theta": theta, "speed": 0.3 * theta + RNG.normal(size=200) / 10})
    )
    assert record.n == 200
    assert "Abler people work faster" in draw_speed(record).sentence
    assert (
        "Too few people"
        in draw_speed(speed_along_ability(pd.DataFrame({"theta": [0.0], "speed": [0.0]}))).sentence
    )


PERSONS = pd.DataFrame(
    {
        "person": list("vwxyz"),
        "n": 10,
        "theta": [-3.0, -0.5, 0.0, 0.5, np.nan],
        "se": [0.3, 0.3, 0.3, 0.3, np.nan],
        "lz": [0.1, -4.0, 0.4, 0.3, np.nan],
        "lz_star": [0.2, np.nan, 0.4, 0.3, np.nan],
        "p": [0.5, 0.0001, 0.6, 0.6, np.nan],
        "flags": ["", "aberrant_person", "", "", ""],
    }
)


def test_person_fit_counts_people_in_cells_and_names_the_surprising():
    record = person_fit(PERSONS, p=0.001)
    assert record.n == record.cells["n"].sum() == 4
    assert record.cells["n"].max() == 1
    assert record.odd["person"].tolist() == ["w"]
    assert record.odd["fit"].tolist() == [-4.0], "l_z where l_z* is not defined"
    figure = draw_person_fit(record)
    assert "1 of 4 people" in figure.sentence
    assert "one in 1,000" in figure.sentence


def test_score_bands_count_levels_and_how_sure_they_are():
    """By hand: 1 to 300 over −3 to 3, so θ = 0 is 151; half an interval is 1.96 · 0.3 · 299 / 6 = 29."""
    scale = Scale(levels={"low": 1, "high": 101})
    record = score_bands(PERSONS, scale)
    levels = record.levels.set_index("level")
    assert levels["n"].to_dict() == {"low": 1, "high": 3}
    assert levels.loc["low", "share"] == 0.25
    assert levels.loc["high", "half_width"] == pytest.approx(29.3, abs=0.5)
    assert levels["sure"].to_dict() == {"low": 1.0, "high": pytest.approx(2 / 3)}, "θ = −0.5 is 126 ± 29"
    assert record.bins["n"].sum() == 4
    assert "75%" in draw_score_bands(record).sentence
    assert "Nobody" in draw_score_bands(score_bands(PERSONS.tail(1), scale)).sentence
    assert "points" in draw_score_bands(score_bands(PERSONS, Scale())).sentence


def test_surprises_are_standardised_residuals_of_score_and_time():
    """By the formulas: P = 1/(1 + e^(−a(θ − b))), z = (x − P)/√(P(1 − P)); z_time = α(ln t − β + τ)."""
    pool = ItemPool.from_parameters(
        pd.DataFrame({"item": ["x", "y"], "model": "2pl", "a": [1.5, 0.8], "b": [-0.5, 1.0]})
    )
    log = pd.DataFrame({"person": "p", "item": ["y", "x"], "response": [1, 0], "time_s": [5.0, 40.0]})
    abilities = Abilities.of(ResponseMatrix.from_pandas(log), pool)
    times = pd.DataFrame({"item": ["x"], "intensity": [3.5], "time_discrimination": [2.0]})
    found = surprises(abilities, times, speed=0.2)
    theta = abilities.theta[0]
    p = {"x": 1 / (1 + np.exp(-1.5 * (theta + 0.5))), "y": 1 / (1 + np.exp(-0.8 * (theta - 1.0)))}
    for row in found.itertuples():
        assert row.expected == pytest.approx(p[row.item], rel=1e-4)
        assert row.z == pytest.approx(
            (row.category - p[row.item]) / np.sqrt(p[row.item] * (1 - p[row.item])), rel=1e-4
        )
    z_time = found.set_index("item")["z_time"]
    assert z_time["x"] == pytest.approx(2.0 * (np.log(40) - 3.5 + 0.2))
    assert np.isnan(z_time["y"]), "an item whose times were too few"
    record = one_person(found)
    assert record.answers["position"].tolist() == [1, 2]
    assert sorted(record.answers["pace"]) == ["as fast as expected", "time not known"]
    assert svg(draw_one_person(record)).startswith("<svg")


def test_the_fit_map_names_what_is_unusual():
    fit = pd.DataFrame(
        {"item": list("abc"), "n": 100, "infit": [1.0, 1.4, np.nan], "outfit": [0.9, 2.9, 1.0]}
        | {"p_adjusted": [0.5, np.nan, np.nan], "p_simulated_adjusted": [np.nan, 0.001, np.nan]}
    )
    items = pd.DataFrame({"item": list("cba"), "b": [0.0, 1.0, -1.0]})
    record = fit_map(fit, items)
    assert record.items["item"].tolist() == ["a", "b"]
    assert record.items["difficulty"].tolist() == [-1.0, 1.0]
    figure = draw_fit_map(record)
    assert "Infit of 1 of 2 items (b) lies" in figure.sentence
    assert "rejects 1 of 2" in figure.sentence
    assert svg(figure).startswith("<svg")


def test_conditional_exposure_is_that_of_the_most_used_item_in_each_band():
    counts = pd.DataFrame(
        {
            "band": [0.0, 0.0, 1.0, 2.0],
            "item": list("abab"),
            "n": [30, 10, 50, 3],
            "sessions": [40, 40, 50, 5],
        }
    )
    bands = conditional_exposure(counts).bands
    assert bands["theta"].tolist() == [0.0, 1.0], "five sessions are too few"
    assert bands["item"].tolist() == ["a", "a"]
    assert bands["highest"].tolist() == [0.75, 1.0]
    assert bands["effective"].tolist() == pytest.approx([1.0**2 / (0.75**2 + 0.25**2), 1.0])
    np.testing.assert_allclose(bands["low"].iloc[0], beta(30.5, 10.5).ppf(0.025))
    figure = draw_conditional_exposure(conditional_exposure(counts))
    assert "met in 100% of the 50 sessions" in figure.sentence
    assert svg(figure).startswith("<svg")


def test_exposure_by_ability_counts_sessions_of_each_band(workspace):
    """Independent: the same from whole tables, by pandas."""
    database = connect(f"sqlite:///{workspace / 'itemwise.db'}")
    found = read_model.exposure_by_ability(database, "deep-learning")
    sessions = read_model.sessions(database).dropna(subset="theta").set_index("session")
    log = read_model.log(database, "deep-learning")
    database.dispose()
    band = (np.sign(sessions["theta"]) * np.floor(sessions["theta"].abs() + 0.5)).rename("band")
    expected = log.assign(band=log["person"].map(band)).groupby(["band", "item"]).size()
    assert found.set_index(["band", "item"])["n"].sort_index().tolist() == expected.sort_index().tolist()
    sizes = found.drop_duplicates("band").set_index("band")["sessions"]
    assert sizes.to_dict() == band.value_counts().to_dict()


def test_one_wild_difficulty_leaves_room_for_the_others():
    """Tukey's outer fences (1977) of −1.9 … 2.0 and 40: quartiles ±1, so what lies beyond ±7 is far out."""
    b = np.linspace(-1.9, 2.0, 40)
    old = pd.DataFrame({"item": [f"q{j}" for j in range(41)], "model": "rasch", "b": [*b, 0.4]})
    new = old.assign(b=[*(b + 0.1), 40.0])
    record = two_sets(*(ParameterSet.from_table(table) for table in (old, new)))
    figure = draw_two_sets(record)
    assert "q40 from 0.40 to 40.00" in figure.sentence
    assert figure.sentence.startswith("1 of 41 items (q40) moved")
    assert figure.table["new"].max() == 40, "the table holds what was found"
    drawn = specification(figure.chart)["layer"][1]["encoding"]
    low, high = drawn["y"]["scale"]["domain"]
    assert (low, high) == pytest.approx((-1.9 - 0.03 * 4.0, 2.1 + 0.03 * 4.0))
    assert drawn["x"]["scale"]["domain"] == [low, high]
    assert "edge" not in draw_two_sets(two_sets(*[ParameterSet.from_table(old)] * 2)).sentence
