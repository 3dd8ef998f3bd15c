"""Tests under way: pure steps from one answer to the next, for a batch of candidates; a live test has one.

Each step returns the sitting after it and the events to be kept; nothing is kept here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from engine.delivery.edition import Edition, finite
from engine.delivery.events import (
    Answered,
    Asked,
    Body,
    Corrected,
    Event,
    Expired,
    Scored,
    Stopped,
    moment,
)
from engine.delivery.replay import Question, Session, apply
from engine.latent_regression import Known
from engine.selection.usage import ExposureState
from engine.session import ask, restore, start, tell
from engine.state import State
from items.scoring import Answer, score

UNSCORED = -1
"""What the engine is told of an answer that waits for a person."""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """The snapshot of the use of items that sessions begin under: its number, and its numbers."""

    snapshot: int
    exposure: ExposureState


@dataclass(frozen=True, slots=True, eq=False)
class Sitting:
    """N sessions as recorded, the edition of the assessment they take, and the engine's state after them.

    `exposure` is the use of items under which they began, None where nobody had begun before.
    """

    edition: Edition
    sessions: tuple[Session, ...]
    state: State
    exposure: ExposureState | None = None

    @property
    def session(self) -> Session:
        """The only session of a live test."""
        (session,) = self.sessions
        return session


Step = tuple[Sitting, tuple[Event, ...]]


def begin(
    edition: Edition,
    names: Sequence[str],
    *,
    seeds: Sequence[int],
    at: Sequence[str],
    simulated: bool = False,
    turn: Turn | None = None,
    known: Sequence[Known] | None = None,
) -> Step:
    """Start sessions of these names, each with its seed and at its time, and ask their first questions.

    `known` is what is known of each person beforehand; nothing of nobody if not given.
    """
    exposure = turn.exposure if turn else None
    begun = partial(edition.started, simulated=simulated, exposure=turn.snapshot if turn else None)
    firsts = tuple(
        Event(name, 1, time, begun(seed=seed, turn=exposure.started + row if exposure else 0, known=person))
        for row, (name, seed, time, person) in enumerate(
            zip(names, seeds, at, known or [{}] * len(names), strict=True)
        )
    )
    sessions = tuple(apply(None, first) for first in firsts)
    prior = edition.design.prior_of([session.started.known for session in sessions])
    draws = np.concatenate([edition.draws(seed) for seed in seeds])
    state = start(edition.design.pool, edition.design.rules, draws, exposure=exposure, prior=prior)
    sitting = Sitting(edition, sessions, state, exposure)
    sitting, events = _go_on(sitting, at)
    return sitting, firsts + events


def resume(edition: Edition, session: Session, exposure: ExposureState | None = None) -> Sitting:
    """Return the sitting of a recorded session: the engine is told what was asked and answered."""
    asked = edition.design.place(tuple(question.item for question in session.questions))
    told = np.array([_told(question) for question in session.answers], np.int64)
    seconds = np.array([_seconds(question) for question in session.answers])
    design, draws = edition.design, edition.draws(session.started.seed)
    state = restore(
        design.pool,
        design.rules,
        draws,
        asked[None],
        told[None],
        exposure=exposure,
        prior=design.prior_of([session.started.known]),
        time_s=seconds[None],
    )
    return Sitting(edition, (session,), state, exposure)


def give(sitting: Sitting, answers: Sequence[Answer | None], *, at: Sequence[str]) -> Step:
    """Take the answers to the current questions, score them, and ask the next questions or stop.

    Parameters
    ----------
    answers : N answers
        None where a test has ended.
    at : N times
        When each is given.

    Raises
    ------
    ValueError
        If an answer comes where no question waits, or is missing where one does.
    BadInput
        If an answer does not fit its question.
    """
    taken = [
        _take(sitting.edition, session, answer, time)
        for session, answer, time in zip(sitting.sessions, answers, at, strict=True)
    ]
    told = np.array(
        [UNSCORED if one is None or one[1].category is None else one[1].category for one in taken]
    )
    seconds = np.array([one[0].time_s or 0.0 if one else 0.0 for one in taken])
    state = tell(sitting.state, told, time_s=seconds)
    bodies = [
        (one[0], one[1].model_copy(update=_estimate(state, row))) if one else ()
        for row, one in enumerate(taken)
    ]
    sitting, events = record(replace(sitting, state=state), at, bodies)
    sitting, more = _go_on(sitting, at)
    return sitting, events + more


def expire(sitting: Sitting, *, at: str) -> Step:
    """Close a live test that was left open; the result rests on what was answered."""
    (result,) = sitting.edition.results(sitting.state, sitting.sessions)
    return record(sitting, [at], [[Expired(result=result)]])


def rescore(sitting: Sitting, position: int, category: int, *, by: str, reason: str, at: str) -> Step:
    """Give an answer of one session its category after the fact; an ended session gets a revised result.

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
    after = resume(sitting.edition, record(sitting, [at], [[body]])[0].session, sitting.exposure)
    (result,) = sitting.edition.results(after.state, after.sessions) if session.ended else (None,)
    revised = body.model_copy(update={"result": result, **_estimate(after.state, 0)})
    return record(replace(sitting, state=after.state), [at], [[revised]])


