"""What the result page says: the score, how sure it is, why the test stopped, and what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.delivery.events import Result, moment
from engine.delivery.replay import Question, Session
from engine.design import EXHAUSTED
from engine.scale import Scale
from items.item import Item

STOPPED: Mapping[str, str] = {
    "precision": "The test stopped when it was sure enough.",
    "length": "The test stopped at its full length.",
    EXHAUSTED: "The test stopped because it had no further question for you.",
    "expired": "The test was closed because it had been left open for too long.",
}

FIRST = "You are at the start of this domain: its foundations are the place to go next."
BETWEEN = "You can solve the common problems of this domain; the harder ones are your next step."
LAST = "You can work through hard problems in this domain and judge solutions to them."


@dataclass(frozen=True, slots=True)
class ShownLevel:
    """One level on the bar: its beginning and width in per cent, and whether the band touches it."""

    name: str
    x: float
    width: float
    reached: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """The score and its band on the level bar; places in per cent of its width."""

    levels: tuple[ShownLevel, ...]
    at: float
    low: float
    width: float
    middle: float
    anchor: str
    text: str
    words: str


@dataclass(frozen=True, slots=True)
class SkillCount:
    """How many questions on a skill were asked, answered correctly, and wait for a person."""

    skill: str
    asked: int
    right: int
    waiting: int


@dataclass(frozen=True, slots=True)
class ShownResult:
    """The result page in words and numbers."""

    score: int | None
    level: str
    lowest: int
    highest: int
    bar: Bar | None
    sentences: tuple[str, ...]
    meaning: tuple[str, ...]
    skills: tuple[SkillCount, ...]
    provisional: bool
    simulated: bool
    day: str
    date: str


def shown_result(session: Session, items: Mapping[str, Item], scale: Scale) -> ShownResult:
    """Return what the result page says of an ended session.

    Raises
    ------
    ValueError
        If the session has no result yet.
    """
    result = session.result
    if result is None or session.ended is None:
        raise ValueError(f"session {session.id} has not ended")
    skills = skill_counts(session.questions, items)
    day = moment(session.ended_at)
    return ShownResult(
        score=result.score,
        level=result.level,
        lowest=scale.lowest,
        highest=scale.highest,
        bar=level_bar(result, scale),
        sentences=tuple(_sentences(session, result)),
        meaning=tuple(_meaning(result, scale, skills)),
        skills=skills,
        provisional=result.waiting > 0,
        simulated=session.started.simulated,
        day=f"{day:%Y-%m-%d}",
        date=f"{day.day} {day:%B %Y}",
    )


def level_bar(result: Result, scale: Scale) -> Bar | None:
    """Return the bar of levels with the score and its band, or None without a score."""
    if result.score is None or result.low is None or result.high is None:
        return None
    at, low, high = (_place(value, scale) for value in (result.score, result.low, result.high))
    middle = (low + high) / 2
    return Bar(
        levels=_levels(result.low, result.high, scale),
        at=at,
        low=low,
        width=high - low,
        middle=0 if middle < 8 else 100 if middle > 92 else middle,
        anchor="start" if middle < 8 else "end" if middle > 92 else "middle",
        text=f"{result.low} – {result.high}",
        words=f"Score {result.score}, {result.level}; between {result.low} and {result.high} "
        f"on a scale from {scale.lowest} to {scale.highest}.",
    )


def skill_counts(questions: Sequence[Question], items: Mapping[str, Item]) -> tuple[SkillCount, ...]:
    """Return the answered questions counted by skill, in the order in which the skills were met."""
    met: dict[str, list[Question]] = {}
    for question in questions:
        if question.answered:
            met.setdefault(items[question.item].skill, []).append(question)
    return tuple(
        SkillCount(
            skill,
            asked=len(group),
            right=sum(_is_right(question, items) for question in group),
            waiting=sum(question.waiting for question in group),
        )
        for skill, group in met.items()
    )


def joined(words: Sequence[str]) -> str:
    """Return the words as a list in a sentence: `a, b and c`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def counted(n: int, noun: str) -> str:
    """Return a number of things in words: `1 question`, `17 questions`."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _place(score: float, scale: Scale) -> float:
    return round(100 * (score - scale.lowest) / (scale.highest - scale.lowest), 2)


def _levels(low: int, high: int, scale: Scale) -> tuple[ShownLevel, ...]:
    firsts = sorted((first, name) for name, first in scale.levels.items())
    ends = [first for first, _ in firsts[1:]] + [scale.highest]
    return tuple(
        ShownLevel(
            name=name,
            x=_place(first, scale),
            width=max(_place(end, scale) - _place(first, scale) - (0 if end == scale.highest else 0.4), 0),
            reached=low < end + (end == scale.highest) and high >= first,
        )
        for (first, name), end in zip(firsts, ends, strict=True)
    )


def _sentences(session: Session, result: Result) -> list[str]:
    """Return how sure the score is, what it rests on and why the test stopped, and what may change yet."""
    told = [_sure(result), f"{_counts(session)} {_stopped(session)}"]
    if result.waiting:
        told.append(
            f"A person has still to read {counted(result.waiting, 'answer')}, so this result is provisional. "
            "Come back to this page to see the final one."
        )
    if len(session.results) > 1:
        first = session.results[0].score
        told.append(f"The result has been revised since the end of the test, when the score was {first}.")
    return told


def _sure(result: Result) -> str:
    if result.score is None:
        return "There are too few answers for a score that would mean something."
    sure = f"{100 * result.band:g} %"
    return f"We are {sure} sure that your score lies between {result.low} and {result.high}."


def _stopped(session: Session) -> str:
    reason = session.ended.reason if session.ended else ""
    return STOPPED.get(reason, "The test stopped by its rules.")


def _counts(session: Session) -> str:
    codes = [question.answer.code for question in session.questions if question.answer]
    said = f"You were asked {counted(len(codes), 'question')}"
    parts = [
        f"answered {codes.count('answered')}",
        f"said “I don’t know yet” to {codes.count('idk')}" if "idk" in codes else "",
        f"left {codes.count('omit')} blank" if "omit" in codes else "",
    ]
    return f"{said}: you {joined([part for part in parts if part])}."


def _meaning(result: Result, scale: Scale, skills: Sequence[SkillCount]) -> list[str]:
    """Return what the level says, whether it is certain, and what to learn next."""
    if result.low is None or result.high is None or not scale.levels:
        return []
    names = [name for _, name in sorted((first, name) for name, first in scale.levels.items())]
    told = [FIRST if result.level == names[0] else LAST if result.level == names[-1] else BETWEEN]
    touched = [level.name for level in _levels(result.low, result.high, scale) if level.reached]
    if len(touched) > 1:
        told.append(
            f"The band reaches from {touched[0]} into {touched[-1]}, so the level itself is not certain."
        )
    open_skills = [one.skill for one in skills if one.right == 0 and one.waiting == 0]
    if open_skills:
        told.append(f"A good place to go next: {joined(open_skills[:3])}.")
    return told


def _is_right(question: Question, items: Mapping[str, Item]) -> bool:
    scored = question.scored
    return scored is not None and scored.category == items[question.item].n_categories - 1
