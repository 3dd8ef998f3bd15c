"""What staff look at: tables made of the events. No token can be made of anything here."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import Engine, select

from engine.delivery.store import event
from items.scoring import Answer

Row = dict[str, Any]

LOG = ("person", "item", "version", "response", "category", "time_s", "position", "at", "simulated")
SESSIONS = (
    *("session", "assessment", "edition", "parameter_set", "simulated", "started_at", "last_at", "asked"),
    *("ended_at", "reason", "theta", "se", "score", "low", "high", "level", "answered", "waiting"),
)
PATH = ("position", "item", "version", "response", "category", "reason", "time_s", "theta", "se", "at")
RATINGS = ("session", "at", "position", "item", "version", "stars", "comment", "category", "simulated")
REPORTS = ("session", "at", "problem", "text", "position", "item", "version", "simulated")


def response_log(database: Engine, *, assessment: str | None = None) -> pd.DataFrame:
    """Return every answer, one row each, in the long format of a response log; a person is a session.

    `response` is the raw answer or its reserved code, `score` the category (missing while it waits for a
    person), `time_s` in seconds; `position` counts from 1.
    """
    started: dict[str, Row] = {}
    answers: dict[tuple[str, int], Row] = {}
    for session, at, kind, body in _events(database, "started", "asked", "answered", "scored", "corrected"):
        if kind == "started":
            started[session] = body
        else:
            answers.setdefault((session, body["position"]), {"person": session}).update(_told(kind, body, at))
    kept = (
        {**row, "simulated": started[row["person"]]["simulated"]}
        for row in answers.values()
        if "response" in row and assessment in (None, started[row["person"]]["assessment"])
    )
    return _table(kept, LOG).rename(columns={"category": "score", "at": "timestamp"})


def sessions(database: Engine) -> pd.DataFrame:
    """Return one row a session, the newest last: what it takes, how far it is, how it ended, its result."""
    rows: dict[str, Row] = {}
    for session, at, kind, body in _events(
        database, "started", "asked", "stopped", "expired", "scored", "corrected"
    ):
        row = rows.setdefault(session, {"session": session, "asked": 0})
        row["last_at"] = at
        if kind == "started":
            row |= {**body, "started_at": at}
        elif kind == "asked":
            row["asked"] += 1
        elif kind in ("stopped", "expired"):
            row |= {"ended_at": at, "reason": body["reason"]}
        row |= body.get("result") or {}
    return _table(rows.values(), SESSIONS).sort_values("started_at", ignore_index=True)


def path(database: Engine, session: str) -> pd.DataFrame:
    """Return one session question by question: item, answer, category, and the estimate after it."""
    rows: dict[int, Row] = {}
    for _, at, kind, body in _events(database, "asked", "answered", "scored", "corrected", session=session):
        rows.setdefault(body["position"], {}).update(_told(kind, body, at))
    return _table(rows.values(), PATH)


def ratings(database: Engine) -> pd.DataFrame:
    """Return the rating that holds of each question of each session, with the answer's category."""
    rows: dict[tuple[str, int], Row] = {}
    simulated, categories = {}, {}
    for session, at, kind, body in _events(database, "started", "scored", "corrected", "rated"):
        if kind == "started":
            simulated[session] = body["simulated"]
        elif kind == "rated":
            rows[session, body["position"]] = {**body, "session": session, "at": at}
        else:
            categories[session, body["position"]] = body["category"]
    told = (
        {**row, "category": categories.get(place), "simulated": simulated[place[0]]}
        for place, row in rows.items()
    )
    return _table(told, RATINGS)


def reports(database: Engine) -> pd.DataFrame:
    """Return every problem reported and all feedback, the oldest first; some belong to no question."""
    simulated = {session: body["simulated"] for session, _, _, body in _events(database, "started")}
    told = (
        {**body, "session": session, "at": at, "simulated": simulated.get(session, False)}
        for session, at, _, body in _events(database, "reported")
    )
    return _table(told, REPORTS).sort_values("at", ignore_index=True)


def _told(kind: str, body: Row, at: str) -> Row:
    """Return what an event adds to the row of its question."""
    if kind == "asked":
        return {name: body[name] for name in ("position", "item", "version")}
    if kind == "answered":
        raw = Answer(body["code"], body["value"]).raw
        return {"response": raw, "time_s": body["time_s"], "at": at}
    return {name: body[name] for name in ("category", "reason", "theta", "se")}


def _events(database: Engine, *kinds: str, session: str | None = None) -> Iterator[tuple[str, str, str, Row]]:
    """Yield session, time, kind and body of the events of these kinds, session by session."""
    query = select(event.c.session, event.c.at, event.c.kind, event.c.body).where(event.c.kind.in_(kinds))
    if session is not None:
        query = query.where(event.c.session == session)
    with database.connect() as connection:
        for row in connection.execute(query.order_by(event.c.session, event.c.seq)):
            yield row.session, row.at, row.kind, row.body


WHOLE = {"score", "category", "position", "version", "stars", "asked", "answered", "waiting", "low", "high"}
"""Columns of whole numbers, which may be missing."""


def _table(rows: Iterable[Row], columns: Sequence[str]) -> pd.DataFrame:
    table = pd.DataFrame.from_records(list(rows), columns=list(columns))
    return table.astype({name: "Int64" for name in columns if name in WHOLE})
