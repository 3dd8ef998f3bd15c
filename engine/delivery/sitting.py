"""A test under way: pure steps from one answer to the next, shared by the pages and by simulated candidates.

Each step returns the sitting after it and the events to be kept; nothing is kept here.
"""

from dataclasses import dataclass, replace

import numpy as np

from engine.delivery.edition import Edition, finite
from engine.delivery.events import (
    Answered,
    Asked,
    Body,
    Corrected,
    Event,
    Expired,
    Result,
    Scored,
    Stopped,
    moment,
)
from engine.delivery.replay import Question, Session, apply
from engine.session import State, ask, restore, start, tell
from items.scoring import Answer, score

UNSCORED = -1
"""What the engine is told of an answer that waits for a person."""


@dataclass(frozen=True, slots=True, eq=False)
class Sitting:
    """A session as recorded, the edition of the assessment it takes, and the engine's state after it."""

    edition: Edition
    session: Session
    state: State


Step = tuple[Sitting, tuple[Event, ...]]


def begin(edition: Edition, session: str, *, seed: int, at: str, simulated: bool = False) -> Step:
    """Start a session and ask its first question."""
    first = Event(session, 1, at, edition.started(seed=seed, simulated=simulated))
    state = start(edition.design.pool, edition.design.rules, edition.draws(seed))
    sitting, events = _go_on(Sitting(edition, apply(None, first), state), at)
    return sitting, (first, *events)


def resume(edition: Edition, session: Session) -> Sitting:
    """Return the sitting of a recorded session: the engine is told what was asked and answered."""
    asked = edition.design.place(tuple(question.item for question in session.questions))
    told = np.array([_told(question) for question in session.answers], np.int64)
    seconds = np.array([_seconds(question) for question in session.answers])
    design, draws = edition.design, edition.draws(session.started.seed)
    state = restore(design.pool, design.rules, draws, asked[None], told[None], time_s=seconds[None])
    return Sitting(edition, session, state)


def give(sitting: Sitting, answer: Answer, *, at: str) -> Step:
    """Take the answer to the current question, score it, and ask the next question or stop.

    Raises
    ------
    ValueError
        If no question waits for an answer.
    BadInput
        If the answer does not fit the question.
    """
    question = sitting.session.current
    if question is None:
        raise ValueError(f"no question of session {sitting.session.id} waits for an answer")
    scored = score(sitting.edition.items[question.item], answer)
    seconds = max((moment(at) - moment(question.asked_at)).total_seconds(), 0.0)
    told = UNSCORED if scored.category is None else scored.category
    state = tell(sitting.state, np.array([told]), time_s=np.array([seconds]))
    place, (theta, se) = question.position, _estimate(state)
    sitting, events = record(
        replace(sitting, state=state),
        at,
        Answered(position=place, code=answer.code, value=answer.value, time_s=seconds),
        Scored(position=place, category=scored.category, reason=scored.reason, theta=theta, se=se),
    )
    sitting, more = _go_on(sitting, at)
    return sitting, events + more


def expire(sitting: Sitting, *, at: str) -> Step:
    """Close a test that was left open; the result rests on what was answered."""
    return record(sitting, at, Expired(result=result(sitting)))


def rescore(sitting: Sitting, position: int, category: int, *, by: str, reason: str, at: str) -> Step:
    """Give an answer its category after the fact; an ended session gets a revised result.

    The first category of an open answer is a scoring, the change of a category a correction.

    Raises
    ------
    ValueError
        If the question was not answered, or has no such category.
    """
    session = sitting.session
    question = session.question(position)
    if question is None or question.scored is None:
        raise ValueError(f"question {position} of session {session.id} has no answer to score")
    if not 0 <= category < sitting.edition.items[question.item].n_categories:
        raise ValueError(f"question {position} of session {session.id} has no category {category}")
    kind = Scored if question.waiting else Corrected
    body = kind(position=position, category=category, by=by, reason=reason)
    after = resume(sitting.edition, record(sitting, at, body)[0].session)
    theta, se = _estimate(after.state)
    revised = result(after) if session.ended else None
    return record(sitting, at, body.model_copy(update={"result": revised, "theta": theta, "se": se}))


def result(sitting: Sitting) -> Result:
    """Return the result as the rules report it, from what has been answered and scored."""
    session, edition = sitting.session, sitting.edition
    return edition.report(
        sitting.state,
        answered=len(session.answers),
        waiting=sum(question.waiting for question in session.answers),
    )


def record(sitting: Sitting, at: str, *bodies: Body) -> Step:
    """Return the sitting and its new events, numbered after the last."""
    session = sitting.session
    events = tuple(Event(session.id, seq, at, body) for seq, body in enumerate(bodies, session.seq + 1))
    for event in events:
        session = apply(session, event)
    return replace(sitting, session=session), events


def _go_on(sitting: Sitting, at: str) -> Step:
    """Ask the next question, or stop."""
    place = int(ask(sitting.state)[0])
    if place < 0:
        reason = str(sitting.state.stop_reason[0])
        return record(sitting, at, Stopped(reason=reason, result=result(sitting)))
    item = sitting.edition.design.names[place]
    version, position = sitting.edition.items[item].version, len(sitting.session.questions) + 1
    return record(sitting, at, Asked(position=position, item=item, version=version))


def _told(question: Question) -> int:
    """Return what the engine is told of an answered question."""
    category = question.scored.category if question.scored else None
    return UNSCORED if category is None else category


def _seconds(question: Question) -> float:
    return (question.answer and question.answer.time_s) or 0.0


def _estimate(state: State) -> tuple[float, float | None]:
    """Return the provisional ability and its standard error, None while nothing is scored."""
    return float(state.theta[0]), finite(float(state.se[0]))
