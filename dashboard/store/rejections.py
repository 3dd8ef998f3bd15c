"""Parameter sets that a person rejected, with the reason; what was rejected stays, and can still be read."""

from sqlalchemy import Column, Engine, ForeignKey, Integer, String, Table, Text, delete, insert, select

from items.storage.database import metadata, transaction

rejection_table = Table(
    "rejection",
    metadata,
    Column("parameter_set", Integer, ForeignKey("parameter_set.id"), primary_key=True),
    Column("note", Text, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


def reject(database: Engine, parameter_set: int, *, at: str, by: str, note: str) -> None:
    """Keep that a set was rejected, in place of an earlier rejection of it."""
    row = {"parameter_set": parameter_set, "note": note, "at": at, "by": by}
    with transaction(database) as connection:
        connection.execute(delete(rejection_table).where(rejection_table.c.parameter_set == parameter_set))
        connection.execute(insert(rejection_table), row)


def rejected(database: Engine) -> dict[int, str]:
    """Return the reason for each set that was rejected, by its number."""
    query = select(rejection_table.c.parameter_set, rejection_table.c.note)
    with database.connect() as connection:
        return {row.parameter_set: row.note for row in connection.execute(query)}
