import pytest

from engine.delivery.events import (
    Answered,
    Asked,
    Body,
    Corrected,
    Event,
    Expired,
    Rated,
    Reported,
    Result,
    Scored,
    Started,
    Stopped,
)
from engine.delivery.replay import Session, apply, replay

START = Started(assessment="dl", edition="e1", bank="b", parameter_set=1, seed=7)


def result(score: int, waiting: int = 0) -> Result:
    return Result(
        theta=0.0, se=0.5, score=score, low=1, high=300, level="L", band=0.95, answered=2, waiting=waiting
    )


def history(*bodies: Body) -> list[Event]:
    return [Event("s", seq, f"2026-11-23T09:30:{seq:02d}.000Z", body) for seq, body in enumerate(bodies, 1)]


FINISHED = (
    START,
    Asked(position=1, item="x", version=1),
    Answered(position=1, code="answered", value="b", time_s=3.0),
    Scored(position=1, category=1, reason="right"),
    Asked(position=2, item="open", version=3),
    Answered(position=2, code="answered", value="because"),
    Scored(position=2, category=None, reason="waits for a person"),
    Stopped(reason="length", result=result(150, waiting=1)),
)


def test_a_started_session_has_no_question_yet():
    session = replay(history(START))
    assert (session.seq, session.current, session.result, session.answers) == (1, None, None, ())


def test_the_last_question_waits_until_it_is_answered():
    session = replay(history(*FINISHED[:2]))
    assert session.current is session.question(1)
    assert replay(history(*FINISHED[:3])).current is None


def test_a_finished_session_has_its_answers_and_its_result():
    session = replay(history(*FINISHED))
    assert [question.item for question in session.answers] == ["x", "open"]
    assert session.result == result(150, waiting=1)
    assert isinstance(session.ended, Stopped)
    assert session.last_at == "2026-11-23T09:30:08.000Z"


def test_no_question_beyond_those_asked():
    session = replay(history(*FINISHED))
    assert session.question(0) is None
    assert session.question(3) is None


def test_the_latest_answer_of_a_question_counts():
    again = Answered(position=1, code="idk")
    session = replay(history(*FINISHED[:3], again))
    assert session.questions[0].answer == again
    assert len(session.questions) == 1


def test_a_later_scoring_revises_the_result_and_keeps_the_earlier_one():
    later = Scored(position=2, category=2, reason="both criteria", by="Ada", result=result(180))
    session = replay(history(*FINISHED, later))
    assert [one.score for one in session.results] == [150, 180]
    assert session.result == result(180)
    assert not session.questions[1].waiting


def test_a_correction_counts_as_a_scoring():
    corrected = Corrected(position=1, category=0, reason="the key was wrong", by="Ada", result=result(120))
    session = replay(history(*FINISHED, corrected))
    assert session.questions[0].scored is corrected
    assert session.result == result(120)


def test_the_latest_rating_counts_and_every_report_is_kept():
    ratings = [Rated(position=1, item="x", version=1, stars=stars) for stars in (2, 5)]
    reports = [Reported(problem="typo", position=1), Reported(problem="unclear", position=1)]
    session = replay(history(*FINISHED, *ratings, *reports))
    assert session.questions[0].rating == ratings[1]
    assert session.reports == tuple(reports)


def test_an_expired_session_has_no_current_question():
    session = replay(history(*FINISHED[:2], Expired(result=result(100))))
    assert session.current is None
    assert session.result == result(100)


def test_folding_step_by_step_is_folding_at_once():
    events = history(*FINISHED)
    session: Session | None = None
    for event in events:
        session = apply(session, event)
    assert session == replay(events)


@pytest.mark.parametrize(
    "events",
    [
        [],
        history(*FINISHED)[1:],
        [*history(*FINISHED)[:2], *history(*FINISHED)[3:]],
        [*history(*FINISHED)[:2], history(*FINISHED)[1]],
        [Event("s", 1, "t", START), Event("other", 2, "t", FINISHED[1])],
    ],
    ids=["nothing", "no start", "a gap", "one twice", "two sessions"],
)
def test_what_is_no_history_is_refused(events: list[Event]):
    with pytest.raises(ValueError):
        replay(events)
