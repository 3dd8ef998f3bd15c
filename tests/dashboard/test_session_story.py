"""One session: its path, its steps, and the proof that the engine does what was recorded."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import insert

from dashboard import loading
from dashboard.figures.session_path import draw_posterior, draw_session_path, session_path
from dashboard.figures.theme import svg
from dashboard.session_story import HIDDEN, after, audit, beginning, path
from dashboard.store import read_model, session_list
from dashboard.store.read_tables import session_table
from dashboard.store.session_list import UNDER_WAY, Wanted
from dashboard.views import sessions_view
from engine import CatRules
from engine.delivery.edition import load_edition
from engine.delivery.events import Asked, Stopped
from engine.delivery.replay import replay
from engine.delivery.store import read
from engine.design import Design
from items.storage.database import connect, migrate, transaction
from tests.dashboard.opening import open_page


@pytest.fixture(scope="module")
def recorded(rehearsed):
    """Return the edition and the events of the first twelve sessions of the demonstration."""
    database = connect(f"sqlite:///{rehearsed / 'itemwise.db'}")
    rows = read_model.sessions(database)
    edition = load_edition(database, rows["edition"].iloc[0])
    events = [read(database, name) for name in rows["session"].head(12)]
    yield edition, events
    database.dispose()


def test_the_engine_does_what_was_recorded(recorded):
    edition, sessions = recorded
    for events in sessions:
        table = audit(edition, events)
        assert table["same"].all()
        assert len(table) == len(replay(events).questions) + 1
        assert table["recorded"].iloc[-1].startswith("the end: ")


def test_what_was_known_beforehand_is_told_to_those_who_may_see_people(recorded):
    edition, sessions = recorded
    session = replay(sessions[0])
    assert beginning(edition, session, people=True) == "", "the rules ask for nothing"
    text = f"[start.prior]\nintercept = -1\nsd = 0.5\nslopes = {{ years = 0.4 }}\n{edition.assessment.rules}"
    asking = replace(edition, design=Design.of(edition.design.pool, CatRules.parse(text)))
    assert beginning(asking, session, people=True).startswith("Not all that the rules ask for was known")
    known = replace(session, started=session.started.model_copy(update={"known": {"years": 5}}))
    told = "The test began at θ = 1.00, expected of what was known beforehand: "
    assert beginning(asking, known, people=True) == f"{told}years = 5."
    assert beginning(asking, known, people=False) == f"{told}{HIDDEN}."


def test_a_record_that_somebody_changed_is_found(recorded):
    edition, sessions = recorded
    events = list(sessions[0])
    place = [number for number, one in enumerate(events) if isinstance(one.body, Asked)][4]
    other = next(name for name in edition.items if name not in {q.item for q in replay(events).questions})
    body = events[place].body.model_copy(update={"item": other, "version": edition.items[other].version})
    events[place] = replace(events[place], body=body)
    table = audit(edition, events[: place + 1])
    assert table["same"].tolist() == [True] * 4 + [False]
    assert table["recorded"].iloc[-1] == other
    assert table["engine"].iloc[-1] != other
    ended = list(sessions[0])
    place = next(number for number, one in enumerate(ended) if isinstance(one.body, Stopped))
    ended[place] = replace(ended[place], body=ended[place].body.model_copy(update={"reason": "boredom"}))
    assert not audit(edition, ended)["same"].iloc[-1]


def test_the_steps_are_those_of_the_path(recorded):
    edition, sessions = recorded
    events = sessions[1]
    session = replay(events)
    told = path(edition, session, people=True)
    for answers in (1, 5, len(session.answers)):
        step = after(edition, events, answers)
        assert step.theta == pytest.approx(told["theta"].iloc[answers - 1])
        assert np.trapezoid(step.posterior, step.nodes) == pytest.approx(1, abs=1e-6)
    assert after(edition, events, 0).next == session.questions[0].item
    assert np.isnan(after(edition, events, 0).se)
    last = after(edition, events, len(session.answers))
    assert (last.next, last.reason) == ("", session.ended.reason)
    mean = np.trapezoid(last.posterior * last.nodes, last.nodes)
    assert mean == pytest.approx(last.theta, abs=1e-6), "the provisional ability is the posterior mean (EAP)"


def test_the_path_tells_band_difficulty_and_outcome(recorded):
    edition, sessions = recorded
    told = pd.concat([path(edition, replay(events), people=True) for events in sessions])
    scored = told[told["se"].notna()]
    assert ((scored["high"] - scored["low"]) / scored["se"]).round(4).eq(round(2 * 1.959964, 4)).all()
    assert {"right", "wrong", "does not count"} <= set(told["outcome"])
    table = edition.design.pool.parameters.table.set_index("item")
    plain = told[told["item"].map(table["model"]) == "2pl"]
    assert np.allclose(plain["difficulty"], plain["item"].map(table["b"]))
    assert told.loc[told["outcome"] == "does not count", "difficulty"].isna().all()


def test_what_somebody_wrote_is_hidden_from_who_may_not_see_people(recorded):
    edition, sessions = recorded
    shown = pd.concat([path(edition, replay(events), people=True) for events in sessions])
    hidden = pd.concat([path(edition, replay(events), people=False) for events in sessions])
    wrote = hidden["answer"] == HIDDEN
    assert wrote.any()
    assert not (shown["answer"] == HIDDEN).any()
    kinds = {type(edition.items[name].interaction).__name__ for name in hidden.loc[wrote, "item"]}
    assert not kinds & {"SingleChoice", "MultipleChoice"}


def test_the_figures_hold_the_path_and_the_posterior(recorded):
    edition, sessions = recorded
    told = path(edition, replay(sessions[2]), people=True)
    shown = draw_session_path(session_path(told, band=0.95))
    assert f"θ = {told['theta'].dropna().iloc[-1]:.2f}" in shown.sentence
    assert svg(shown).startswith("<svg")
    empty = draw_session_path(session_path(told.assign(theta=np.nan), band=0.95))
    assert "No answer has been scored" in empty.sentence
    assert "1 answer" in draw_posterior(after(edition, sessions[2], 1), answers=1).title


ROWS = pd.DataFrame(
    {
        "session": ["aa", "bb", "cc"],
        "bank": ["dl", "dl", "other"],
        "assessment": ["x", "y", "x"],
        "edition": "e",
        "parameter_set": 1,
        "started_at": ["2026-11-02T10:20:30.000Z", "2026-11-03T10:20:30.000Z", "2026-11-03T10:20:30.000Z"],
        "last_at": "2026-11-03T11:00:00.000Z",
        "reason": ["length", None, "length"],
        "asked": [12, 3, 9],
        "se": [0.4, None, 0.3],
        "simulated": [True, False, True],
    }
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return a database with the sessions of `ROWS`."""
    database = connect(f"sqlite:///{tmp_path_factory.mktemp('sessions') / 'itemwise.db'}")
    migrate(database)
    with transaction(database) as connection:
        connection.execute(insert(session_table), ROWS.astype(object).to_dict("records"))
    yield database
    database.dispose()


