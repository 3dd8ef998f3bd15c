"""The morning's view: what to do first, the newest day's sessions, pilots, flags by severity."""

import pandas as pd
import pytest

from dashboard.figures.session_day import draw_session_day
from dashboard.overview import by_severity, newest_day, pilot_progress, states, tasks

ITEMS = pd.DataFrame(
    {
        "item": list("abcd"),
        "title": list("ABCD"),
        "state": ["pilot", "pilot", "operational", "draft"],
        "n": [100, 250, 999, 0],
    }
)
NO_QUEUE = pd.DataFrame(columns=["item", "urgent", "state", "due"])


def test_states_are_counted_in_the_order_of_an_items_life():
    assert list(states(ITEMS).items()) == [("draft", 1), ("pilot", 2), ("operational", 1)]


def test_pilots_that_are_nearest_come_first():
    pilots = pilot_progress(ITEMS)
    assert pilots["item"].tolist() == ["b", "a"]
    assert pilots["missing"].tolist() == [0, 150]
    assert pilots["done"].tolist() == [1.0, 0.4]


def _sessions():
    return pd.DataFrame(
        [
            ("2026-11-23T10:00:00.000Z", "length", 30, 0.9),
            ("2026-11-24T10:00:00.000Z", "precision", 12, 0.30),
            ("2026-11-24T11:00:00.000Z", "precision", 14, 0.40),
            ("2026-11-24T12:00:00.000Z", "length", 30, 0.50),
            ("2026-11-24T23:00:00.000Z", None, None, None),
        ],
        columns=["started_at", "reason", "answered", "se"],
    )


def test_only_the_newest_day_counts_and_open_sessions_have_no_reason():
    day = newest_day(_sessions())
    assert (day.date, day.sessions, day.finished) == ("2026-11-24", 4, 3)
    first = day.reasons.iloc[0]
    assert (first["reason"], first["sessions"], first["questions"]) == ("precision", 2, 13)
    assert first["se"] == pytest.approx(0.35)
    assert first["se_low"] == pytest.approx(0.31), "a tenth of the way from 0.30 to 0.40"
    assert "4 sessions began on 2026-11-24 (UTC), 3 of them ended" in draw_session_day(day).sentence
    assert newest_day(_sessions().iloc[:0]) is None


def test_flags_are_counted_by_severity_with_what_it_means():
    flags = pd.DataFrame({"item": ["a", "a", "b"], "flag": ["x", "y", "x"], "severity": [5, 2, 5]})
    table = by_severity(flags)
    assert table["items"].tolist() == [2, 1]
    assert table["means"].iloc[0] == "scores are wrong"


def _queue(**changes):
    rows = {"item": ["a", "b", "c"], "urgent": True, "state": ["new", "triaged", "fixed"], "due": ""}
    return pd.DataFrame(rows | changes)


def _tasks(queue=NO_QUEUE, pilots=None, **changes):
    told = {"proposed": None, "drifted": 0, "new_answers": 0, "today": "2026-11-24"}
    empty = pilot_progress(ITEMS.iloc[2:])
    return [one.words for one in tasks(queue, empty if pilots is None else pilots, **(told | changes))]


def test_what_nobody_looked_at_comes_first_and_nothing_is_asked_twice():
    assert _tasks() == []
    told = _tasks(_queue(), proposed=3, drifted=2, new_answers=4000)
    assert told[0].startswith("1 item may have a wrong key or be biased")
    assert [words[:15] for words in told[1:]] == ["Parameter set 3", "2 items moved t", "4,000 answers w"]


def test_only_open_work_can_be_late():
    late = ["", "2026-11-23", "2026-11-23"]
    assert any("1 item in triage should have been settled" in one for one in _tasks(_queue(due=late)))
    assert not any("settled" in one for one in _tasks(_queue(due=["", "2026-11-24", ""])))


def test_pilots_with_enough_answers_ask_for_a_calibration():
    assert _tasks(pilots=pilot_progress(ITEMS)) == [
        "A calibration can judge 1 item on trial: the answers suffice now."
    ]
