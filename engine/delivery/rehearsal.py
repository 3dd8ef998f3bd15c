"""A rehearsal: simulated candidates take an assessment through the very steps that candidates take.

Their events are recorded as anybody's are, marked as simulated in the event that starts each session.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import Engine

from engine.delivery.candidates import QUALITY, Candidate, Truth, crowd
from engine.delivery.edition import Edition
from engine.delivery.events import Body, Event, Problem, Rated, Reported, stamp
from engine.delivery.exposure import count, end_turns, take_turns
from engine.delivery.replay import Question
from engine.delivery.sitting import Sitting, begin, give, record
from engine.delivery.store import append_within
from items.scoring import Answer
from items.storage.database import transaction

BLOCK = 250
"""Candidates whose events are kept in one transaction."""
DAYS = 28
"""The days over which the candidates come."""
READING = timedelta(minutes=5)
"""Time spent on the review."""
LAST = timedelta(hours=3)
"""Time from the last arrival to the end: enough for the slowest to finish and look back."""

COMMENTED, REPORTED = 0.25, 0.3
"""Shares of the ratings that come with a comment, and of the ratings of one star that come with a report."""

COMMENTS: Mapping[int, tuple[str, ...]] = {
    1: ("I still do not see why the answer is right.", "More than one option looks correct to me."),
    2: ("The wording sent me the wrong way.", "Too much to read for one question."),
    3: ("I had to guess what was meant.", "Fine."),
    4: ("The explanation helped.", "Good question."),
    5: ("It made me think.", "Clear question, clear explanation."),
}

REPORTS: tuple[tuple[Problem, str], ...] = (
    ("unclear", "I read it three times and am still not sure what is asked."),
    ("wrong_key", "I worked it out twice and get another answer."),
    ("typo", "There is a word missing."),
)


def rehearse(
    database: Engine,
    edition: Edition,
    truth: Truth,
    *,
    candidates: int,
    rng: np.random.Generator,
    until: datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Let simulated candidates take an assessment, review it and rate its questions.

    Parameters
    ----------
    database : Engine
        Where their events are kept.
    edition : Edition
        What they take.
    truth : Truth
        What they answer by.
    candidates : int
        How many come.
    rng : Generator
        The same generator gives the same sessions.
    until : datetime
        When the last of them is done at the latest (UTC).
    progress : callable, optional
        Told how many have finished.
    """
    quality = rng.normal(0, QUALITY, len(truth.pool))
    days = np.sort(rng.random(candidates) - 1) * DAYS
    for first in range(0, candidates, BLOCK):
        arrivals = [until - LAST + timedelta(days=float(day)) for day in days[first : first + BLOCK]]
        people = crowd(truth, len(arrivals), quality, rng=rng)
        group = [Candidate(truth, people, row) for row in range(len(arrivals))]
        names = [rng.bytes(16).hex() for _ in group]
        seeds = [int(seed) for seed in rng.integers(2**63, size=len(group))]
        turn = take_turns(database, edition, names, seeds)
        times = [stamp(time) for time in arrivals]
        sitting, started = begin(edition, names, seeds=seeds, at=times, simulated=True, turn=turn)
        events = started + _visit(sitting, group, arrivals, rng)
        with transaction(database) as connection:
            append_within(connection, events)
            end_turns(connection, events)
        count(database, edition)
        progress(first + len(arrivals))


def _visit(
    sitting: Sitting, group: Sequence[Candidate], arrivals: Sequence[datetime], rng: np.random.Generator
) -> tuple[Event, ...]:
    """Return the events of candidates who came side by side, from the first answer to the last rating."""
    now = list(arrivals)
    events: tuple[Event, ...] = ()
    while not all(session.ended for session in sitting.sessions):
        answers: list[Answer | None] = []
        for row, (candidate, session) in enumerate(zip(group, sitting.sessions, strict=True)):
            question = session.current
            answers.append(candidate.answer(question.item) if question else None)
            now[row] += timedelta(seconds=candidate.seconds(question.item) if question else 0)
        sitting, more = give(sitting, answers, at=[stamp(time) for time in now])
        events += more
    return events + _review(sitting, group, now, rng)


def _review(
    sitting: Sitting, group: Sequence[Candidate], now: Sequence[datetime], rng: np.random.Generator
) -> tuple[Event, ...]:
    """Return what the candidates say of the questions when they have read the explanations."""
    bodies = (
        [body for question in session.answers for body in _opinions(candidate, question, rng)]
        for candidate, session in zip(group, sitting.sessions, strict=True)
    )
    return record(sitting, [stamp(time + READING) for time in now], bodies)[1]


def _opinions(candidate: Candidate, question: Question, rng: np.random.Generator) -> Iterator[Body]:
    """Yield what the candidate says of a question: stars, perhaps with a comment, and perhaps a report."""
    earned = question.scored is not None and bool(question.scored.category)
    stars = candidate.stars(question.item, earned=earned)
    if not stars:
        return
    about = {"position": question.position, "item": question.item, "version": question.version}
    comment = str(rng.choice(COMMENTS[stars])) if rng.random() < COMMENTED else ""
    yield Rated(**about, stars=stars, comment=comment)
    if stars == 1 and rng.random() < REPORTED:
        problem, text = REPORTS[rng.integers(len(REPORTS))]
        yield Reported(**about, problem=problem, text=text)
