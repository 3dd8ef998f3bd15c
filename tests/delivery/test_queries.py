import pandas as pd
import pytest
from sqlalchemy import Engine

from engine.delivery.events import (
    Answered,
    Asked,
    Body,
    Corrected,
    Event,
    Rated,
    Reported,
    Result,
    Scored,
    Started,
    Stopped,
)
from engine.delivery.queries import path, ratings, reports, response_log, sessions
from engine.delivery.store import append

START = Started(assessment="dl", edition="e", bank="b", parameter_set=1, seed=1)
OTHER = START.model_copy(update={"assessment": "other", "simulated": True})


def result(score: int, waiting: int) -> Result:
    return Result(
        theta=0.4, se=0.3, score=score, low=1, high=300, level="L", band=0.95, answered=3, waiting=waiting
    )


def keep(database: Engine, session: str, *bodies: Body) -> None:
    at = "2026-11-23T09:3{}:{:02d}.000Z"
    append(
        database,
        [
            Event(session, seq, at.format(int(session == "late"), seq), body)
            for seq, body in enumerate(bodies, 1)
        ],
    )


@pytest.fixture
def kept(database: Engine) -> Engine:
    keep(
        database,
        "early",
        START,
        Asked(position=1, item="x", version=2),
        Answered(position=1, code="answered", value="a+c", time_s=4.5),
        Scored(position=1, category=1, reason="right", theta=0.2, se=0.8),
        Asked(position=2, item="y", version=1),
        Answered(position=2, code="idk", time_s=2.0),
        Scored(position=2, category=0, reason="idk", theta=0.1, se=0.7),
        Asked(position=3, item="open", version=1),
        Answered(position=3, code="answered", value="because", time_s=60.0),
        Scored(position=3, category=None, reason="waits", theta=0.1, se=0.7),
        Stopped(reason="length", result=result(150, 1)),
        Rated(position=1, item="x", version=2, stars=2),
        Rated(position=1, item="x", version=2, stars=5, comment="after a second look"),
        Reported(problem="typo", text="teh", position=2, item="y", version=1),
        Scored(position=3, category=2, reason="full", by="Ada", result=result(180, 0)),
        Corrected(position=1, category=0, reason="wrong key", by="Ada", result=result(140, 0)),
    )
    keep(database, "late", OTHER, Asked(position=1, item="x", version=2))
    keep(database, "visitor", Reported(problem="feedback", text="nice"))
    return database


def test_the_log_holds_every_answer_and_no_unanswered_question(kept: Engine):
    log = response_log(kept)
    assert list(log.columns) == [
        *("person", "item", "version", "response", "score", "time_s", "position", "timestamp", "simulated")
    ]
    assert list(log["item"]) == ["x", "y", "open"]
    assert list(log["response"]) == ["a+c", "idk", "because"]
    assert list(log["score"]) == [0, 0, 2]
    assert list(log["time_s"]) == [4.5, 2.0, 60.0]
    assert list(log["version"]) == [2, 1, 1]
    assert not log["simulated"].any()


def test_the_log_of_one_assessment_leaves_the_others_out(kept: Engine):
    assert len(response_log(kept, assessment="dl")) == 3
    assert response_log(kept, assessment="other").empty


def test_an_empty_database_has_an_empty_log(database: Engine):
    for table in (response_log(database), sessions(database), ratings(database), reports(database)):
        assert table.empty
        assert len(table.columns) > 5


def test_a_score_that_waits_is_missing(database: Engine):
    keep(
        database,
        "s",
        START,
        Asked(position=1, item="open", version=1),
        Answered(position=1, code="answered", value="because"),
        Scored(position=1, category=None, reason="waits"),
    )
    assert response_log(database)["score"].isna().all()


def test_sessions_show_their_newest_result(kept: Engine):
    table = sessions(kept).set_index("session")
    assert list(table.index) == ["early", "late"]
    assert table.loc["early", ["asked", "reason", "score", "waiting"]].tolist() == [3, "length", 140, 0]
    assert pd.isna(table.loc["late", "score"])
    assert table["simulated"].tolist() == [False, True]


def test_a_path_tells_a_session_question_by_question(kept: Engine):
    table = path(kept, "early")
    assert table["position"].tolist() == [1, 2, 3]
    assert table["theta"].tolist()[1] == 0.1


def test_the_rating_that_holds_comes_with_the_answers_category(kept: Engine):
    table = ratings(kept)
    assert table[["stars", "comment", "category"]].values.tolist() == [[5, "after a second look", 0]]


def test_reports_come_from_sessions_and_from_visitors(kept: Engine):
    table = reports(kept).set_index("session")
    assert table["problem"].to_dict() == {"early": "typo", "visitor": "feedback"}
    assert pd.isna(table.loc["visitor", "item"])
