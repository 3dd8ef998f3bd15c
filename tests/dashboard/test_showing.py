"""Tables shown as text: what stands in them stays text, numbers have the digits that matter."""

import numpy as np
import pandas as pd

from dashboard.figures.two_sets import TwoSets
from dashboard.showing import as_markdown, readable
from dashboard.store import analyses
from dashboard.views.columns import DRIFT, FIT, OPTIONS
from dashboard.views.parameter_sets import fit_in_words, held_in_words


def test_a_table_in_markdown_puts_numbers_right_and_leaves_out_what_is_unknown():
    rows = pd.DataFrame({"item": ["a"], "n_rated": [1234], "se": [0.456]})
    lines = as_markdown(pd.concat([rows, pd.DataFrame({"item": ["b"], "n_rated": [5], "se": [np.nan]})]))
    assert lines.splitlines() == [
        "| Item | N rated | ± SE |",
        "| --- | ---: | ---: |",
        "| a | 1,234 | 0.46 |",
        "| b | 5 |  |",
    ]


def test_what_candidates_write_is_neither_read_as_markdown_nor_made_a_link():
    said = ["**a** | <b>\n$x$", "see https://evil.example, www.evil.example or me@evil.example"]
    first, second = as_markdown(pd.DataFrame({"comment": said})).splitlines()[2:]
    assert first == r"| \*\*a\*\* \| \<b\> \$x\$ |"
    for address in ("://", "www.", "me@"):
        assert address not in second.replace("\\", "")
    assert "evil" in second


def test_answers_that_are_none_are_said_in_words():
    options = pd.DataFrame({"option": ["a", "idk", "omit"], "n": [7, 2, 1]})
    assert readable(options)["option"].tolist() == ["a", "I don't know yet", "left blank"]


def test_standard_errors_stand_beside_their_estimates():
    columns = ["item", "a", "b1", "b2", "se_a", "se_b1", "se_b2", "se", "se_theta"]
    told = readable(pd.DataFrame([range(9)], columns=columns))
    assert list(told) == ["item", "a", "se_a", "b1", "se_b1", "b2", "se_b2", "se", "se_theta"]
    assert told["se_b2"].tolist() == [6]


def test_fit_and_answers_are_named_in_words(database):
    kept = analyses.load(database, "deep-learning", 2)
    assert set(kept["fit"]) <= set(FIT)
    assert set(kept["drift"]) - {"against", "A", "B"} <= set(DRIFT)
    assert set(kept["options"]) - {"item"} <= set(OPTIONS)


def test_the_fit_of_the_model_is_said_with_its_interval():
    known = {"fit_statistic": "M2", "rmsea": 0.0213, "rmsea_low": 0.0, "rmsea_high": 0.0411}
    assert fit_in_words(known) == "RMSEA of M2 0.021 (90 % interval 0.000 to 0.041); "
    assert fit_in_words({"fit_statistic": "M2", "rmsea": 0.0213}) == "RMSEA of M2 0.021; "
    assert fit_in_words({"fit_statistic": "", "rmsea": None}) == ""


def test_what_only_arithmetic_tells_from_nothing_is_nothing():
    rows = readable(pd.DataFrame({"change": [-1e-16, -0.3, np.nan], "p": [1e-12, 0.5, 1.0]}))
    assert str(rows["change"][0]) == "0.0"
    assert rows["change"][1] == -0.3
    assert np.isnan(rows["change"][2])
    assert rows["p"][0] == 1e-12


def test_anchors_are_said_to_be_unable_to_move():
    points = pd.DataFrame({"item": list("ab"), "old": [0.0, 1.0], "new": [0.0, 1.2], "change": [0.0, 0.2]})
    held = {"settings": {"anchors": 1}}
    assert held_in_words(held, TwoSets(points)).startswith("1 of 2 common items were anchors")
    assert held_in_words({"settings": {"anchors": 0}}, TwoSets(points)) == ""
    assert held_in_words({}, TwoSets(points)) == ""
