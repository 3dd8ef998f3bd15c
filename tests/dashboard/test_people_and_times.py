"""What the pages on people, times and dependence show, and to whom."""

from itertools import permutations

import pandas as pd
import pytest

from dashboard import access, work
from dashboard.access import Person
from dashboard.answers import SESSIONS
from dashboard.store import analyses, jobs
from dashboard.store.roles import ROLES
from dashboard.views.people_view import flagged
from items.storage.database import connect
from tests.dashboard.opening import open_page

ONE = "One person"
SIDES = ("Scores and levels", "Answers that surprise", ONE)
NUMBERS = ("score_bands", "person_fit", "one_person")


@pytest.fixture
def as_role(monkeypatch):
    """Let the next pages be opened by somebody with a role."""
    return lambda role: monkeypatch.setattr(access, "person", lambda _: Person("ada@example.org", role))


def _names(workspace):
    database = connect(f"sqlite:///{workspace / 'itemwise.db'}")
    kept = analyses.load(database, "deep-learning", 2)
    database.dispose()
    return kept["persons"]


def _everything(page):
    """Return all text that a page sends, tables included."""
    told = [
        element.value for kind in ("markdown", "caption", "info", "warning") for element in page.get(kind)
    ]
    return " ".join([*map(str, told), *(frame.value.to_csv() for frame in page.dataframe)])


@pytest.mark.parametrize("role", ROLES)
def test_names_are_for_those_who_may_see_people(role, workspace, as_role):
    as_role(role)
    persons, opened = _names(workspace), {f"numbers {name}": True for name in NUMBERS}
    pages = [open_page("people", state={"people side": side} | opened) for side in SIDES]
    assert not any(page.exception for page in pages)
    page, shown = pages[-1], " ".join(map(_everything, pages))
    seen = [name for name in persons["person"] if name in shown]
    if role in ("viewer", "content editor"):
        assert seen == []
        assert "person" not in [box.key for box in page.selectbox]
        assert "not shown to your role" in shown
    else:
        assert page.selectbox(key="person").value in persons["person"].tolist()


@pytest.mark.parametrize("name", ["people", "response-time", "dimensionality", "calibrate", "items"])
def test_a_person_without_a_role_sees_no_data(name, workspace, as_role):
    as_role("")
    page = open_page(name)
    assert not page.exception
    assert not page.dataframe
    assert not page.metric
    assert not page.selectbox
    assert "not for the role 'none'" in page.warning[0].value


def test_one_persons_answers_stand_in_the_order_of_the_test(workspace):
    persons = _names(workspace).sort_values("p")
    page = open_page("people", state={"people side": ONE})
    shown = next(frame.value for frame in page.dataframe if "z_time" in frame.value)
    assert len(shown) == persons["n"].iloc[0]
    page = open_page("people", state={"people side": ONE, "person": "nobody-of-that-name"})
    assert not page.exception
    assert "no such person" in page.warning[0].value


def test_answers_of_people_are_compared(workspace, monkeypatch):
    """In this process in place of one of its own; each pair twice, once for each who may have copied."""

    def at_once(database, kind, request, *, by):
        number = jobs.ask(database, kind, request, at=work.now(), by=by)
        work.perform(database, number)
        return number

    monkeypatch.setattr(work, "begin", at_once)
    page = open_page("people", state={"people side": ONE})
    box = page.multiselect(key="compared people")
    chosen = box.options[:3]
    box.set_value(chosen).run()
    next(button for button in page.button if button.label == "Compare their answers").click().run()
    assert not page.exception
    pairs = next(frame.value for frame in page.dataframe if "omega" in frame.value)
    assert {tuple(pair) for pair in pairs[["source", "copier"]].to_numpy()} == set(permutations(chosen, 2))
    assert (pairs["p_adjusted"] >= pairs["p"]).all()


def test_people_of_an_uploaded_log_are_not_stored(workspace, monkeypatch):
    load = analyses.load

    def uploaded(*given):
        from dataclasses import replace

        return replace(load(*given), source="uploaded log.csv")

    monkeypatch.setattr(analyses, "load", uploaded)
    page = open_page("people", state={"people side": ONE})
    assert not page.exception
    assert any("are not stored" in info.value for info in page.info)
    assert SESSIONS not in page.caption[1].value


def test_an_adaptive_log_says_why_it_has_no_number_of_dimensions(workspace):
    page = open_page("dimensionality")
    assert any("people met different items" in info.value for info in page.info)
    page = open_page("dimensionality", state={"dimensionality side": "Items that lean on each other"})
    pairs = next(frame.value for frame in page.dataframe if "q3" in frame.value)
    assert {"q3", "low", "high", "n"} <= set(pairs.columns)
    assert "ld_chi2" not in pairs.columns


def test_flags_and_shares_of_times_say_what_they_count(workspace):
    page = open_page("response-time")
    assert not page.exception
    facts = {one.label: one for one in page.metric}
    n = int(facts["Answers with a time"].value.replace(",", ""))
    assert facts["Rapid answers"].delta.endswith(f"n = {n:,}")
    slow, guessed, rest = facts["Items flagged for time"].delta.split(", ")
    assert int(slow.split()[0]) + int(guessed.split()[0]) >= int(facts["Items flagged for time"].value)
    assert rest.startswith("of ")


def test_times_are_listed_with_their_uncertainty_and_n(workspace):
    page = open_page("response-time", state={"thresholds": True, "times side": "Question by question"})
    tables = [frame.value for frame in page.dataframe if "se_intensity" in frame.value]
    assert tables
    assert (tables[0]["se_intensity"].dropna() > 0).all()
    assert "n_timed" in tables[0]
    assert any("threshold" in frame.value for frame in page.dataframe)


def test_answers_without_times_say_how_to_get_them(workspace, monkeypatch):
    load = analyses.load

    def timeless(*given):
        from dataclasses import replace

        kept = load(*given)
        tables = {**kept.tables, "items": kept["items"].drop(columns="n_timed")}
        return replace(kept, tables=tables)

    monkeypatch.setattr(analyses, "load", timeless)
    page = open_page("response-time")
    assert any("time_s" in info.value for info in page.info)


def test_where_nobody_is_flagged_the_page_says_so():
    people = pd.DataFrame({"person": ["p"], "flags": [""], "p": [0.5], "theta": [0.1]})
    assert flagged(people).empty
    odd = flagged(people.assign(flags="little_effort aberrant_person"))
    assert odd["flags"].tolist() == ["little effort, aberrant person"]
