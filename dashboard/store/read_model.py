"""The read model: sessions, answers, ratings and reports as rows, kept beside the events they come from.

Events say what happened; pages want to count it. `catch_up` makes rows of the events of every session that
went on since; all of it can be thrown away and made again. Where two do so at once, rows that are older than
their events are known to be behind and are made anew the next time.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Engine, Select, Table, delete, exists, func, insert, select, tuple_
from sqlalchemy.exc import IntegrityError

from dashboard.store.read_tables import (
    answer_table,
    rating_table,
    read_until_table,
    report_table,
    session_table,
)
from engine.delivery import queries
from engine.delivery.events import BODIES
from engine.delivery.queries import Row
from engine.delivery.store import event
from items.storage.database import transaction

BLOCK = 200
"""Sessions whose rows are written in one transaction."""
CHUNK = 100_000
"""Rows that are read at once."""

OWNER: Mapping[Table, str] = {
    read_until_table: "session",
    session_table: "session",
    answer_table: "person",
    rating_table: "session",
    report_table: "session",
}
"""The tables, each with the column that names the session."""


_DONE = func.coalesce(func.sum(read_until_table.c.seq), 0)


def behind(database: Engine) -> list[str]:
    """Return the sessions that have events without rows yet."""
    every = select(func.count()).select_from(event)  # of rows, not of a column: SQLite counts these faster
    with database.connect() as connection:
        if connection.scalar(every) == connection.scalar(select(_DONE)):
            return []
        newest = select(event.c.session, func.max(event.c.seq).label("seq")).group_by(event.c.session)
        told, read = newest.subquery(), read_until_table.c
        query = select(told.c.session).outerjoin(read_until_table, read.session == told.c.session)
        return list(connection.scalars(query.where(told.c.seq > func.coalesce(read.seq, 0))))


def state(database: Engine) -> tuple[int, int]:
    """Return what tells apart any two states of the read model: sessions, and events read."""
    with database.connect() as connection:
        sessions, events = connection.execute(select(func.count(read_until_table.c.session), _DONE)).one()
    return int(sessions), int(events)


def catch_up(
    database: Engine, sessions: Sequence[str], *, progress: Callable[[int, int], None] = lambda *told: None
) -> None:
    """Make the rows of these sessions; `progress` is told how many are done, and how many there are."""
    for first in range(0, len(sessions), BLOCK):
        progress(first, len(sessions))
        block = sessions[first : first + BLOCK]
        rows = _rows(database, block)
        try:
            with transaction(database) as connection:
                for table, told in rows.items():
                    connection.execute(delete(table).where(table.c[OWNER[table]].in_(block)))
                    if told:
                        connection.execute(insert(table), told)
        except IntegrityError:
            continue  # somebody else has just made the same rows


def sessions(database: Engine, *, edition: str | None = None) -> pd.DataFrame:
    """Return one row a session that has begun, of all editions or of one, the newest last."""
    query = select(session_table).order_by(session_table.c.started_at)
    return frame(database, query if edition is None else query.where(session_table.c.edition == edition))


def newest_sessions(database: Engine, bank: str) -> pd.DataFrame:
    """Return the sessions of a bank that began on the newest day (UTC) on which any did, the newest last."""
    begun = session_table.c.started_at
    last = select(func.substr(func.max(begun), 1, 10)).where(session_table.c.bank == bank).scalar_subquery()
    query = select(session_table).where(session_table.c.bank == bank, begun >= last)
    return frame(database, query.order_by(begun))


def is_simulated(database: Engine) -> bool:
    """Return whether any session was simulated."""
    with database.connect() as connection:
        return bool(connection.scalar(select(exists().where(session_table.c.simulated))))


def log(
    database: Engine, bank: str, *, met: tuple[str, int] | None = None, of: str | None = None
) -> pd.DataFrame:
    """Return the answers to a bank's items, long; of one person, or of those who met one item version."""
    table = answer_table.c
    columns = (table.person, table.item, table.version, table.response, table.category.label("score"))
    query = select(*columns, table.time_s, table.position, table.at.label("timestamp"))
    query = query.where(table.bank == bank)
    if met is not None:
        who = select(table.person).where(table.bank == bank, table.item == met[0], table.version == met[1])
        query = query.where(table.person.in_(who))
    if of is not None:
        query = query.where(table.person == of)
    return frame(database, query.order_by(table.person, table.position))


