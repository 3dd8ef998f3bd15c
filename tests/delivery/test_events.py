from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from engine.delivery.events import (
    BODIES,
    SCHEMA,
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
    moment,
    read_body,
    stamp,
)

RESULT = Result(
    theta=0.4, se=0.3, score=170, low=140, high=199, level="Developing", band=0.95, answered=2, waiting=1
)
EXAMPLES: list[Body] = [
    Started(assessment="dl", edition="e1", bank="b", parameter_set=1, seed=7, simulated=True),
    Asked(position=1, item="dl-1", version=2),
    Answered(position=1, code="answered", value="a+c", time_s=12.5),
    Scored(position=1, category=1, reason="option a is correct", theta=0.1, se=0.9),
    Corrected(position=1, category=0, reason="wrong key", by="Ada", result=RESULT, note="the key was c"),
    Stopped(reason="precision", result=RESULT),
    Expired(result=RESULT),
    Rated(position=1, item="dl-1", version=2, stars=4, comment="clear"),
    Reported(problem="wrong_key", text="c is right", position=1, item="dl-1", version=2),
]


def test_every_kind_has_an_example_here():
    assert {body.kind for body in EXAMPLES} == set(BODIES)


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda body: body.kind)
def test_a_body_reads_back_as_it_was_written(body: Body):
    assert read_body(body.kind, SCHEMA, body.model_dump()) == body


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda body: body.kind)
def test_a_body_refuses_fields_it_does_not_know(body: Body):
    with pytest.raises(ValidationError):
        read_body(body.kind, SCHEMA, {**body.model_dump(), "colour": "blue"})


@pytest.mark.parametrize(("kind", "schema"), [("asked", SCHEMA + 1), ("applauded", SCHEMA)])
def test_what_a_later_version_wrote_is_refused_in_words(kind: str, schema: int):
    with pytest.raises(ValueError, match="later version"):
        read_body(kind, schema, {})


def test_stars_go_from_one_to_five():
    for stars in (0, 6):
        with pytest.raises(ValidationError):
            Rated(position=1, item="dl-1", version=1, stars=stars)


def test_times_are_utc_with_milliseconds_and_z():
    at = datetime(2026, 11, 23, 9, 30, 1, 250_999, tzinfo=UTC)
    assert stamp(at) == "2026-11-23T09:30:01.250Z"
    assert moment(stamp(at)) == at.replace(microsecond=250_000)


def test_stamps_sort_as_their_moments_do():
    early = datetime(2026, 9, 30, 23, 59, 59, 999_000, tzinfo=UTC)
    late = datetime(2026, 10, 1, 0, 0, 0, 0, tzinfo=UTC)
    assert stamp(early) < stamp(late)


def test_an_event_tells_its_kind():
    assert Event("s", 1, "2026-11-23T09:30:01.250Z", EXAMPLES[0]).kind == "started"
