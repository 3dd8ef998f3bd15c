"""Where events are kept: one table, written to by appending only.

Promises. A session's events are numbered 1, 2, 3, …; the key (session, seq) lets each number be written once,
so of two writers that both saw n events one gets `Conflict`, reads again and decides anew. All events of one
`append` are kept or none. What `append` has returned from survives the end of the process.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from engine.delivery.events import SCHEMA, Event, read_body
from items.storage.database import metadata, transaction

event = Table(
    "event",
    metadata,
    Column("session", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", String(24), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("schema", SmallInteger, nullable=False),
    Column("body", JSON, nullable=False),
    Index(None, "kind", "at"),
)


class Conflict(Exception):
    """Another writer was first: read the session again and decide anew."""


def append(database: Engine, events: Sequence[Event]) -> None:
    """Keep the events, all or none.

    Raises
    ------
    Conflict
        If one of their numbers is taken already.
    """
    with transaction(database) as connection:
        append_within(connection, events)


def append_within(connection: Connection, events: Sequence[Event]) -> None:
    """Keep the events with all else that the transaction writes. Raises as `append` does."""
    try:
        connection.execute(insert(event), [_row(one) for one in events])
    except IntegrityError as error:
        raise Conflict(f"session {events[0].session} went on without us") from error


def read(database: Engine, session: str) -> tuple[Event, ...]:
    """Return the session's events in order; none if there is no such session."""
    query = select(event).where(event.c.session == session).order_by(event.c.seq)
    with database.connect() as connection:
        return tuple(_event(row) for row in connection.execute(query).mappings())


def _row(one: Event) -> dict[str, Any]:
    return {
        "session": one.session,
        "seq": one.seq,
        "at": one.at,
        "kind": one.kind,
        "schema": SCHEMA,
        "body": one.body.model_dump(),
    }


def _event(row: Mapping[Any, Any]) -> Event:
    body = read_body(row["kind"], row["schema"], row["body"])
    return Event(row["session"], row["seq"], row["at"], body)
