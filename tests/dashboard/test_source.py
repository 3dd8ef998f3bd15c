"""What was understood of the answers to calibrate: counts, shares, strangers, groups."""

import pandas as pd

from calibration import ResponseMatrix
from dashboard.views.source import of_counts, of_responses, strangers, understood


def _responses():
    return ResponseMatrix.from_pandas(
        pd.DataFrame({"person": list("abcd"), "x": [0, 1, 1, 1], "y": [0, 1, 2, None], "g_sex": list("ffmm")})
    )


def test_an_upload_is_counted_item_by_item():
    source = of_responses(_responses(), {"log": "log.csv"})
    assert (source.people, source.answers, source.groups) == (4, 7, ("g_sex",))
    assert source.most_categories == 3
    table = understood(source).set_index("item")
    assert table["answers"].to_dict() == {"x": 4, "y": 3}
    assert table["categories"].to_dict() == {"x": 2, "y": 3}
    assert table["share of 1"].to_dict() == {"x": 0.75, "y": 1 / 3}


def test_sessions_are_counted_without_their_versions():
    counts = pd.DataFrame(
        {"item": ["x", "x", "x"], "version": [1, 2, 2], "category": [0, 0, 1], "n": [2, 3, 5]}
    )
    source = of_counts(counts, 9)
    assert (source.people, source.answers, source.most_categories) == (9, 10, 2)
    assert understood(source)["share of 0"].tolist() == [0.5]


def test_items_of_no_bank_are_named():
    assert strangers(of_responses(_responses(), {}), ["y"]) == ["x"]
