"""One row for each item: counts, shares and parameters belong to its current version."""

import numpy as np
import pandas as pd
import pytest

from dashboard.item_table import answer_shares, item_table, parameter_columns
from dashboard.preview import preview
from dashboard.store.analyses import KeptAnalysis
from items.bank import Entry, ItemBank
from items.item import Item
from items.parameters import ParameterSet

COUNTS = pd.DataFrame(
    [("x", 1, 3, 3, 1, 1, 1), ("x", 2, 1, 1, 0, 0, 0), ("y", 1, 2, 1, 2, 0, 0)],
    columns=["item", "version", "n", "scored", "points", "idk", "omit"],
)


def test_statistics_of_answers():
    table = answer_shares(COUNTS, {"x": 1, "y": 4}, sessions=4).set_index(["item", "version"])
    assert table["share"][("x", 1)] == pytest.approx(1 / 3)
    assert table["share"][("y", 1)] == pytest.approx(0.5), "an answer that waits for a person does not count"
    assert table["idk"][("x", 1)] == table["omit"][("x", 1)] == pytest.approx(1 / 3)
    assert table["exposure"][("x", 1)] == pytest.approx(3 / 4)
    assert (table["share_low"] <= table["share"]).all()


def _bank():
    first = {"id": "x", "skill": "s", "stem": "?", "explanation": "!", "version": 2}
    question = {"type": "single_choice", "options": [{"text": "one", "correct": True}, {"text": "two"}]}
    other = {**first, "id": "y", "version": 1}
    return ItemBank(
        id="b",
        title="B",
        domain="d",
        entries=tuple(Entry(item=Item(**one, interaction=question)) for one in (first, other)),
    )


def test_a_row_tells_of_the_current_version_only():
    stars = pd.DataFrame({"item": ["x", "x"], "version": [1, 2], "stars": [1, 5], "n": [9, 2]})
    of_old = ParameterSet.from_table(pd.DataFrame({"item": ["x"], "model": ["rasch"], "b": [0.5]}))
    kept = KeptAnalysis(
        {
            "flags": pd.DataFrame({"item": ["x"], "flag": ["too_hard"], "evidence": ["few know it"]}),
            "items": pd.DataFrame({"item": ["x"], "expected_p": [0.5]}),
            "fit": pd.DataFrame({"item": ["x"], "infit": [1.0]}),
        },
        {},
        10,
        "sessions",
        "2026-11-24T09:00:00.000Z",
    )
    table = item_table(_bank(), COUNTS, stars, of_old, kept, sessions=4).set_index("item")
    assert table["n"].to_dict() == {"x": 1, "y": 2}
    assert (table["rated"]["x"], table["stars"]["x"]) == (2, 5.0)
    assert np.isnan(table["b"]["x"]), "the parameters are those of version 1"
    assert table["flags"]["x"] == "", "so are the flags"


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
