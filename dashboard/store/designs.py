"""Designs of tests under a name: each change is a new revision, so that none is lost.

A change names the revision that it was made from, and is refused where somebody else was first.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import Column, Engine, ForeignKey, Integer, String, Table, Text, insert, select
from sqlalchemy.exc import IntegrityError

from items.errors import BadInput
from items.storage.database import metadata, transaction

design_table = Table(
    "design",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("bank", String(64), ForeignKey("bank.id"), nullable=False),
    Column("rules", Text, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class SavedDesign:
    """The text of a rules file for a bank, under a name; revisions count from 1."""

    name: str
    revision: int
    bank: str
    rules: str
    at: str
    by: str


def save(database: Engine, name: str, *, bank: str, rules: str, after: int, at: str, by: str) -> SavedDesign:
    """Keep a design as the revision that follows `after`, 0 for a new name.

    Raises
    ------
    BadInput
        If the name is empty, or somebody else saved under it first.
    """
    if not name.strip():
        raise BadInput("the design has no name", right="name it, so that others find it")
    made = SavedDesign(name.strip(), after + 1, bank, rules, at, by)
    newest = find(database, made.name)
    if newest is not None and newest.revision != after:
        raise _overtaken(newest)
    try:
        with transaction(database) as connection:
            connection.execute(insert(design_table), asdict(made))
    except IntegrityError:
        if (newest := find(database, made.name)) is None:
            raise
        raise _overtaken(newest) from None
    return made


def find(database: Engine, name: str) -> SavedDesign | None:
    """Return the newest revision of a design, None if there is none of this name."""
    query = select(design_table).where(design_table.c.name == name)
    with database.connect() as connection:
        row = connection.execute(query.order_by(design_table.c.revision.desc())).mappings().first()
    return SavedDesign(**row) if row else None


def saved(database: Engine, bank: str) -> dict[str, SavedDesign]:
    """Return the newest revision of each design of a bank, by name."""
    query = select(design_table).where(design_table.c.bank == bank)
    with database.connect() as connection:
        rows = connection.execute(query.order_by(design_table.c.name, design_table.c.revision)).mappings()
        return {row["name"]: SavedDesign(**row) for row in rows}


def _overtaken(newest: SavedDesign) -> BadInput:
    return BadInput(
        f"{newest.by} saved revision {newest.revision} of it on {newest.at[:10]} for bank {newest.bank}",
        where=f"design “{newest.name}”",
        right="open that revision, or save yours under another name",
    )
