"""Simulations of published assessments, kept with the edition that they are of."""

import hashlib

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    Text,
    insert,
    select,
)

from items.storage.database import metadata, transaction

simulation_table = Table(
    "simulation",
    metadata,
    Column("edition", String(64), ForeignKey("assessment.edition"), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


def digest(content: bytes) -> str:
    """Return SHA-256 of a simulation, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def keep(database: Engine, edition: str, content: bytes, *, at: str, by: str) -> None:
    """Keep a simulation of an edition that has none yet; one that is kept is never replaced."""
    with transaction(database) as connection:
        keep_within(connection, edition, content, at=at, by=by)


def keep_within(connection: Connection, edition: str, content: bytes, *, at: str, by: str) -> None:
    """Do what `keep` does within a transaction."""
    table = simulation_table
    if connection.scalar(select(table.c.edition).where(table.c.edition == edition)) is None:
        row = {"edition": edition, "digest": digest(content), "content": content, "at": at, "by": by}
        connection.execute(insert(table), row)


def kept(database: Engine, edition: str) -> bool:
    """Return whether a simulation is kept with an edition."""
    query = select(simulation_table.c.digest).where(simulation_table.c.edition == edition)
    with database.connect() as connection:
        return connection.scalar(query) is not None


def load(database: Engine, edition: str) -> bytes | None:
    """Return the simulation that is kept with an edition, None if there is none.

    Raises
    ------
    ValueError
        If what is kept is not what was kept.
    """
    table = simulation_table
    with database.connect() as connection:
        row = connection.execute(
            select(table.c.content, table.c.digest).where(table.c.edition == edition)
        ).one_or_none()
    if row is None:
        return None
    if digest(bytes(row.content)) != row.digest:
        raise ValueError(f"the simulation kept with edition {edition} was changed")
    return bytes(row.content)
