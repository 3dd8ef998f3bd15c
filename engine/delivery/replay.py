"""The fold: a session is what its events make of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a session, with its latest answer, its latest scoring and its latest rating."""

    position: int
    item: str
    version: int
    asked_at: str
    answer: Answered | None = None
    answered_at: str = ""
    scored: Scored | None = None
    rating: Rated | None = None

    @property
    def answered(self) -> bool:
        """Whether the candidate went on from here, with or without an answer."""
        return self.answer is not None

    @property
    def waiting(self) -> bool:
        """Whether a person has still to score the answer."""
        return self.scored is not None and self.scored.category is None


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its events tell it; `results` holds every result it ever had, the newest last."""

    id: str
    seq: int
    started: Started
    started_at: str
    last_at: str
    questions: tuple[Question, ...] = ()
    ended: Stopped | Expired | None = None
    ended_at: str = ""
    results: tuple[Result, ...] = ()
    reports: tuple[Reported, ...] = ()

    @property
    def current(self) -> Question | None:
        """The question that waits for its answer, if there is one."""
        if self.ended or not self.questions or self.questions[-1].answered:
            return None
        return self.questions[-1]

    @property
    def answers(self) -> tuple[Question, ...]:
        """The questions that the candidate has been through."""
        return tuple(question for question in self.questions if question.answered)

    @property
    def result(self) -> Result | None:
        """The result that holds now."""
        return self.results[-1] if self.results else None

    def question(self, position: int) -> Question | None:
        """Question `position` (1, 2, …), if it was asked."""
        return self.questions[position - 1] if 1 <= position <= len(self.questions) else None


def replay(events: Iterable[Event]) -> Session:
    """The session that the events tell.

    Raises
    ------
    ValueError
        If there are no events, or they are not one session's events 1, 2, 3, … in order.
    """
    session = reduce(apply, events, None)
    if session is None:
        raise ValueError("a session needs at least the event that started it")
    return session


def apply(session: Session | None, event: Event) -> Session:
    """The session after one more event."""
    if session is None:
        return _started(event)
    if (event.session, event.seq) != (session.id, session.seq + 1):
        raise ValueError(
            f"event {event.seq} of session {event.session} cannot follow event {session.seq} of {session.id}"
        )
    session = _FOLDS[type(event.body)](session, event.body, event.at)
    return replace(session, seq=event.seq, last_at=event.at)


def _started(event: Event) -> Session:
    if not isinstance(event.body, Started) or event.seq != 1:
        raise ValueError(f"the first event of session {event.session} is not its start")
    return Session(event.session, 1, event.body, event.at, event.at)


def _asked(session: Session, body: Asked, at: str) -> Session:
    question = Question(body.position, body.item, body.version, at)
    return replace(session, questions=(*session.questions, question))


def _answered(session: Session, body: Answered, at: str) -> Session:
    return _change(session, body.position, answer=body, answered_at=at)


def _scored(session: Session, body: Scored, at: str) -> Session:
    session = _change(session, body.position, scored=body)
    return replace(session, results=(*session.results, body.result)) if body.result else session


def _ended(session: Session, body: Stopped | Expired, at: str) -> Session:
    return replace(session, ended=body, ended_at=at, results=(*session.results, body.result))


def _rated(session: Session, body: Rated, at: str) -> Session:
    return _change(session, body.position, rating=body)


def _reported(session: Session, body: Reported, at: str) -> Session:
    return replace(session, reports=(*session.reports, body))


def _change(session: Session, position: int, **fields: Any) -> Session:
    before, after = session.questions[: position - 1], session.questions[position:]
    changed = replace(session.questions[position - 1], **fields)
    return replace(session, questions=(*before, changed, *after))


_FOLDS: Mapping[type[Body], Callable[[Session, Any, str], Session]] = {
    Asked: _asked,
    Answered: _answered,
    Scored: _scored,
    Corrected: _scored,
    Stopped: _ended,
    Expired: _ended,
    Rated: _rated,
    Reported: _reported,
}
