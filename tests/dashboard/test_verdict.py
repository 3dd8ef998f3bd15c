"""A verdict weighs what is known of an item, and says so where nothing is."""

import pandas as pd
import pytest

from calibration import MarginalML, ResponseMatrix
from dashboard.verdict import judge
from items.storage import parameter_sets
from tests.dashboard.opening import open_page

ROW = {"n": 400, "rated": 10, "rating": 4.2, "model": "2pl"}
NO_REPORTS = pd.DataFrame(columns=["problem"])


def _flags(*severities):
    told = [("low_discrimination", one, f"evidence {one}", f"action {one}") for one in severities]
    return pd.DataFrame(told, columns=["flag", "severity", "evidence", "action"])


@pytest.mark.parametrize(
    ("row", "severities", "problems", "word"),
    [
        ({}, (), (), "keep"),
        ({"n": 12}, (), (), "wait"),
        ({"model": float("nan")}, (), (), "wait"),
        ({"rating": 2.1}, (), (), "watch"),
        ({}, (2,), (), "watch"),
        ({}, (3,), (), "mend"),
        ({}, (), ("wrong_key",), "mend"),
        ({}, (4,), ("wrong_key",), "suspend"),
        ({}, (5,), (), "suspend"),
    ],
)
def test_the_verdict_follows_the_worst_that_is_known(row, severities, problems, word):
    reports = pd.DataFrame({"problem": problems}, dtype=object)
    found = judge({**ROW, **row}, _flags(*severities), reports)
    assert found.word == word
    assert found.action


def test_a_set_of_other_items_is_no_reason_to_keep_one(database):
    rows = {"person": range(18), "q1": [0, 1, 0, 1, 0, 1] * 3, "q2": [0, 0, 1, 1, 0, 1] * 3}
    fitted = MarginalML(model="rasch", max_iterations=3).fit(ResponseMatrix.from_pandas(pd.DataFrame(rows)))
    at = "2026-11-24T09:00:00.000Z"
    other = parameter_sets.append(
        database, "deep-learning", fitted.parameter_set(), at=at, by="Ada", note="other"
    )
    page = open_page("verdict", state={"look at": other}, item="dl-data-updates")
    assert any("holds none of the bank's items" in one.value for one in page.sidebar.warning)
    assert not any("Nothing to do" in one.value for one in page.success)
    page = open_page("calibrate", state={"look at": other, "side": "The chosen parameter set"})
    assert any("2 of 2 items are not in this bank (q1, q2)" in one.value for one in page.warning)


def test_a_typed_answer_can_be_tried_as_right_too(database):
    page = open_page("verdict", item="dl-bp-graph")
    answers = page.multiselect(key="key dl-bp-graph")
    assert "idk" not in answers.options
    answers.set_value(answers.options[:1]).run()
    assert not page.exception
    told = next(one.value for one in page.markdown if "candidates who met it" in one.value)
    assert "would get another score (+" in told or "(0 to" in told, "nobody loses where more is right"
    assert any(one.label == "Edit the item" for one in page.button)
    moved = page.dataframe[-1].value
    assert (moved["after"] > moved["before"]).all()
    assert moved["before"].dtype == int
