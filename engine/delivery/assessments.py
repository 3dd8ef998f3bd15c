"""Assessments: a title, a bank's items, a parameter set and rules, published together and never changed.

What is published is an edition, named by the hash of all that its sessions depend on. To publish again,
after items, parameters or rules have changed, makes a new edition; sessions under way keep theirs.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Engine, ForeignKey, Integer, String, Table, Text, insert, select
from sqlalchemy import update as sql_update

from items.storage.database import metadata, transaction

assessment_table = Table(
    "assessment",
    metadata,
    Column("edition", String(64), primary_key=True),
    Column("id", String(64), nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("bank", String(64), ForeignKey("bank.id"), nullable=False),
    Column("parameter_set", Integer, ForeignKey("parameter_set.id"), nullable=False),
    Column("rules", Text, nullable=False),
    Column("items", JSON, nullable=False),
    Column("offered", Boolean, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A published assessment.

    Attributes
    ----------
    id, title : str
        Its address and its name.
    bank : str
        The bank that its items belong to.
    parameter_set : int
        The parameters that steer and score it.
    rules : str
        Its rules file, as written.
    items : tuple of (str, int, int)
        Id, version and revision of each item that may be asked.
    """

    id: str
    title: str
    bank: str
    parameter_set: int
    rules: str
    items: tuple[tuple[str, int, int], ...]

    @property
    def edition(self) -> str:
        """SHA-256 of all of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def put(database: Engine, assessment: Assessment, *, at: str, by: str) -> None:
    """Keep an assessment and offer it in place of its earlier editions."""
    table = assessment_table
    same = table.c.edition == assessment.edition
    with transaction(database) as connection:
        connection.execute(sql_update(table).where(table.c.id == assessment.id).values(offered=False))
        known = connection.execute(sql_update(table).where(same).values(offered=True)).rowcount
        if not known:
            row = {**asdict(assessment), "edition": assessment.edition, "offered": True, "at": at, "by": by}
            connection.execute(insert(table), row)


def withdraw(database: Engine, name: str) -> None:
    """Offer an assessment no longer; sessions under way go on."""
    table = assessment_table
    with transaction(database) as connection:
        connection.execute(sql_update(table).where(table.c.id == name).values(offered=False))


def offered(database: Engine) -> tuple[Assessment, ...]:
    """Return the assessments on offer, by title."""
    table = assessment_table
    with database.connect() as connection:
        rows = connection.execute(select(table).where(table.c.offered).order_by(table.c.title)).mappings()
        return tuple(_assessment(row) for row in rows)


def find(database: Engine, edition: str) -> Assessment | None:
    """Return one edition, on offer or not."""
    query = select(assessment_table).where(assessment_table.c.edition == edition)
    with database.connect() as connection:
        row = connection.execute(query).mappings().one_or_none()
    return _assessment(row) if row else None


def _assessment(row: Any) -> Assessment:
    items = tuple((item, version, revision) for item, version, revision in row["items"])
    told = {name: row[name] for name in ("id", "title", "bank", "parameter_set", "rules")}
    return Assessment(**told, items=items)
