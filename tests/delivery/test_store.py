from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from engine.delivery.events import Answered, Asked, Event, Rated, Result, Started, Stopped
from engine.delivery.store import Conflict, append, read

AT = "2026-11-23T09:30:00.000Z"
START = Started(assessment="dl", edition="e1", bank="b", parameter_set=1, seed=2**63 - 1)
RESULT = Result(theta=0.1 + 0.2, se=None, score=150, low=1, high=300, level="L", band=0.95, answered=1)
STORY = (
    START,
    Asked(position=1, item="x", version=1),
    Answered(position=1, code="answered", value="naïve + 東京 ' \" \\ 😀"),
    Stopped(reason="length", result=RESULT),
)


def story(session: str = "s") -> tuple[Event, ...]:
    return tuple(Event(session, seq, AT, body) for seq, body in enumerate(STORY, 1))


def test_events_come_back_as_they_went_in(database: Engine):
    append(database, story())
    assert read(database, "s") == story()


def test_an_unknown_session_has_no_events(database: Engine):
    assert read(database, "nobody") == ()


def test_sessions_do_not_mix(database: Engine):
    append(database, story("s") + story("t"))
    assert {event.session for event in read(database, "t")} == {"t"}


def test_a_number_that_is_taken_is_a_conflict_and_nothing_is_kept(database: Engine):
    append(database, story()[:2])
    with pytest.raises(Conflict):
        append(database, (story()[2], story()[1]))
    assert read(database, "s") == story()[:2]


def test_of_many_writers_of_one_number_exactly_one_wins(database: Engine):
    append(database, story()[:1])

    def write(stars: int) -> bool:
        body = Rated(position=1, item="x", version=1, stars=stars)
        try:
            append(database, (Event("s", 2, AT, body),))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as writers:
        won = list(writers.map(write, [1, 2, 3, 4, 5] * 4))
    assert sum(won) == 1
    assert len(read(database, "s")) == 2


def test_writers_of_different_sessions_all_succeed(database: Engine):
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda n: append(database, story(f"s{n}")), range(40)))
    assert all(len(read(database, f"s{n}")) == 4 for n in range(40))
