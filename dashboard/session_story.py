"""One session as it went: its path question by question, its state after each, the proof of its record."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from dashboard.item_table import difficulties
from engine._types import Floats
from engine.delivery.edition import Edition
from engine.delivery.events import Asked, Event, Stopped
from engine.delivery.replay import Question, Session, replay
from engine.delivery.sitting import Sitting, resume
from engine.selection.usage import ExposureState
from items.interactions import Choice
from items.interactions.base import RESERVED

HIDDEN = "(hidden)"
"""Stands for what somebody wrote, where the reader may not see people."""
PILOT = "does not count"
OUTCOMES = (
    *("right", "wrong", "partly right", RESERVED["idk"]),
    *(RESERVED["omit"], "waits for a person", PILOT, "not answered"),
)
"""How a question can go."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Where a session stood after some answers.

    Attributes
    ----------
    theta, se : float
        Provisional ability and its standard error (logits); SE is NaN while nothing is scored.
    nodes, posterior : (Q,)
        What was believed of ability, as a density.
    next : str
        The item that the engine asks now, "" where the test ends.
    reason : str
        Why it ends, "" where it goes on.
    """

    theta: float
    se: float
    nodes: Floats
    posterior: Floats
    next: str
    reason: str


def path(edition: Edition, session: Session, *, people: bool) -> pd.DataFrame:
    """Return the session question by question, a row each.

    Columns `position`, `item`, `version`, `difficulty` (logits, NaN without parameters), `answer`, `outcome`
    in a word, `seconds`, `theta`, `se`, and `low`, `high`, the ends of the band after the answer.

    Parameters
    ----------
    people : bool
        Whether the reader may see what somebody wrote.
    """
    table = edition.design.pool.parameters.table
    difficulty = dict(zip(table["item"], difficulties(table), strict=True))
    rows = [
        {
            "position": question.position,
            "item": question.item,
            "version": question.version,
            "difficulty": difficulty.get(question.item, np.nan),
            "answer": _answer(edition, question, people=people),
            "outcome": outcome(edition, question),
            "seconds": np.nan if question.answer is None else question.answer.time_s,
            "theta": _number(question.scored.theta if question.scored else None),
            "se": _number(question.scored.se if question.scored else None),
        }
        for question in session.questions
    ]
    columns = ("position", "item", "version", "difficulty", "answer", "outcome", "seconds", "theta", "se")
    told = pd.DataFrame(rows, columns=list(columns))
    reach = ndtri(0.5 + edition.scale.band / 2) * told["se"].astype(float)
    return told.assign(low=told["theta"] - reach, high=told["theta"] + reach)


def beginning(edition: Edition, session: Session, *, people: bool) -> str:
    """Return a sentence about what was known before the first question, empty if the rules do not ask.

    `people` says whether the reader may see covariates.
    """
    start, known = edition.design.rules.start, session.started.known
    if start.prior is None:
        return ""
    expected = start.prior.expected_of(known)
    if np.isnan(expected):
        return "Not all that the rules ask for was known beforehand: the test began as anybody's."
    told = ", ".join(f"{name} = {value}" for name, value in known.items()) if people else HIDDEN
    return f"The test began at θ = {expected:.2f}, expected of what was known beforehand: {told}."


def outcome(edition: Edition, question: Question) -> str:
    """Return how a question went, in a word."""
    if question.answer is None:
        return "not answered"
    if question.item not in set(edition.design.pool.items):
        return PILOT
    if question.answer.code != "answered":
        return RESERVED[question.answer.code]
    if question.scored is None or question.scored.category is None:
        return "waits for a person"
    most = edition.items[question.item].n_categories - 1
    return {0: "wrong", most: "right"}.get(question.scored.category, "partly right")


def after(
    edition: Edition, events: Sequence[Event], answers: int, exposure: ExposureState | None = None
) -> Step:
    """Return where the session stood after so many answers, by the engine itself.

    `exposure` is the use of items under which it began (`engine.delivery.exposure.exposure_of`).
    """
    sitting = _sitting(edition, events, answers, exposure)
    state = sitting.state
    nodes, weight = state.design.tables.nodes, state.posterior[0]
    current = int(state.current[0])
    return Step(
        theta=float(state.theta[0]),
        se=float(state.se[0]),
        nodes=nodes,
        posterior=weight / (weight.sum() * (nodes[1] - nodes[0])),
        next=state.design.names[current] if current >= 0 else "",
        reason=str(state.stop_reason[0]),
    )


def audit(edition: Edition, events: Sequence[Event], exposure: ExposureState | None = None) -> pd.DataFrame:
    """Return what was recorded beside what the engine does anew, given the recorded draws and answers.

    `exposure` is the use of items under which the session began.

    A row a question and one for the end: `position`, `recorded`, `engine`, `same`.
    """
    rows = []
    for place, event in enumerate(events):
        if not isinstance(event.body, Asked | Stopped):
            continue
        state = resume(edition, replay(events[:place]), exposure).state
        current = int(state.current[0])
        now = state.design.names[current] if current >= 0 else f"the end: {state.stop_reason[0]}"
        body = event.body
        recorded = body.item if isinstance(body, Asked) else f"the end: {body.reason}"
        rows.append((int(state.length[0]) + 1, recorded, now, recorded == now))
    return pd.DataFrame(rows, columns=["position", "recorded", "engine", "same"])


def _sitting(
    edition: Edition, events: Sequence[Event], answers: int, exposure: ExposureState | None
) -> Sitting:
    """Return the sitting as it was when so many questions had been answered and scored, before the next."""
    seen = 0
    for place, event in enumerate(events):
        if isinstance(event.body, Asked):
            if seen == answers:
                return resume(edition, replay(events[:place]), exposure)
            seen += 1
    ended = next((place for place, one in enumerate(events) if isinstance(one.body, Stopped)), len(events))
    return resume(edition, replay(events[:ended]), exposure)


def _answer(edition: Edition, question: Question, *, people: bool) -> str:
    if question.answer is None or question.answer.code != "answered":
        return ""
    choice = isinstance(edition.items[question.item].interaction, Choice)
    return question.answer.value if choice or people else HIDDEN


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
