"""Ratings per item version, the triage queue, and what a fix changed."""

import numpy as np
import pandas as pd
import pytest

from calibration.ratings import (
    before_and_after,
    circumstances,
    raw_intervals,
    recurring_words,
    summarise_ratings,
)
from calibration.ratings_simulated import RatingWorld, simulate_ratings
from calibration.triage import triage_queue


def _ratings(rows):
    return pd.DataFrame(rows, columns=["person", "item", "version", "stars"])


def _simulated(votes=10.0):
    table, quality = simulate_ratings(RatingWorld(votes=votes), rng=np.random.default_rng(5))
    return table.assign(version=1, at=range(len(table))), quality


def test_few_votes_are_drawn_further_towards_the_banks_mean_than_many():
    rows = [(p, "few", 1, 5) for p in range(2)] + [(p, "many", 1, 5) for p in range(40)]
    rows += [(p, "low", 1, 1 + p % 3) for p in range(40)]
    table = summarise_ratings(_ratings(rows)).set_index("item")
    assert table["mean"]["few"] == table["mean"]["many"] == 5
    assert table["shrunk"]["few"] < table["shrunk"]["many"] < 5
    assert table["shrunk_low"]["few"] < table["shrunk_low"]["many"]


def test_a_summary_has_one_row_for_each_item_version():
    ratings, _ = _simulated()
    second = ratings[ratings["item"] == 3].assign(version=2)
    table = summarise_ratings(pd.concat([ratings, second]))
    assert not table.duplicated(["item", "version"]).any()
    assert len(table) == ratings["item"].nunique() + 1
    assert table["n"].sum() == len(ratings) + len(second)


def test_without_enough_ratings_nothing_is_adjusted():
    table = summarise_ratings(_ratings([(1, "a", 1, 4), (2, "a", 1, 2)]))
    assert table["adjusted"].isna().all()
    assert table["trend"].isna().all()


def test_trend_compares_the_later_half_with_the_earlier():
    rows = _ratings([(p, "a", 1, 2 if p < 6 else 5) for p in range(12)]).assign(at=range(12))
    assert summarise_ratings(rows)["trend"].iloc[0] == pytest.approx(3.0)


def test_the_raw_mean_and_the_trend_carry_the_intervals_of_t_tests():
    """R 4.3, datasets::sleep: t.test(extra) and t.test(extra ~ group), its sign turned round."""
    one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    other = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    mean, trend = raw_intervals(np.array(one + other))
    assert mean == pytest.approx((0.5955845, 2.4844155), abs=1e-7)
    assert trend == pytest.approx((-0.2054832, 3.3654832), abs=1e-7)


def test_few_or_equal_stars_have_no_interval():
    for stars in ([1, 2, 3], [4] * 20):
        assert np.isnan(raw_intervals(np.array(stars))).all()


def test_unknown_circumstances_count_as_the_average():
    rows = _ratings([(1, "a", 1, 4), (2, "a", 1, 2), (3, "a", 1, 2)])
    rows = rows.assign(correct=[True, False, None], theta=[0.0, 1.0, np.nan], b=[0.5, 0.5, 0.5])
    np.testing.assert_allclose(circumstances(rows), [[0, 0.5], [1, -0.5], [0.5, 0.0]])


def test_words_that_recur_in_comments_are_counted_once_a_comment():
    said = pd.Series(["The padding is unclear, unclear", "padding missing", None, "fine"])
    assert recurring_words(said).to_dict("records") == [{"word": "padding", "n": 2}]


def test_before_and_after_compares_versions_and_says_how_sure():
    rows = [(p, "a", 1, 1 + p % 2) for p in range(40)] + [(p, "a", 2, 4 + p % 2) for p in range(40, 80)]
    rows += [(p, "b", 1, 3 + p % 2) for p in range(10)] + [(p, "b", 2, 3 + p % 3) for p in range(10)]
    table = before_and_after(summarise_ratings(_ratings(rows))).set_index("item")
    assert table["difference"]["a"] > 2
    assert table["sure"].to_dict() == {"a": True, "b": False}


def _queue(problems=(), reports=(), flags=()):
    exposure = pd.DataFrame(
        {"item": list("abc"), "version": 1, "n": [100, 100, 400], "share": [0.1, 0.1, 0.4]}
    )
    return triage_queue(
        pd.DataFrame(problems, columns=["item", "version", "n"]),
        pd.DataFrame(reports, columns=["item", "version", "problem"]),
        exposure,
        pd.DataFrame(flags, columns=["item", "version", "flag", "level", "urgent"]),
    )


def test_a_wrong_key_and_bias_come_before_everything_else():
    reports = [("a", 1, "wrong_key"), *[("c", 1, "unclear")] * 90]
    queue = _queue([("a", 1, 1), ("c", 1, 90)], reports, flags=[("b", 1, "bias", 5.0, True)])
    assert queue["item"].tolist()[2] == "c"
    assert queue["urgent"].tolist() == [True, True, False]


def test_harm_is_rate_times_exposure_times_severity():
    reports = [("a", 1, "unclear"), ("c", 1, "unclear")] * 20
    queue = _queue([("a", 1, 20), ("c", 1, 20)], reports)
    np.testing.assert_allclose(queue["harm"], queue["rate"] * queue["exposure"] * queue["severity"])
    assert queue["item"].tolist() == ["c", "a"]
    assert queue["problems"].tolist() == [20, 20]
    assert (queue["rate_low"] < queue["rate"]).all()
    assert queue["reasons"].tolist() == ["unclear × 20"] * 2


def test_few_reports_among_few_are_drawn_towards_the_bank():
    exposure = pd.DataFrame({"item": ["new", "old"], "version": 1, "n": [2, 1000], "share": [0.002, 1.0]})
    problems = pd.DataFrame({"item": ["new", "old"], "version": 1, "n": [1, 20]})
    reports = pd.DataFrame({"item": ["new", *["old"] * 20], "version": 1, "problem": "typo"})
    none = pd.DataFrame(columns=["item", "version", "flag", "level", "urgent"])
    queue = triage_queue(problems, reports, exposure, none).set_index("item")
    assert queue["rate"]["new"] < 0.1


def test_an_untroubled_bank_has_an_empty_queue():
    assert _queue().empty
