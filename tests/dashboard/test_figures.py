"""The records behind the figures hold the right numbers; every drawing becomes SVG and says what it shows."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta

from dashboard.figures.designs import draw_designs, draw_errors, measures
from dashboard.figures.dif_curves import dif_curves, draw_dif_curves
from dashboard.figures.exposure import (
    draw_exposure,
    draw_exposure_histogram,
    effective_size,
    exposure_rates,
)
from dashboard.figures.information import draw_information, information
from dashboard.figures.item_curve import (
    NO_CURVES,
    analysed_curve,
    draw_item_curve,
    item_curve,
    proportion_interval,
)
from dashboard.figures.item_map import draw_item_map, item_map
from dashboard.figures.lengths import draw_lengths
from dashboard.figures.lengths import test_lengths as count_lengths
from dashboard.figures.names import first_of
from dashboard.figures.option_curves import OptionCurves, draw_option_curves, option_curves
from dashboard.figures.options import OTHERS, draw_options, option_shares
from dashboard.figures.precision import draw_coverage, draw_precision, precision
from dashboard.figures.scores import Scores, draw_scores
from dashboard.figures.scree import draw_scree, scree
from dashboard.figures.stars import draw_stars, star_counts
from dashboard.figures.theme import ACCENT, HEIGHT, ON_DARK, height, specification, svg
from dashboard.figures.wright_map import draw_wright_map, wright_map
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


def _gathered(item, n, observed):
    """Return rows of an analysis's `curves` table."""
    theta = np.linspace(1.0, -1.0, len(n))
    rows = {"item": item, "theta": theta, "n": np.array(n, float), "observed": observed}
    return pd.DataFrame(rows | {"low": 0.0, "high": 1.0, "expected": 0.5})


def test_points_are_those_of_the_item_with_enough_answers_behind_them_in_order_of_ability():
    curves = pd.concat([_gathered("x", [4, 5, 90], [0.1, 0.2, 0.3]), _gathered("g", [50], [0.9])])
    observed = item_curve(_pool(), curves, "x").observed
    assert observed["share"].tolist() == [0.3, 0.2]
    assert observed["n"].tolist() == [90, 5]
    assert observed["theta"].is_monotonic_increasing


def test_the_curve_of_an_item_with_several_categories_is_a_share_of_the_full_score():
    record = item_curve(_pool(), NO_CURVES, "g")
    assert record.expected[40] == pytest.approx(0.5), "symmetric steps: half of the full score at θ = 0"
    assert record.expected.max() <= 1


def test_a_curve_without_answers_says_so():
    figure = draw_item_curve(item_curve(_pool(), NO_CURVES, "x"))
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


def test_an_axis_leaves_formulas_out():
    options = [{"text": r"$\frac{1}{2}$ of it", "correct": True}, {"text": "$x^2$"}, {"text": r"\$5 or \$6"}]
    item = _choice().model_copy(update={"interaction": SingleChoice(type="single_choice", options=options)})
    shares = option_shares(item, pd.DataFrame({"response": ["a"], "theta": [0.0]})).shares
    assert shares["answer"].tolist() == ["a: … of it", "b: …", r"c: \$5 or \$6"]


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


def test_the_histogram_counts_items_by_their_exposure_and_names_the_limit():
    rates = exposure_rates(pd.DataFrame({"item": list("abc"), "exposure": [0.0, 0.01, 0.26]}), limit=0.25)
    figure = draw_exposure_histogram(rates)
    counted = figure.table[figure.table["items"] > 0]
    assert counted["low"].tolist() == [0.0, 0.25]
    assert counted["items"].tolist() == [2, 1]
    assert "26.0% of the tests, where 25.0% at most was asked for" in figure.sentence
    assert svg(figure).startswith("<svg")


