"""How often items were used, kept beside the sessions: counters that survive a restart and processes share.

Where the choice of questions depends on earlier sessions, each session takes a turn and begins under the
newest snapshot. When `block` sessions have ended that no snapshot counts yet, the next one is made. So a
session can be replayed from its seed, its snapshot and its turn. The first snapshot of a new edition holds
what the edition before has counted, where `succession` lets it go on.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)

from engine._types import Bools
from engine.delivery.assessments import assessment_table
from engine.delivery.edition import KEPT, Edition
from engine.delivery.events import Event, Expired, Started, Stopped
from engine.delivery.sitting import Turn
from engine.delivery.store import event
from engine.delivery.succession import goes_on_from
from engine.design import Design
from engine.selection.usage import ExposureState
from items.storage.database import metadata, transaction

turn_table = Table(
    "turn",
    metadata,
    Column("session", String(32), primary_key=True),
    Column("edition", String(64), ForeignKey("assessment.edition"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("snapshot", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("theta", Float),
    Column("counted", Integer),
    UniqueConstraint("edition", "number"),
)
"""A row a session: 0, 1, 2, … in its edition; the final ability once it has ended, and who counts it."""

snapshot_table = Table(
    "exposure_snapshot",
    metadata,
    Column("edition", String(64), ForeignKey("assessment.edition"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("first", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Snapshot 1, 2, … of an edition, the turn that was the first under it, and its numbers; 0 is empty."""

COUNTED = ("sessions", "administered", "eligible", "inserted", "latest")
"""The counts of a snapshot, in the order of `ExposureState`."""

Kept = tuple[int, ExposureState]
"""The first turn under a snapshot, and the snapshot."""


def take_turn(database: Engine, edition: Edition, session: str, seed: int) -> tuple[Turn | None, int]:
    """Return a session's turn and seed, the same however often one asks; None where no turn is needed."""
    if not edition.design.learns:
        return None, seed
    _begin(database, edition)
    with transaction(database) as connection:
        _lock(connection, edition)
        row = connection.execute(select(turn_table).where(turn_table.c.session == session)).one_or_none()
        if row is None:
            told = {"session": session, "edition": edition.name, "seed": seed}
            told |= {"number": _next(connection, edition), "snapshot": _latest(connection, edition)}
            connection.execute(insert(turn_table), told)
            row = connection.execute(select(turn_table).where(turn_table.c.session == session)).one()
    return _turn(database, edition, row.snapshot, row.number), row.seed


def take_turns(
    database: Engine, edition: Edition, sessions: Sequence[str], seeds: Sequence[int]
) -> Turn | None:
    """Return the turn of the first of new sessions that begin side by side; those of the others follow it."""
    if not edition.design.learns:
        return None
    _begin(database, edition)
    with transaction(database) as connection:
        _lock(connection, edition)
        number, snapshot = _next(connection, edition), _latest(connection, edition)
        told = {"edition": edition.name, "snapshot": snapshot}
        rows = [
            {"session": session, "seed": seed, "number": number + row, **told}
            for row, (session, seed) in enumerate(zip(sessions, seeds, strict=True))
        ]
        connection.execute(insert(turn_table), rows)
    return _turn(database, edition, snapshot, number)


def exposure_of(database: Engine, edition: Edition, started: Started) -> ExposureState | None:
    """Return the use of items under which a session began, None where it does not matter."""
    if started.exposure is None:
        return replace(edition.design.empty_exposure(), started=started.turn)
    return replace(_snapshot(database, edition, started.exposure)[1], started=started.turn)


def end_turns(connection: Connection, events: Sequence[Event]) -> bool:
    """Note the final abilities of sessions that end with these events; return whether any does."""
    ended = False
    for one in events:
        if isinstance(one.body, Stopped | Expired):
            change = update(turn_table).where(turn_table.c.session == one.session)
            connection.execute(change.values(theta=one.body.result.theta or 0.0))
            ended = True
    return ended


def count(database: Engine, edition: Edition) -> None:
    """Make the next snapshot of an edition if a block of sessions has ended since the last."""
    if not edition.design.learns:
        return
    with transaction(database) as connection:
        _lock(connection, edition)
        rows = _uncounted(connection, edition)
        ended = [row for row in rows if row.theta is not None]
        if len(ended) < edition.design.block:
            return
        number, known = _latest(connection, edition), _known(connection, edition, rows)
        state = _counting(connection, edition, ended, known)
        if running := [row for row in rows if row.theta is None]:
            held = _drawn(edition, running, known)
            reserved = None if held is None else held.sum(axis=0)
            state = replace(state, under_way=len(running), reserved=reserved)
        _write(connection, edition, number + 1, state, ended)


def _begin(database: Engine, edition: Edition) -> None:
    """Let the counts of an edition without sessions go on from the edition before, if they can."""
    with database.connect() as connection:
        if _begun(connection, edition):
            return
    earlier = goes_on_from(database, edition)
    if earlier is None:
        return
    with transaction(database) as connection:
        _lock(connection, edition)
        if _begun(connection, edition):
            return
        rows = _uncounted(connection, earlier)
        ended = [row for row in rows if row.theta is not None]
        state = _counting(connection, earlier, ended, _known(connection, earlier, rows))
        _write(connection, edition, 1, _moved(state, earlier.design, edition.design), ())


def _begun(connection: Connection, edition: Edition) -> bool:
    """Return whether an edition has counts or sessions of its own."""
    return bool(_latest(connection, edition) or _next(connection, edition))


def _turn(database: Engine, edition: Edition, snapshot: int, number: int) -> Turn:
    """Return a turn under a snapshot."""
    first, state = _snapshot(database, edition, snapshot)
    return Turn(snapshot, replace(state, started=number - first))


