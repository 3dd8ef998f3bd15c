"""The records behind the figures hold the right numbers; every drawing becomes SVG and says what it shows."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from dashboard.figures.exposure import draw_exposure, effective_size, exposure_rates
from dashboard.figures.item_curve import (
    draw_item_curve,
    item_curve,
    observed_shares,
    proportion_interval,
)
from dashboard.figures.lengths import draw_lengths
from dashboard.figures.lengths import test_lengths as count_lengths
from dashboard.figures.options import OTHERS, draw_options, option_shares
from dashboard.figures.precision import draw_coverage, draw_precision, precision
from dashboard.figures.stars import draw_stars, star_counts
from dashboard.figures.theme import specification, svg
from engine.pool import ItemPool
from items.interactions import Numeric, SingleChoice
from items.item import Item


def _pool():
    return ItemPool.from_parameters(
        pd.DataFrame(
            {"item": ["x", "g"], "model": ["2pl", "gpcm"], "a": [1.2, 1.0], "b": [0.3, np.nan]}
            | {"b1": [np.nan, -1.0], "b2": [np.nan, 1.0]}
        )
    )


def test_intervals_of_proportions_are_jeffreys():
    """Brown, Cai & DasGupta (2001), §4.3: quantiles of Beta(x + 1/2, n − x + 1/2), 0 at x = 0, 1 at x = n."""
    low, high = proportion_interval(np.array([0.5, 0.0, 1.0]), np.array([20, 20, 20]))
    expected = beta([10.5, 0.5, 20.5], [10.5, 20.5, 0.5])
    np.testing.assert_allclose(low, [expected.ppf(0.025)[0], 0.0, expected.ppf(0.025)[2]], rtol=1e-12)
    np.testing.assert_allclose(high, [*expected.ppf(0.975)[:2], 1.0], rtol=1e-12)


def test_observed_shares_come_from_groups_of_equal_size():
    theta = np.linspace(-2, 2, 100)
    table = observed_shares(theta, (theta > 0).astype(float), 10)
    assert table["n"].tolist() == [10] * 10
    assert table["share"].tolist() == [0] * 5 + [1] * 5
    assert table["theta"].is_monotonic_increasing
    assert observed_shares(theta[:4], theta[:4], 10).empty


def test_the_curve_of_an_item_with_several_categories_is_a_share_of_the_full_score():
    record = item_curve(_pool(), "g", np.zeros(20), np.full(20, 1))
    assert record.expected[40] == pytest.approx(0.5), "symmetric steps: half of the full score at θ = 0"
    assert record.expected.max() <= 1
    assert record.observed["share"].tolist() == [0.5] * 4


def test_a_curve_without_answers_says_so():
    figure = draw_item_curve(item_curve(_pool(), "x", np.array([]), np.array([], int)))
    assert "too few answers" in figure.sentence


def _choice():
    options = [{"text": "one", "correct": True}, {"text": "two"}, {"text": "three"}]
    return Item(
        id="q",
        skill="s",
        stem="?",
        explanation="!",
        interaction=SingleChoice(type="single_choice", options=options),
    )


def test_options_that_nobody_chose_and_better_distractors_are_seen():
    given = pd.DataFrame(
        {"response": ["a"] * 5 + ["b"] * 5 + ["idk"], "theta": [0.0] * 5 + [1.0] * 5 + [-1.0]}
    )
    record = option_shares(_choice(), given)
    shares = record.shares
    assert shares["n"].tolist() == [5, 5, 0, 1]
    assert shares["kind"].tolist() == ["key", "not the key", "not the key", "no answer"]
    assert shares["share"].sum() == pytest.approx(1.0)
    assert (shares["low"] <= shares["share"]).all()
    assert "check the key" in draw_options(record).sentence


def test_rare_answers_are_taken_together():
    item = _choice().model_copy(update={"interaction": Numeric(type="numeric", answer="7")})
    given = pd.DataFrame({"response": ["7"] * 30 + [str(n) for n in range(100, 130)], "theta": 0.0})
    shares = option_shares(item, given).shares
    assert len(shares) == 12
    assert shares.set_index("answer")["n"][OTHERS] == 20
    assert shares["n"].sum() == 60


def test_exposure_counts_unused_items_and_the_effective_bank():
    record = exposure_rates(
        pd.DataFrame({"item": list("abcd"), "exposure": [0.0, 0.5, 0.5, 0.0]}), limit=0.25
    )
    assert (record.unused, record.effective) == (2, pytest.approx(2.0))
    assert record.rates["item"].tolist()[:2] == ["b", "c"]
    assert effective_size(np.zeros(3)) == 0
    assert "2 of 4 items are never used" in draw_exposure(record).sentence


def test_lengths_are_counted_by_reason():
    tests = pd.DataFrame({"length": [5, 5, 9], "stop_reason": ["precision", "precision", "length"]})
    record = count_lengths(tests)
    assert record.counts["tests"].tolist() == [2, 1]
    assert "67% by precision" in draw_lengths(record).sentence


def _bins():
    return pd.DataFrame(
        {"theta_low": [-1.0, 0.0, 1.0], "theta_high": [0.0, 1.0, 2.0], "n": [50, 400, 3]}
        | {"bias": 0.1, "rmse": [0.3, 0.4, 9.0], "mean_se": 0.35, "coverage_95": [0.96, 0.5, 1.0]}
    )


def test_bins_with_few_people_are_not_drawn_and_coverage_has_its_interval():
    record = precision(_bins())
    assert record.bins["theta"].tolist() == [-0.5, 0.5]
    assert (record.bins["coverage_low"] < record.bins["coverage_95"]).all()
    assert "0.40 at θ = 0.5" in draw_precision(record).sentence
    assert "50%" in draw_coverage(record).sentence


FIGURES = {
    "curve": lambda: draw_item_curve(item_curve(_pool(), "x", np.linspace(-2, 2, 60), np.arange(60) % 2)),
    "options": lambda: draw_options(
        option_shares(_choice(), pd.DataFrame({"response": ["a"], "theta": [0.0]}))
    ),
    "stars": lambda: draw_stars(star_counts("x", pd.Series([1, 5, 5]))),
    "exposure": lambda: draw_exposure(exposure_rates(pd.DataFrame({"item": ["a"], "exposure": [0.1]}))),
    "lengths": lambda: draw_lengths(count_lengths(pd.DataFrame({"length": [5], "stop_reason": ["length"]}))),
    "precision": lambda: draw_precision(precision(_bins())),
    "coverage": lambda: draw_coverage(precision(_bins())),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_with_words_around_it(name):
    figure = FIGURES[name]()
    drawn = svg(figure)
    assert drawn.startswith('<svg role="img" aria-label=')
    assert "http" not in drawn.replace("http://www.w3.org/", "")
    assert figure.sentence.endswith(".")
    assert not figure.table.empty
    assert figure.code
    axes = str(specification(figure.chart))
    assert "'title'" in axes


@pytest.mark.parametrize("dark", [False, True])
def test_words_and_axes_can_be_read_on_the_page(dark):
    """WCAG 2.2: 4.5:1 for text, against the backgrounds that the dashboard's theme sets or Streamlit has."""
    config = specification(FIGURES["stars"]().chart, dark=dark)["config"]
    page = "#0e1117" if dark else "#fcfcfb"
    for colour in (config["axis"]["labelColor"], config["axis"]["titleColor"], config["text"]["color"]):
        assert _contrast(colour, page) >= 4.5


def _contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour):
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