def test_designs_stand_side_by_side():
    table = pd.DataFrame(
        {"design": ["long", "short"], "mean_length": [30, 10], "rmse": [0.3, 0.5], "max_exposure": [0.2, 0.9]}
    )
    figure = draw_designs(measures(table))
    assert "0.300, is made by long" in figure.sentence
    assert svg(figure).count("largest exposure") >= 1
    along = pd.concat([_bins().assign(design=name) for name in ("long", "short")])
    errors = draw_errors(along)
    assert errors.table["theta"].tolist() == [-0.5, 0.5] * 2
    assert svg(errors).startswith("<svg")


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
    few = precision(_bins().assign(n=3))
    assert "no bin has the 20 people it takes to see. " in draw_coverage(few).sentence
    assert "50%" in draw_coverage(record).sentence


def test_information_of_the_2pl_is_a_squared_p_q():
    """Lord (1980), eq. 5-9, for the 2PL."""
    record = information(_pool().subset(np.array([0])))
    p = 1 / (1 + np.exp(-1.2 * (record.table["theta"] - 0.3)))
    np.testing.assert_allclose(record.table["information"], 1.44 * p * (1 - p), rtol=1e-8)
    np.testing.assert_allclose(record.table["se"], record.table["information"] ** -0.5)
    assert "θ = 0.3" in draw_information(record).sentence


def test_the_wright_map_counts_people_and_says_how_items_and_people_meet():
    record = wright_map(np.array([1.0, 1.05, 1.1, np.nan]), pd.DataFrame({"item": ["x"], "b": [-1.0]}))
    assert record.people["n"].sum() == 3
    assert "2.1 logits easier" in draw_wright_map(record).sentence


def test_a_sentence_names_the_first_items_once_and_says_that_there_are_more():
    assert first_of([]) == ""
    assert first_of(["b", "a", "b"]) == " (b, a)"
    assert first_of("abcdef") == " (a, b, c, d, e and 1 more)"


def test_the_item_map_leaves_out_items_without_numbers():
    items = pd.DataFrame({"item": list("abc"), "p": [0.5, 0.2, np.nan], "rir": [0.4, 0.1, np.nan]})
    record = item_map(items.assign(flags=["", "too_hard", ""]))
    assert record.points["kind"].tolist() == ["not flagged", "flagged"]
    assert "1 of 2 items (b) correlate less" in draw_item_map(record).sentence


def test_dimensions_count_up_to_the_first_within_chance():
    table = pd.DataFrame(
        {"dimension": [1, 2, 3], "eigenvalue": [4.0, 1.0, 1.5], "by_chance": [1.2, 1.1, 1.0]}
    )
    record = scree(table)
    assert record.count == 1
    assert "4.0 times" in draw_scree(record).sentence


def _option_points(slopes):
    theta = np.array([-1.0, 0.0, 1.0])
    rows = [
        pd.DataFrame(
            {"item": "q", "option": name, "theta": theta, "n": 30.0, "share": 0.3, "model": 0.4 + s * theta}
        )
        for name, s in slopes.items()
    ]
    options = pd.DataFrame({"item": "q", "option": list(slopes), "key": [name == "a" for name in slopes]})
    return option_curves(pd.concat(rows), options, "q")


@pytest.mark.parametrize(
    ("slopes", "told"),
    [
        ({"a": -0.2, "b": 0.2}, "check the key"),
        ({"a": 0.2, "b": 0.1}, "give b more often"),
        ({"a": 0.2, "b": -0.2}, "as it should be"),
        ({"a": 0.2, "idk": 0.1}, "as it should be"),
    ],
)
def test_option_curves_tell_a_suspicious_key(slopes, told):
    assert told in draw_option_curves(_option_points(slopes)).sentence


def test_nothing_is_said_of_a_key_that_few_gave():
    record = _option_points({"a": 0.2, "b": -0.2})
    few = record.points["model"].where(record.points["option"] != "a")
    told = draw_option_curves(OptionCurves("q", record.points.assign(model=few))).sentence
    assert "Too few have given the keyed answer" in told
    given = pd.DataFrame({"response": ["a"] * 4 + ["b"] * 9, "theta": [1.0] * 4 + [0.0] * 9})
    assert "Only 4 gave the keyed answer" in draw_options(option_shares(_choice(), given)).sentence