def _lock(connection: Connection, edition: Edition) -> None:
    """Let nobody else take a turn or count until this transaction ends."""
    table = assessment_table
    query = select(table.c.edition).where(table.c.edition == edition.name).with_for_update()
    connection.execute(query)


def _next(connection: Connection, edition: Edition) -> int:
    """Return the number of the next turn."""
    query = select(func.max(turn_table.c.number)).where(turn_table.c.edition == edition.name)
    last = connection.execute(query).scalar()
    return 0 if last is None else last + 1


def _latest(connection: Connection, edition: Edition) -> int:
    """Return the number of the newest snapshot."""
    query = select(func.max(snapshot_table.c.number)).where(snapshot_table.c.edition == edition.name)
    return connection.execute(query).scalar() or 0


def _uncounted(connection: Connection, edition: Edition) -> Sequence[Row[Any]]:
    """Return the sessions that no snapshot counts yet, in the order of their turns."""
    table = turn_table
    query = select(table).where(table.c.edition == edition.name, table.c.counted.is_(None))
    return connection.execute(query.order_by(table.c.number)).all()


def _asked(connection: Connection, rows: Sequence[Row[Any]]) -> list[list[str]]:
    """Return the items that each session was asked."""
    table, asked = event, dict[str, list[str]]()
    query = select(table.c.session, table.c.body).where(table.c.kind == "asked")
    for session, body in connection.execute(query.where(table.c.session.in_([row.session for row in rows]))):
        asked.setdefault(session, []).append(body["item"])
    return [asked.get(row.session, []) for row in rows]


def _drawn(edition: Edition, rows: Sequence[Row[Any]], known: Mapping[int, Kept]) -> Bools | None:
    """Return the eligibility (N, J) that these sessions drew when they began, None without a limit."""
    exposure = edition.design.exposure
    if exposure is None:
        return None
    parts = []
    for row in rows:
        first, state = known[row.snapshot]
        u = edition.draws(row.seed)[:, 0]
        parts.append(exposure.draw(replace(state, started=row.number - first), u))
    return np.concatenate(parts)


def _known(connection: Connection, edition: Edition, rows: Sequence[Row[Any]]) -> dict[int, Kept]:
    """Return the newest snapshot, and those under which these sessions began, by number."""
    numbers = {row.snapshot for row in rows} | {_latest(connection, edition)}
    return {number: _read(connection, edition, number) for number in numbers}


def _counting(
    connection: Connection, edition: Edition, ended: Sequence[Row[Any]], known: Mapping[int, Kept]
) -> ExposureState:
    """Return the newest snapshot with these sessions counted in."""
    state = replace(known[max(known)][1], under_way=0, reserved=None)
    if not ended:
        return state
    return _after(edition.design, state, ended, _drawn(edition, ended, known), _asked(connection, ended))


def _moved(state: ExposureState, old: Design, new: Design) -> ExposureState:
    """Return counts of one design in the order of another, which has the same pool."""
    place = old.place(new.pool.items)
    inserted = dict(zip(old.names[len(old.pool) :], state.inserted.tolist(), strict=True))
    return replace(
        state,
        administered=state.administered[:, place],
        eligible=state.eligible[:, place],
        inserted=np.array([inserted.get(name, 0) for name in new.names[len(new.pool) :]], np.int64),
    )


def _after(
    design: Design,
    state: ExposureState,
    rows: Sequence[Row[Any]],
    drawn: Bools | None,
    asked: Sequence[Sequence[str]],
) -> ExposureState:
    """Return the snapshot after these sessions have ended."""
    held = np.zeros((len(rows), len(design.names)), bool)
    for row, items in enumerate(asked):
        held[row, design.place(tuple(items))] = True
    inside, outside = np.split(held, [len(design.pool)], axis=1)
    theta = np.array([row.theta for row in rows])
    return state.after(theta, inside, drawn, outside.sum(axis=0))


def _write(
    connection: Connection, edition: Edition, number: int, state: ExposureState, counted: Sequence[Row[Any]]
) -> None:
    """Keep a snapshot, and who is counted in it."""
    parts: dict[str, Any] = {name: np.asarray(getattr(state, name)).tolist() for name in COUNTED}
    reserved = None if state.reserved is None else state.reserved.tolist()
    parts |= {"under_way": state.under_way, "reserved": reserved}
    content = zlib.compress(json.dumps(parts).encode())
    told = {"edition": edition.name, "number": number, "first": _next(connection, edition)}
    connection.execute(insert(snapshot_table), {**told, "content": content})
    sessions = [row.session for row in counted]
    change = update(turn_table).where(turn_table.c.session.in_(sessions)).values(counted=number)
    connection.execute(change)


def _read(connection: Connection, edition: Edition, number: int) -> Kept:
    """Return a snapshot, and the first turn under it."""
    if number == 0:
        return 0, edition.design.empty_exposure()
    table = snapshot_table
    query = select(table.c.first, table.c.content).where(
        table.c.edition == edition.name, table.c.number == number
    )
    first, content = connection.execute(query).one()
    parts = json.loads(zlib.decompress(content))
    sessions, administered, eligible, inserted, latest = (np.array(parts[name], int) for name in COUNTED)
    state = ExposureState(edition.design.cuts, sessions, administered, eligible, inserted, latest)
    reserved = None if parts["reserved"] is None else np.array(parts["reserved"], int)
    return first, replace(state, under_way=parts["under_way"], reserved=reserved)


@lru_cache(maxsize=KEPT)
def _snapshot(database: Engine, edition: Edition, number: int) -> Kept:
    """Return a snapshot, read once by each process."""
    with database.connect() as connection:
        return _read(connection, edition, number)
