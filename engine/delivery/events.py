"""What is recorded of a session: small frozen facts in the order in which they happened.

A session is nothing but its events; `engine.delivery.replay` folds them. Each kind of event has a body below.
A body never changes its meaning: a new shape gets a new schema number and a reader for the old one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from items.scoring import Code

SCHEMA = 1

Problem = Literal["wrong_key", "unclear", "typo", "technical", "biased", "other", "feedback"]


class Record(BaseModel):
    """A frozen record that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Result(Record):
    """A reported result: ability θ with its standard error, and what it is on the reporting scale.

    `band` is the probability of the interval from `low` to `high` (score points); `waiting` counts the
    answers that a person has still to score, so a result with `waiting > 0` is provisional.
    """

    theta: float | None
    se: float | None
    score: int | None
    low: int | None
    high: int | None
    level: str
    band: float
    answered: int
    waiting: int = 0
    status: str = "ok"


class Body(Record):
    """The content of one event; `kind` names it in the store."""

    kind: ClassVar[str]


class Started(Body):
    """A candidate began: everything that the choice of questions depends on.

    `exposure` is the snapshot of the use of items that it began under, None for an empty one; `turn` counts
    the sessions that had begun under it before. `known` is what the rules ask for of a person, as far as it
    was known beforehand: covariates by name.
    """

    kind: ClassVar[str] = "started"
    assessment: str
    edition: str
    bank: str
    parameter_set: int
    seed: int
    exposure: int | None = None
    turn: int = 0
    known: dict[str, float | str] = Field(default_factory=dict)
    simulated: bool = False


class Asked(Body):
    """Question `position` (1, 2, …) is version `version` of `item`."""

    kind: ClassVar[str] = "asked"
    position: int
    item: str
    version: int


class Answered(Body):
    """The candidate's answer: `code` is answered, idk or omit; `value` is written as in the log."""

    kind: ClassVar[str] = "answered"
    position: int
    code: Code
    value: str = ""
    time_s: float | None = None


class Scored(Body):
    """The category (0..K-1) of an answer and why; no category means that a person has still to score it.

    `theta` and `se` are the estimate after it. A scoring after the end carries the revised `result`.
    """

    kind: ClassVar[str] = "scored"
    position: int
    category: int | None
    reason: str
    by: str = "key"
    theta: float | None = None
    se: float | None = None
    result: Result | None = None


class Corrected(Scored):
    """A person changed the category of an answer after the fact, and with it the result."""

    kind: ClassVar[str] = "corrected"
    note: str = ""


class Stopped(Body):
    """The test ended by its rules; `reason` is the stopping rule's own word."""

    kind: ClassVar[str] = "stopped"
    reason: str
    result: Result


class Expired(Body):
    """The test was left open too long; the result rests on what was answered."""

    kind: ClassVar[str] = "expired"
    reason: str = "expired"
    result: Result


class Rated(Body):
    """What the candidate thinks of a question: 1 to 5 stars, and a comment."""

    kind: ClassVar[str] = "rated"
    position: int
    item: str
    version: int
    stars: int = Field(ge=1, le=5)
    comment: str = ""


class Reported(Body):
    """A problem that a candidate met, with a question (`item`) or with the pages in general."""

    kind: ClassVar[str] = "reported"
    problem: Problem
    text: str = ""
    position: int | None = None
    item: str | None = None
    version: int | None = None


BODIES: Mapping[str, type[Body]] = {
    body.kind: body
    for body in (Started, Asked, Answered, Scored, Corrected, Stopped, Expired, Rated, Reported)
}


@dataclass(frozen=True, slots=True)
class Event:
    """One recorded fact: event number `seq` (1, 2, …) of `session`, at UTC time `at` (ISO 8601 with Z)."""

    session: str
    seq: int
    at: str
    body: Body

    @property
    def kind(self) -> str:
        """The word that names the body's shape."""
        return self.body.kind


def read_body(kind: str, schema: int, content: Mapping[str, object]) -> Body:
    """The body of a stored event.

    Raises
    ------
    ValueError
        If a later version of the program wrote it.
    """
    if kind not in BODIES or schema > SCHEMA:
        raise ValueError(f"an event of kind {kind!r}, schema {schema}, was written by a later version")
    return BODIES[kind].model_validate(content)


def stamp(moment: datetime) -> str:
    """UTC time in ISO 8601 with milliseconds and Z: `2026-11-23T09:30:00.000Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment(stamped: str) -> datetime:
    """The time that `stamp` wrote."""
    return datetime.fromisoformat(stamped)