def record(sitting: Sitting, at: Sequence[str], bodies: Iterable[Iterable[Body]]) -> Step:
    """Return the sitting and its new events: some for each session, numbered after its last."""
    sessions, events = [], []
    for session, time, news in zip(sitting.sessions, at, bodies, strict=True):
        for body in news:
            events.append(Event(session.id, session.seq + 1, time, body))
            session = apply(session, events[-1])
        sessions.append(session)
    return replace(sitting, sessions=tuple(sessions)), tuple(events)


def _take(
    edition: Edition, session: Session, answer: Answer | None, at: str
) -> tuple[Answered, Scored] | None:
    """Return the answer to a session's current question and its scoring, None where the test has ended."""
    question = session.current
    if (question is None) != (answer is None):
        raise ValueError(f"session {session.id}: an answer and a question that waits for it go together")
    if question is None or answer is None:
        return None
    scored, place = score(edition.items[question.item], answer), question.position
    seconds = max((moment(at) - moment(question.asked_at)).total_seconds(), 0.0)
    return (
        Answered(position=place, code=answer.code, value=answer.value, time_s=seconds),
        Scored(position=place, category=scored.category, reason=scored.reason),
    )


def _go_on(sitting: Sitting, at: Sequence[str]) -> Step:
    """Ask the next questions, and stop the tests that have none."""
    places = ask(sitting.state)
    ending = [row for row, session in enumerate(sitting.sessions) if places[row] < 0 and not session.ended]
    ended = [sitting.sessions[row] for row in ending]
    results = sitting.edition.results(sitting.state.take(np.array(ending, np.int64)), ended) if ending else ()
    reasons = sitting.state.stop_reason
    bodies: list[list[Body]] = [[] for _ in sitting.sessions]
    for row, result in zip(ending, results, strict=True):
        bodies[row].append(Stopped(reason=str(reasons[row]), result=result))
    for row, place in enumerate(places):
        if place < 0:
            continue
        item = sitting.edition.design.names[place]
        version, position = sitting.edition.items[item].version, len(sitting.sessions[row].questions) + 1
        bodies[row].append(Asked(position=position, item=item, version=version))
    return record(sitting, at, bodies)


def _told(question: Question) -> int:
    """Return what the engine is told of an answered question."""
    category = question.scored.category if question.scored else None
    return UNSCORED if category is None else category


def _seconds(question: Question) -> float:
    return (question.answer and question.answer.time_s) or 0.0


def _estimate(state: State, row: int) -> dict[str, float | None]:
    """Return the provisional ability and its standard error, None while nothing is scored."""
    return {"theta": float(state.theta[row]), "se": finite(float(state.se[row]))}