def answers(database: Engine, bank: str, item: str, version: int) -> pd.DataFrame:
    """Return `person, response, category, time_s, at, theta` of the answers to an item version, by time."""
    table, session = answer_table.c, session_table.c
    wanted = (table.person, table.response, table.category, table.time_s, table.at, session.theta)
    query = select(*wanted).join_from(answer_table, session_table, session.session == table.person)
    here = (table.bank == bank, table.item == item, table.version == version)
    return frame(database, query.where(*here).order_by(table.at))


def item_counts(database: Engine, bank: str) -> pd.DataFrame:
    """Return `item, version, n, scored, points, idk, omit` of each item version that was answered."""
    table = answer_table.c
    query = select(
        table.item,
        table.version,
        func.count().label("n"),
        func.count(table.category).label("scored"),
        func.coalesce(func.sum(table.category), 0).label("points"),
        func.count().filter(table.response == "idk").label("idk"),
        func.count().filter(table.response == "omit").label("omit"),
    )
    return frame(database, query.where(table.bank == bank).group_by(table.item, table.version))


def exposure_by_ability(database: Engine, bank: str) -> pd.DataFrame:
    """Return `band, item, n, sessions`: how many of a band's sessions met each item.

    A band is one logit wide, named by its middle; it is that of the ability with which a session ended.
    """
    table, session = answer_table.c, session_table.c
    band = func.round(session.theta).label("band")
    here = (session.bank == bank, session.theta.is_not(None))
    met = select(band, table.item, func.count().label("n")).join_from(
        answer_table, session_table, session.session == table.person
    )
    counted = frame(database, met.where(*here, table.bank == bank).group_by("band", table.item))
    size = select(band, func.count().label("sessions")).where(*here).group_by("band")
    return counted.merge(frame(database, size), on="band")


def category_counts(database: Engine, bank: str) -> pd.DataFrame:
    """Return `item, version, category, n`: how often each category was earned."""
    table = answer_table.c
    query = select(table.item, table.version, table.category, func.count().label("n"))
    query = query.where(table.bank == bank, table.category.is_not(None))
    return frame(database, query.group_by(table.item, table.version, table.category))


def asked_counts(database: Engine, edition: str, *, simulated: bool, outside: Sequence[str]) -> pd.DataFrame:
    """Return `item, n`: sessions of an edition that met it, but those under way or ended `outside`."""
    table, session = answer_table.c, session_table.c
    own = (session.edition == edition, session.simulated == simulated, session.reason.not_in(outside))
    query = select(table.item, func.count().label("n")).group_by(table.item)
    return frame(database, query.where(table.person.in_(select(session.session).where(*own))))


def people(database: Engine, bank: str, versions: Collection[tuple[str, int]] | None = None) -> set[str]:
    """Return who has a scored answer to an item of a bank, or to one of the item versions."""
    table = answer_table.c
    query = select(table.person).distinct().where(table.bank == bank, table.category.is_not(None))
    if versions is not None:
        query = query.where(tuple_(table.item, table.version).in_(versions))
    with database.connect() as connection:
        return set(connection.scalars(query))


def count_answers(database: Engine, bank: str) -> int:
    """Return how many answers the items of a bank have."""
    return _count(database, answer_table.c.bank == bank)


def count_sessions(database: Engine, bank: str) -> int:
    """Return how many sessions of a bank have begun."""
    return _count(database, session_table.c.bank == bank)