def test_option_curves_say_in_words_who_gave_no_answer():
    record = _option_points({"a": 0.2, "idk": -0.1, "omit": -0.1})
    assert list(dict.fromkeys(record.points["option"])) == ["a", "I don't know yet", "left blank"]


def _curves():
    rows = {"item": "q", "theta": [-1.0, 1.0], "n": [40.0, 40.0], "observed": [0.2, 0.9]}
    return pd.DataFrame(rows | {"low": [0.1, 0.8], "high": [0.3, 1.0], "expected": [0.25, 0.5]})


def test_an_analysed_curve_counts_the_intervals_that_miss_the_model():
    assert "all but 1 of the 2 intervals" in draw_item_curve(analysed_curve(_curves(), "q")).sentence


def _group_curves():
    rows = [("a", 1, 0.2), ("b", 1, 0.4), ("a", 2, 0.5), ("b", 2, 0.8), ("b", 3, 0.9)]
    frame = pd.DataFrame(rows, columns=["group", "level", "mean"])
    return frame.assign(
        item="q", standing=frame["level"], n=50, low=frame["mean"] - 0.1, high=frame["mean"] + 0.1
    )


def test_curves_of_groups_count_where_all_were_met():
    sentence = draw_dif_curves(dif_curves(_group_curves(), "g_side", "q")).sentence
    assert "side = b is ahead at 2 of 2 levels" in sentence


FIGURES = {
    "groups": lambda: draw_dif_curves(dif_curves(_group_curves(), "g_side", "q")),
    "information": lambda: draw_information(information(_pool())),
    "wright map": lambda: draw_wright_map(wright_map(np.zeros(9), pd.DataFrame({"item": ["x"], "b": [0.0]}))),
    "item map": lambda: draw_item_map(
        item_map(pd.DataFrame({"item": ["a"], "p": [0.5], "rir": [0.1], "flags": ["low"]}))
    ),
    "scree": lambda: draw_scree(
        scree(pd.DataFrame({"dimension": [1, 2], "eigenvalue": [3.0, 1.0], "by_chance": [1.2, 1.1]}))
    ),
    "totals": lambda: draw_scores(
        Scores(pd.DataFrame({"score": [0, 1], "n": [3, 5], "share": [0.375, 0.625], "expected": [0.4, 0.6]}))
    ),
    "option curves": lambda: draw_option_curves(_option_points({"a": 0.2, "b": -0.2})),
    "curve": lambda: draw_item_curve(item_curve(_pool(), _gathered("x", [30, 30], [0.6, 0.4]), "x")),
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
    axes = str(specification(figure.chart))
    assert "'title'" in axes
    assert figure.chart.to_dict(validate=True)


def test_room_is_kept_for_a_chart_except_where_only_its_drawing_tells_how_much():
    """Panels side by side, and as many rows as there are answers."""
    kept = {name: height(specification(draw().chart)) for name, draw in FIGURES.items()}
    assert {name for name, room in kept.items() if room == "content"} == {"wright map", "options"}
    assert (kept["stars"], kept["groups"], kept["scree"]) == (180, 340, HEIGHT)


@pytest.mark.parametrize("dark", [False, True])
def test_words_and_axes_can_be_read_on_the_page(dark):
    """WCAG 2.2: 4.5:1 for text, against the backgrounds that the dashboard's theme sets or Streamlit has."""
    config = specification(FIGURES["stars"]().chart, dark=dark)["config"]
    page = "#0e1117" if dark else "#fcfcfb"
    for colour in (config["axis"]["labelColor"], config["axis"]["titleColor"], config["text"]["color"]):
        assert _contrast(colour, page) >= 4.5


def test_marks_can_be_told_from_a_dark_page():
    """WCAG 2.2, 1.4.11 asks for 3:1; the page is Streamlit's dark one, or that of a browser without it."""
    figure = FIGURES["stars"]()
    assert ACCENT not in str(specification(figure.chart, dark=True))
    assert ON_DARK[0] in str(specification(figure.chart, dark=True))
    for colour in ON_DARK:
        assert min(_contrast(colour, page) for page in ("#0e1117", "#191918")) >= 4.5


def _contrast(one, other):
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour):
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])
