"""The session service: what a candidate does becomes events, kept before anything is answered.

Nothing of a session is held in memory: each call reads its events, folds them, decides, and appends. Where
another writer was first, it reads again and decides anew.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce

from sqlalchemy import Engine

from engine.delivery.assessments import Assessment, offered
from engine.delivery.edition import Edition, load_edition
from engine.delivery.events import Body, Event, Problem, Rated, Reported, moment, stamp
from engine.delivery.exposure import count, end_turns, exposure_of, take_turn
from engine.delivery.invitations import invited
from engine.delivery.replay import Question, Session, apply, replay
from engine.delivery.security import session_id
from engine.delivery.sitting import Sitting, begin, expire, give, rescore, resume
from engine.delivery.store import Conflict, append_within, read
from engine.latent_regression import EARLIER, Known
from engine.selection.usage import ExposureState
from items.scoring import Answer
from items.storage.banks import load_media
from items.storage.database import transaction

OPEN_FOR = timedelta(days=7)
"""How long a test stays open after its last answer."""

ATTEMPTS = 5
"""How often a decision is taken anew where other writers were first."""


class NoSuchAssessment(LookupError):
    """No assessment on offer has this name."""


class NoSuchInvitation(LookupError):
    """Nobody was invited with this token."""


class NoSuchSession(LookupError):
    """No session has this token."""


class NoSuchQuestion(LookupError):
    """The session has not come to this question."""


class NoSuchFigure(LookupError):
    """The question shows no figure of this name."""


class HasEnded(Exception):
    """The test takes no more answers."""


class HasNotEnded(Exception):
    """This comes after the test."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A session as its events tell it, and the edition of the assessment that it takes."""

    edition: Edition
    session: Session
    exposure: ExposureState | None = None

    def sitting(self) -> Sitting:
        """Return the session with the engine's state after it."""
        return resume(self.edition, self.session, self.exposure)


