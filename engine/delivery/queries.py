"""What staff look at: tables made of the events. No token can be made of anything here."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from engine.delivery.store import event
from items.scoring import Answer

Row = dict[str, Any]
Told = tuple[str, str, str, Row]
"""Session, time, kind and body of an event."""

LOG = ("person", "item", "version", "response", "category", "time_s", "position", "at", "simulated")
SESSIONS = (
    *("session", "assessment", "edition", "parameter_set", "simulated", "started_at", "last_at", "asked"),
    *("ended_at", "reason", "theta", "se", "score", "low", "high", "level", "answered", "waiting"),
)
PATH = ("position", "item", "version", "response", "category", "reason", "time_s", "theta", "se", "at")
RATINGS = ("session", "at", "position", "item", "version", "stars", "comment", "category", "simulated")
REPORTS = ("session", "at", "problem", "text", "position", "item", "version", "simulated")
OF_QUESTIONS = ("asked", "answered", "scored", "corrected")
"""Events that tell how a question went."""


def response_log(database: Engine, *, assessment: str | None = None) -> pd.DataFrame:
    """Return every answer, one row each, in the long format of a response log; a person is a session.

    `response` is the raw answer or its reserved code, `score` the category (missing while it waits for a
    person), `time_s` in seconds; `position` counts from 1.
    """
    told = events(database, "started", "asked", "answered", "scored", "corrected")
    kept = (row for row in answer_rows(told) if assessment in (None, row["assessment"]))
    return _table(kept, LOG).rename(columns={"category": "score", "at": "timestamp"})


def sessions(database: Engine) -> pd.DataFrame:
    """Return one row a session, the newest last: what it takes, how far it is, how it ended, its result."""
    told = events(database, "started", "asked", "stopped", "expired", "scored", "corrected")
    return _table(session_rows(told), SESSIONS).sort_values("started_at", ignore_index=True)


def path(database: Engine, session: str) -> pd.DataFrame:
    """Return one session question by question: item, answer, category, and the estimate after it."""
    rows: dict[int, Row] = {}
    for _, at, kind, body in events(database, "asked", "answered", "scored", "corrected", only=[session]):
        rows.setdefault(body["position"], {}).update(_told(kind, body, at))
    return _table(rows.values(), PATH)


def ratings(database: Engine) -> pd.DataFrame:
    """Return the rating that holds of each question of each session, with the answer's category."""
    return _table(rating_rows(events(database, "started", "scored", "corrected", "rated")), RATINGS)


def reports(database: Engine) -> pd.DataFrame:
    """Return every problem reported and all feedback, the oldest first; some belong to no question."""
    told = report_rows(events(database, "started", "reported"))
    return _table(told, REPORTS).sort_values("at", ignore_index=True)


def answer_rows(told: Iterable[Told]) -> Iterator[Row]:
    """Yield the answers that events tell, one row each."""
    started: dict[str, Row] = {}
    answers: dict[tuple[str, int], Row] = {}
    for session, at, kind, body in told:
        if kind == "started":
            started[session] = {name: body[name] for name in ("assessment", "bank", "simulated")}
        elif kind in OF_QUESTIONS:
            answers.setdefault((session, body["position"]), {"person": session}).update(_told(kind, body, at))
    return ({**row, **started[row["person"]]} for row in answers.values() if "response" in row)


def session_rows(told: Iterable[Told]) -> Iterator[Row]:
    """Yield the sessions that events tell, one row each."""
    rows: dict[str, Row] = {}
    for session, at, kind, body in told:
        if kind in ("answered", "rated", "reported"):
            continue
        row = rows.setdefault(session, {"session": session, "asked": 0})
        row["last_at"] = at
        if kind == "started":
            row |= {**body, "started_at": at}
        elif kind == "asked":
            row["asked"] += 1
        elif kind in ("stopped", "expired"):
            row |= {"ended_at": at, "reason": body["reason"]}
        row |= body.get("result") or {}
    return iter(rows.values())


def rating_rows(told: Iterable[Told]) -> Iterator[Row]:
    """Yield the ratings that hold, one row each."""
    rows: dict[tuple[str, int], Row] = {}
    started, categories = {}, {}
    for session, at, kind, body in told:
        if kind == "started":
            started[session] = {name: body[name] for name in ("bank", "simulated")}
        elif kind == "rated":
            rows[session, body["position"]] = {**body, "session": session, "at": at}
        elif kind in ("scored", "corrected"):
            categories[session, body["position"]] = body["category"]
    return ({**row, "category": categories.get(place), **started[place[0]]} for place, row in rows.items())


def report_rows(told: Iterable[Told]) -> Iterator[Row]:
    """Yield what was reported, one row each; `number` counts the reports of a session."""
    started: dict[str, Row] = {}
    numbers: Counter[str] = Counter()
    for session, at, kind, body in told:
        if kind == "started":
            started[session] = {name: body[name] for name in ("bank", "simulated")}
        elif kind == "reported":
            numbers[session] += 1
            about = started.get(session, {"bank": None, "simulated": False})
            yield {**body, **about, "session": session, "at": at, "number": numbers[session]}


def events(database: Engine, *kinds: str, only: Collection[str] | None = None) -> Iterator[Told]:
    """Yield session, time, kind and body of the events of these kinds, session by session.

    `only` names the sessions that are wanted; all of them if not given.
    """
    query = select(event.c.session, event.c.at, event.c.kind, event.c.body).where(event.c.kind.in_(kinds))
    if only is not None:
        query = query.where(event.c.session.in_(only))
    with database.connect() as connection:
        for row in connection.execute(query.order_by(event.c.session, event.c.seq)):
            yield row.session, row.at, row.kind, row.body


def _told(kind: str, body: Row, at: str) -> Row:
    """Return what an event adds to the row of its question."""
    if kind == "asked":
        return {name: body[name] for name in ("position", "item", "version")}
    if kind == "answered":
        raw = Answer(body["code"], body["value"]).raw
        return {"response": raw, "time_s": body["time_s"], "at": at}
    return {name: body[name] for name in ("category", "reason", "theta", "se")}


WHOLE = {"score", "category", "position", "version", "stars", "asked", "answered", "waiting", "low", "high"}
"""Columns of whole numbers, which may be missing."""


def _table(rows: Iterable[Row], columns: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame.from_records(list(rows), columns=list(columns))
    return table.astype({name: "Int64" for name in columns if name in WHOLE})