def test_who_may_not_see_people_sees_numbers_and_days(kept):
    rows = session_list.listed(kept, Wanted("dl"), people=False)
    assert rows["session"].tolist() == ["session 2", "session 1"]
    assert rows["started"].tolist() == ["2026-11-03", "2026-11-02"]
    named = session_list.listed(kept, Wanted("dl"), people=True)
    assert named["session"].tolist() == named["id"].tolist() == ["bb", "aa"]
    assert named["started"].tolist() == ["2026-11-03 10:20", "2026-11-02 10:20"]
    assert rows["state"].tolist() == [UNDER_WAY, "length"]
    assert session_list.listed(kept, Wanted("dl"), people=True, most=1)["session"].tolist() == ["bb"]


def test_a_number_stays_that_of_the_session_whatever_is_looked_for(kept):
    found = session_list.listed(kept, Wanted("dl", states=(UNDER_WAY,)), people=False)
    assert found["session"].tolist() == ["session 2"]
    assert session_list.named(kept, "dl", "session 2", people=False)["id"].tolist() == ["bb"]
    assert session_list.named(kept, "dl", "bb", people=True)["id"].tolist() == ["bb"]
    assert session_list.named(kept, "dl", "bb", people=False).empty
    assert session_list.named(kept, "dl", "cc", people=True).empty


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, ["bb", "aa"]),
        ({"assessments": ("x",)}, ["aa"]),
        ({"states": (UNDER_WAY,)}, ["bb"]),
        ({"days": ("2026-11-03", "2026-11-03")}, ["bb"]),
        ({"lengths": (5, 20)}, ["aa"]),
        ({"least_se": 0.35}, ["aa"]),
        ({"simulated": False}, ["bb"]),
    ],
)
def test_filters_of_the_sessions(change, found, kept):
    wanted = Wanted("dl", **change)
    assert session_list.listed(kept, wanted, people=True)["session"].tolist() == found
    assert session_list.count(kept, wanted) == len(found)


def test_sessions_are_counted_by_kind(kept):
    kinds = session_list.kinds(kept).set_index(["bank", "assessment"])
    assert kinds["n"].to_dict() == {("dl", "x"): 1, ("dl", "y"): 1, ("other", "x"): 1}
    assert kinds.loc[("dl", "y"), ["state", "first", "last", "fewest", "most"]].tolist() == [
        UNDER_WAY, "2026-11-03", "2026-11-03", 3, 3,
    ]  # fmt: skip


def _page(**query):
    return open_page("sessions", **query)


def test_one_session_is_shown_replayed_and_checked(workspace):
    loading.forget()
    database = connect(f"sqlite:///{workspace / 'itemwise.db'}")
    name = read_model.sessions(database)["session"].iloc[0]
    page = _page(session=name)
    assert not page.exception
    assert page.header[0].value == f"Session {name[:8]} …"
    side = page.button_group(key="session side").set_value("Does the record hold")
    assert "does the same at all" in side.run().success[0].value
    page = page.button_group(key="session side").set_value("Step by step").run()
    slider = next(one for one in page.slider if one.label == "After how many answers")
    page = slider.set_value(3).run()
    assert any("Question 3 was" in one.value for one in page.markdown)
    assert "no session" in _page(session="nobody").warning[0].value
    database.dispose()


def test_a_viewer_sees_no_identity(workspace, monkeypatch):
    loading.forget()
    from dashboard import access

    monkeypatch.setattr(access, "person", lambda database: access.Person("eve@example.org", "viewer"))
    page = _page(session="session 1")
    assert not page.exception
    assert page.header[0].value == "Session 1"
    database = connect(f"sqlite:///{workspace / 'itemwise.db'}")
    names = set(read_model.sessions(database)["session"])
    database.dispose()
    shown = page.dataframe[0].value
    assert not names & set(shown["session"])
    assert shown["session"].str.match(r"session \d+").all()
    assert sessions_view.COLUMNS.keys() >= {"session"}