def ratings(database: Engine, bank: str, *, item: tuple[str, int] | None = None) -> pd.DataFrame:
    """Return the ratings of a bank's items, or of one item version, the oldest first."""
    table = rating_table.c
    query = select(rating_table).where(table.bank == bank)
    if item is not None:
        query = query.where(table.item == item[0], table.version == item[1])
    return frame(database, query.order_by(table.at))


def problem_counts(database: Engine, bank: str, *, most: int) -> pd.DataFrame:
    """Return `item, version, n`: candidates who gave at `most` so many stars or reported a problem."""
    rated, told = rating_table.c, report_table.c
    low = select(rated.item, rated.version, func.count().label("n"))
    low = low.where(rated.bank == bank, rated.stars <= most).group_by(rated.item, rated.version)
    theirs = (rated.session == told.session, rated.item == told.item, rated.version == told.version)
    more = select(told.item, told.version, func.count(told.session.distinct()).label("n"))
    more = more.where(told.bank == bank, told.item.is_not(None))
    more = more.where(~exists().where(*theirs, rated.stars <= most)).group_by(told.item, told.version)
    both = pd.concat([frame(database, low), frame(database, more)])
    return both.groupby(["item", "version"])["n"].sum().reset_index()


def star_counts(database: Engine, bank: str) -> pd.DataFrame:
    """Return `item, version, stars, n`."""
    table = rating_table.c
    query = select(table.item, table.version, table.stars, func.count().label("n"))
    return frame(database, query.where(table.bank == bank).group_by(table.item, table.version, table.stars))


def newest_ratings(database: Engine, bank: str, *, most: int = 20) -> pd.DataFrame:
    """Return the newest ratings of a bank's items, the newest first."""
    table = rating_table.c
    query = select(rating_table).where(table.bank == bank)
    return frame(database, query.order_by(table.at.desc()).limit(most))


def comments(database: Engine, bank: str, *, most: int = 2000) -> pd.DataFrame:
    """Return the newest ratings that came with a comment, the newest first."""
    table = rating_table.c
    query = select(rating_table).where(table.bank == bank, table.comment != "")
    return frame(database, query.order_by(table.at.desc()).limit(most))


def reports(database: Engine, bank: str) -> pd.DataFrame:
    """Return the problems reported with a bank's items, the oldest first."""
    table = report_table.c
    query = select(report_table).where(table.bank == bank, table.item.is_not(None))
    return frame(database, query.order_by(table.at))


def messages(database: Engine) -> pd.DataFrame:
    """Return what was reported about no question in particular, the newest first."""
    table = report_table.c
    return frame(database, select(report_table).where(table.item.is_(None)).order_by(table.at.desc()))


def frame(database: Engine, query: Select[Any]) -> pd.DataFrame:
    """Return what a query finds; many rows are read piece by piece."""
    with database.connect() as connection:
        parts = list(_pieces(pd.read_sql(query, connection, chunksize=CHUNK)))
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _rows(database: Engine, block: Sequence[str]) -> dict[Table, list[Row]]:
    """Return the rows of some sessions by table."""
    until = select(event.c.session, func.max(event.c.seq).label("seq"))
    until = until.where(event.c.session.in_(block)).group_by(event.c.session)
    with database.connect() as connection:  # before the events: what comes meanwhile is read the next time
        read: list[Row] = [dict(row) for row in connection.execute(until).mappings()]
    told = list(queries.events(database, *BODIES, only=block))
    rows: dict[Table, Iterable[Row]] = {
        read_until_table: read,
        session_table: (row for row in queries.session_rows(told) if "bank" in row),
        answer_table: queries.answer_rows(told),
        rating_table: queries.rating_rows(told),
        report_table: queries.report_rows(told),
    }
    return {
        table: [{column.name: row.get(column.name) for column in table.columns} for row in made]
        for table, made in rows.items()
    }


def _pieces(chunks: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Yield the chunks, the first one even if it is empty."""
    yield next(chunks)
    yield from chunks


def _count(database: Engine, condition: ColumnElement[bool]) -> int:
    with database.connect() as connection:
        return connection.scalar(select(func.count()).where(condition)) or 0
