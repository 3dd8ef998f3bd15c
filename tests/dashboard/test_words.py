"""Every table that people see names its columns in words."""

import pandas as pd
import pytest

from dashboard import showing, work
from dashboard.answers import answers_of
from dashboard.navigation import GROUPS
from dashboard.store import jobs, session_list
from dashboard.views.item_view import SIDES
from dashboard.words import WORDS, word
from tests.dashboard.opening import open_page

PAGES = [name for listed in GROUPS.values() for name, *_ in listed if name != "item"]
ITEM = "dl-opt-step"


def _said(name):
    """Return whether a column has a word: its own, or that of the estimate or the step it belongs to."""
    stem = name.removeprefix("se_").rstrip("0123456789")
    return name in WORDS or stem in WORDS or name.startswith("share of ") or name in {"A", "B"}


@pytest.fixture
def grouped(database, tmp_path):
    """Have a log with groups, of the bank's items, calibrated and its groups compared."""
    log = tmp_path / "log.csv"
    found = answers_of(database, {"bank": "deep-learning"})
    rows = pd.DataFrame(
        {
            "person": found.persons_index,
            "item": pd.Series(found.items).to_numpy()[found.items_index],
            "response": found.category,
            "g_site": pd.Series(found.persons_index % 2).map({0: "east", 1: "west"}),
        }
    )
    rows.to_csv(log, index=False)
    request = {"bank": "deep-learning", "log": str(log), "key": None, "use_score": False, "omit": "wrong"}
    request |= {"model": "2pl", "model_of_more": "gpcm", "max_iterations": 3}
    compared = {"group": "g_site", "focal": "west", "reference": "east", "method": "mh", "purify": False}
    for kind, wanted in (("calibrate", request), ("compare", request | compared)):
        number = jobs.ask(database, kind, wanted, at=work.now(), by="local administrator")
        work.perform(database, number)
        assert jobs.load(database, number).state == jobs.DONE, jobs.load(database, number).message


@pytest.fixture
def shown(monkeypatch):
    """Have pages show all that they show on demand; return the columns of their tables that have no word."""
    bare = set()

    def gather(rows, name, columns=None, **more):
        bare.update(
            (name, str(one)) for one in rows.columns if one not in (columns or {}) and not _said(str(one))
        )

    for show in ("table", "glance"):
        monkeypatch.setattr(showing, show, gather)
    monkeypatch.setattr(showing, "folded", lambda words, key, show: show())
    monkeypatch.setattr(showing, "tabs", lambda sides, key: [show() for show in sides.values()])
    return bare


def test_every_table_of_every_page_names_its_columns_in_words(grouped, shown, monkeypatch):
    monkeypatch.setattr(showing, "side", lambda names, key: names[0])
    sides = [("item", {"item": ITEM, "side": side}) for side in SIDES]
    for name, query in [*((name, {}) for name in PAGES), *sides]:
        page = open_page(name, **query)
        assert not page.exception, (name, query, page.exception)
    assert not shown


@pytest.mark.parametrize("name", ["design", "live", "sessions"])
def test_so_does_every_side_of_what_is_looked_at_side_by_side(name, database, shown, monkeypatch):
    seen = set()

    def look(names, key):
        chosen = next((one for one in names if one not in seen), names[-1])
        seen.add(chosen)
        return chosen

    monkeypatch.setattr(showing, "side", look)
    page = open_page(name, **({"session": _session(database)} if name == "sessions" else {}))
    if name == "design":
        page.number_input(key="people n").set_value(200)
        page = page.run().button(key="simulate").click().run()
        next(one for one in page.button if "Keep this design as A" in one.label).click().run()
        page.button(key="simulate").click().run()
        seen.clear()
    before = -1
    while len(seen) > before:
        before = len(seen)
        page.run()
        assert not page.exception, page.exception
    assert len(seen) >= 3
    assert not shown


def _session(database):
    wanted = session_list.Wanted("deep-learning")
    return session_list.listed(database, wanted, people=True, most=1)["session"].iloc[0]


def test_standard_errors_and_steps_are_named_after_what_they_belong_to():
    assert word("se_a").label == "± a"
    assert word("b2").help.endswith("Step 2.")
    assert word("share of 3").label == "Share of 3"
