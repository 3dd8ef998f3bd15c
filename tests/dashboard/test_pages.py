"""What the pages do: filters, empty states, what is marked as simulated."""

import re
from dataclasses import replace

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.launch import DATABASE, ENTRY
from dashboard.navigation import GROUPS
from dashboard.store import analyses
from dashboard.views.items_view import filtered, most_harmful_first
from items.storage.database import connect, migrate
from tests.dashboard.opening import open_page
from tests.waiting import PATIENCE

OF_SESSIONS = ("exposure_by_ability", "ratings")
"""What an analysis holds only if it is of the bank's own sessions."""
PAGES = [name for listed in GROUPS.values() for name, *_ in listed]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_and_says_for_whom_it_is(name, workspace):
    page = open_page(name)
    assert not page.exception
    assert len(page.title) == 1
    assert page.caption[0].value
    assert any("imulated" in info.value for info in page.info)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_what_to_do_where_there_is_nothing(name, tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    database = connect(url)
    migrate(database)
    database.dispose()
    monkeypatch.setenv(DATABASE, url)
    page = open_page(name)
    assert not page.exception
    assert any("There is no bank yet" in info.value for info in page.info)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_under_parameters_from_an_uploaded_log(name, workspace, monkeypatch):
    """Such an analysis holds neither use nor ratings; the page may be looked at under it all the same."""
    load = analyses.load

    def uploaded(*given):
        kept = load(*given)
        tables = {one: table for one, table in kept.tables.items() if one not in OF_SESSIONS}
        return replace(kept, tables=tables, source="uploaded log.csv")

    monkeypatch.setattr(analyses, "load", uploaded)
    page = open_page(name, state={"look at": 2})
    assert not page.exception
    assert len(page.title) == 1


def test_the_entry_opens_the_first_page(workspace):
    app = AppTest.from_file(str(ENTRY), default_timeout=PATIENCE).run()
    assert not app.exception
    assert app.title


ROWS = pd.DataFrame(
    {
        "item": ["dl-conv", "dl-opt", "dl-seq"],
        "title": ["Shapes", "Adam", "Masks"],
        "skill": ["C", "O", "S"],
        "state": ["pilot", "operational", "operational"],
    }
)


@pytest.mark.parametrize(
    ("text", "skills", "states", "kept"),
    [
        ("", [], [], [0, 1, 2]),
        ("CONV", [], [], [0]),
        ("adam", [], [], [1]),
        ("(", [], [], []),
        ("", ["S", "C"], ["operational"], [2]),
    ],
)
def test_filters_of_the_item_table(text, skills, states, kept):
    assert filtered(ROWS, text=text, skills=skills, states=states).index.tolist() == kept


def test_items_with_severe_flags_come_first_and_the_others_stay_in_the_banks_order():
    flags = pd.DataFrame({"item": ["dl-seq", "dl-seq", "dl-opt"], "severity": [1, 5, 2]})
    assert most_harmful_first(ROWS, flags)["item"].tolist() == ["dl-seq", "dl-opt", "dl-conv"]
    assert most_harmful_first(ROWS, flags.iloc[:0])["item"].tolist() == ROWS["item"].tolist()


def test_the_item_table_counts_what_it_shows(workspace):
    page = open_page("items")
    page.text_input(key="text").set_value("dl-conv").run()
    assert any("of 94 items" in caption.value for caption in page.caption)
    shown = page.dataframe[0].value
    assert shown["item"].str.contains("dl-conv").all()
    assert 0 < len(shown) < 94


def test_one_item_follows_the_address(workspace):
    page = open_page("item", item="dl-opt-step")
    assert page.selectbox(key="item chosen").value == "dl-opt-step"
    assert {"State", "Answers", "Share of full score"} <= {metric.label for metric in page.metric}
    page = open_page("item", item="no-such-item")
    assert not page.exception
    assert page.selectbox(key="item chosen").value.startswith("dl-")


@pytest.mark.parametrize(
    ("name", "query", "told"),
    [
        ("item", {"item": "dl-conv-max-pool"}, {
            "Share of full score": r"0\.\d\d to [01]\.\d\d",
            "Exposure": "of 300 sessions",
            "Stars": r"at least \d\.\d, n = \d+",
        }),
        ("people", {}, {
            "Reliability of ability": r"0\.\d\d to 0\.\d\d, n = 300",
            "Developing": r"\d+% to \d+%, \d+ of 300",
        }),
        ("response-time", {}, {"Rapid answers": r"\d\.\d\d% to \d\.\d\d%, n = \d,\d+"}),
    ],
)  # fmt: skip
def test_numbers_stand_with_their_interval_and_how_many_they_are_from(name, query, told, workspace):
    page = open_page(name, **query)
    below = {metric.label: metric.delta for metric in page.metric}
    for label, pattern in told.items():
        assert re.fullmatch(pattern, below[label]), (label, below[label])