@dataclass(frozen=True, slots=True)
class SessionService:
    """Sessions over a database.

    Parameters
    ----------
    database : Engine
        Where events are kept.
    clock : callable
        Returns the time in UTC.
    new_seed : callable
        Returns the seed of a new session, a whole number below 2**63.
    open_for : timedelta
        How long a test stays open after its last answer.
    """

    database: Engine
    clock: Callable[[], datetime]
    new_seed: Callable[[], int] = lambda: secrets.randbits(63)
    open_for: timedelta = OPEN_FOR

    def offered(self) -> tuple[Assessment, ...]:
        """Return the assessments on offer."""
        return offered(self.database)

    def edition(self, name: str) -> Edition:
        """Return the newest edition of an assessment on offer.

        Raises
        ------
        NoSuchAssessment
            If there is none of this name.
        """
        for one in self.offered():
            if one.id == name:
                return load_edition(self.database, one.edition)
        raise NoSuchAssessment(name)

    def start(self, name: str, token: str, *, after: str = "") -> None:
        """Start the session of a token; starting it again changes nothing.

        Parameters
        ----------
        after : str, optional
            The token of an earlier session; its result is known beforehand, where the rules ask for it.

        Raises
        ------
        NoSuchAssessment
        NoSuchSession
            If no session has the token `after`.
        """
        session = session_id(token)
        if not read(self.database, session):
            edition = self.edition(name)
            known = {**self._told(session), **(_earlier(self.look(after), edition) if after else {})}
            turn, seed = take_turn(self.database, edition, session, self.new_seed())
            _, events = begin(edition, [session], seeds=[seed], at=[self._now()], turn=turn, known=[known])
            self._keep(events, edition)

    def invited_to(self, token: str) -> str | None:
        """Return the assessment that a token invites to, None once it was begun.

        Raises
        ------
        NoSuchInvitation
            If nobody was invited with this token.
        """
        session = session_id(token)
        invitation = invited(self.database, session)
        if invitation is None:
            raise NoSuchInvitation(session)
        return None if read(self.database, session) else invitation.assessment

    def onward(self, now: Recorded) -> tuple[Assessment, ...]:
        """Return the assessments on offer that ask for the result of this session."""
        return tuple(
            edition.assessment
            for edition in (load_edition(self.database, one.edition) for one in self.offered())
            if edition.expects(_earlier(now, edition))
        )

    def look(self, token: str) -> Recorded:
        """Return the session of a token; a test that was left open for too long is closed by this.

        Raises
        ------
        NoSuchSession
            If no session has this token.
        """
        return self._decide(session_id(token), lambda _: ())

    def answer(self, token: str, position: int, answer: Answer) -> bool:
        """Take the answer to question `position`; return whether it is the answer that holds.

        The first answer to a question holds. The same answer again (a double click, a reload) changes
        nothing, another one (a stale tab) is refused.

        Raises
        ------
        NoSuchSession, NoSuchQuestion, HasEnded
        BadInput
            If the answer does not fit the question.
        """

        def take(now: Recorded) -> tuple[Event, ...]:
            if _asked(now, position).answered:
                return ()
            if now.session.ended:
                raise HasEnded(now.session.id)
            return give(now.sitting(), [answer], at=[self._now()])[1]

        kept = _asked(self._decide(session_id(token), take), position).answer
        return kept is not None and (kept.code, kept.value) == (answer.code, answer.value)

    def rate(self, token: str, position: int, stars: int, comment: str = "") -> None:
        """Keep what the candidate thinks of a question, after the test; the latest rating holds.

        Raises
        ------
        NoSuchSession, NoSuchQuestion, HasNotEnded
        ValueError
            If the stars are not 1 to 5.
        """

        def rating(now: Recorded) -> tuple[Event, ...]:
            if not now.session.ended:
                raise HasNotEnded(now.session.id)
            asked = _asked(now, position)
            rated = Rated(
                position=position, item=asked.item, version=asked.version, stars=stars, comment=comment
            )
            return () if rated == asked.rating else self._next(now.session, rated)

        self._decide(session_id(token), rating)

    def report(self, token: str, problem: Problem, text: str, *, position: int | None = None) -> None:
        """Keep a problem that a candidate met in a session, with one of its questions or in general.

        Raises
        ------
        NoSuchSession, NoSuchQuestion
        """

        def reporting(now: Recorded) -> tuple[Event, ...]:
            asked = _asked(now, position) if position else None
            reported = Reported(
                problem=problem,
                text=text,
                position=position,
                item=asked.item if asked else None,
                version=asked.version if asked else None,
            )
            return () if reported in now.session.reports else self._next(now.session, reported)

        self._decide(session_id(token), reporting)

    def receive(self, token: str, problem: Problem, text: str) -> None:
        """Keep a message from outside a test; its token makes a message that is sent twice one message."""
        self._keep((Event(session_id(token), 1, self._now(), Reported(problem=problem, text=text)),))

    def figure(self, token: str, position: int, path: str) -> bytes:
        """Return a figure of a question; one that only its explanation shows, only after the test.

        Raises
        ------
        NoSuchSession, NoSuchQuestion
        NoSuchFigure
            If the question shows none of this name yet.
        """
        now = self.look(token)
        item = now.edition.items[_asked(now, position).item]
        texts = [text.markdown for text in item.texts() if text.content or now.session.ended]
        passage = now.edition.passages.get(item.stimulus, "")
        if path not in item.attachments or not any(path in text for text in (*texts, passage)):
            raise NoSuchFigure(path)
        return load_media(self.database, item.attachments[path])

    def rescore(self, session: str, position: int, category: int, *, by: str, reason: str) -> Recorded:
        """Give an answer its category after the fact, and an ended session a revised result.

        Raises
        ------
        NoSuchSession
        ValueError
            If the question has no answer, or no such category.
        """

        def scoring(now: Recorded) -> tuple[Event, ...]:
            return rescore(now.sitting(), position, category, by=by, reason=reason, at=self._now())[1]

        return self._decide(session, scoring)

    def _told(self, session: str) -> Known:
        """Return what the invitation of a session tells of its person, nothing without one."""
        invitation = invited(self.database, session)
        return invitation.known if invitation else {}

    def _decide(self, session: str, decision: Callable[[Recorded], tuple[Event, ...]]) -> Recorded:
        """Read, decide, append; where another writer was first, once more."""
        for _ in range(ATTEMPTS):
            now = self._load(session)
            events = decision(now)
            if self._keep(events, now.edition):
                return replace(now, session=reduce(apply, events, now.session))
        raise Conflict(f"session {session} is being written to from too many places")

    def _load(self, session: str) -> Recorded:
        events = read(self.database, session)
        if not events or events[0].kind != "started":
            raise NoSuchSession(session)
        now = replay(events)
        edition = load_edition(self.database, now.started.edition)
        recorded = Recorded(edition, now, exposure_of(self.database, edition, now.started))
        if now.ended or self.clock() - moment(now.last_at) <= self.open_for:
            return recorded
        closing = expire(recorded.sitting(), at=self._now())[1]
        if not self._keep(closing, edition):
            return self._load(session)
        return replace(recorded, session=reduce(apply, closing, now))

    def _keep(self, events: tuple[Event, ...], edition: Edition | None = None) -> bool:
        """Append the events, and count what was asked where a test ends; False where another was first."""
        ended = False
        try:
            if events:
                with transaction(self.database) as connection:
                    append_within(connection, events)
                    ended = end_turns(connection, events)
        except Conflict:
            return False
        if ended and edition:
            count(self.database, edition)
        return True

    def _next(self, session: Session, body: Body) -> tuple[Event, ...]:
        return (Event(session.id, session.seq + 1, self._now(), body),)

    def _now(self) -> str:
        return stamp(self.clock())


def _earlier(now: Recorded, edition: Edition) -> Known:
    """Return the result of an ended session as a covariate of a test on the same bank, whose scale is one."""
    result, bank = now.session.result, now.session.started.bank
    if result is None or result.theta is None or bank != edition.assessment.bank:
        return {}
    return {EARLIER: result.theta}


def _asked(now: Recorded, position: int) -> Question:
    question = now.session.question(position)
    if question is None:
        raise NoSuchQuestion(f"question {position} of session {now.session.id}")
    return question
