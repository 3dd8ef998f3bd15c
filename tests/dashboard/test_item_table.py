"""One row for each item: counts, shares and parameters belong to its current version."""

import numpy as np
import pandas as pd
import pytest

from dashboard.item_table import answer_statistics, parameter_columns
from dashboard.preview import preview
from items.bank import ItemBank
from items.parameters import ParameterSet

LOG = pd.DataFrame(
    [
        ("p1", "x", 1, "a", 1, 10.0),
        ("p2", "x", 1, "idk", 0, 20.0),
        ("p3", "x", 1, "omit", 0, 30.0),
        ("p3", "x", 2, "b", 0, 5.0),
        ("p3", "y", 1, "a+b", 2, 40.0),
        ("p4", "y", 1, "words", pd.NA, 90.0),
    ],
    columns=["person", "item", "version", "response", "score", "time_s"],
).astype({"score": "Int64"})


def test_statistics_of_answers():
    table = answer_statistics(LOG, {"x": 1, "y": 4}).set_index(["item", "version"])
    assert table["n"].to_dict() == {("x", 1): 3, ("x", 2): 1, ("y", 1): 2}
    assert table["share"][("x", 1)] == pytest.approx(1 / 3)
    assert table["share"][("y", 1)] == pytest.approx(0.5), "an answer that waits for a person does not count"
    assert table["idk"][("x", 1)] == table["omit"][("x", 1)] == pytest.approx(1 / 3)
    assert table["exposure"][("x", 1)] == pytest.approx(3 / 4)
    assert (table["share_low"] <= table["share"]).all()


def test_several_difficulties_are_shown_by_their_mean():
    parameters = ParameterSet.from_table(
        pd.DataFrame(
            {"item": ["x", "g"], "model": ["2pl", "gpcm"], "a": [1.2, 1.0], "b": [0.3, np.nan]}
            | {"b1": [np.nan, -1.0], "b2": [np.nan, 2.0], "se_b": [0.1, np.nan]}
        )
    )
    table = parameter_columns(parameters)
    assert table["b"].tolist() == [0.3, 0.5]
    assert table["se_b"].tolist()[0] == 0.1
    assert table["se_a"].isna().all()


def test_the_preview_is_the_candidates_page_and_loads_nothing():
    from dashboard.demo import BANK

    bank = ItemBank.read(BANK / "bank.yaml")
    shown = next(entry.item for entry in bank.entries if "figures/" in entry.item.stem)
    page = preview(bank, shown.id)
    assert 'class="stem"' in page
    assert "data:image/svg+xml;base64," in page
    assert "<link" not in page
    assert "<script" not in page
    assert "correct" not in page.split("</style>")[1].lower().split("class=")[0]
