"""Assessments: a title, a bank's items, a parameter set and rules, published together and never changed.

What is published is an edition, named by the hash of all that its sessions depend on. To publish again,
after items, parameters or rules have changed, makes a new edition; sessions under way keep theirs.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
)
from sqlalchemy import update as sql_update

from engine.delivery import simulations
from items.errors import BadInput
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
    Column("simulation", String(64), nullable=False, server_default=""),
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
    simulation : str
        SHA-256 of the simulation that it was published with, "" if there was none.
    """

    id: str
    title: str
    bank: str
    parameter_set: int
    rules: str
    items: tuple[tuple[str, int, int], ...]
    simulation: str = ""

    @property
    def edition(self) -> str:
        """SHA-256 of all of it."""
        told = {name: value for name, value in asdict(self).items() if value or name != "simulation"}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Published:
    """An edition as it was published: whether it is on offer, when it was published, and by whom."""

    assessment: Assessment
    offered: bool
    at: str
    by: str


def put(
    database: Engine,
    assessment: Assessment,
    *,
    at: str,
    by: str,
    simulation: bytes = b"",
    instead_of: str | None = None,
) -> None:
    """Keep an assessment, with its simulation, and offer it in place of its earlier editions.

    Parameters
    ----------
    simulation : bytes, optional
        The simulation that `assessment.simulation` names.
    instead_of : str, optional
        The edition that was on offer when its publisher looked, "" for none; not checked if not given.

    Raises
    ------
    BadInput
        If another edition is on offer by now.
    """
    table = assessment_table
    same = table.c.edition == assessment.edition
    with transaction(database) as connection:
        if instead_of is not None:
            _refuse_overtaken(connection, assessment.id, instead_of)
        connection.execute(sql_update(table).where(table.c.id == assessment.id).values(offered=False))
        known = connection.execute(sql_update(table).where(same).values(offered=True)).rowcount
        if not known:
            row = {**asdict(assessment), "edition": assessment.edition, "offered": True, "at": at, "by": by}
            connection.execute(insert(table), row)
        if simulation:
            simulations.keep_within(connection, assessment.edition, simulation, at=at, by=by)


def withdraw(database: Engine, name: str, *, seen: str | None = None) -> None:
    """Offer an assessment no longer; sessions under way go on.

    Parameters
    ----------
    seen : str, optional
        The edition that was on offer when somebody decided on this; not checked if not given.

    Raises
    ------
    BadInput
        If another edition is on offer by now, or none.
    """
    table = assessment_table
    with transaction(database) as connection:
        if seen is not None:
            _refuse_overtaken(connection, name, seen)
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


def editions(database: Engine) -> tuple[Published, ...]:
    """Return every edition that was ever published, the newest first."""
    table = assessment_table
    with database.connect() as connection:
        rows = connection.execute(select(table).order_by(table.c.at.desc(), table.c.edition)).mappings()
        return tuple(Published(_assessment(row), row["offered"], row["at"], row["by"]) for row in rows)


def _refuse_overtaken(connection: Connection, name: str, seen: str) -> None:
    """Raise BadInput unless the edition that is on offer is the one that was seen, "" for none."""
    table = assessment_table.c
    query = select(table.edition, table.at, table.by).where(table.id == name, table.offered)
    now = connection.execute(query.with_for_update()).first()
    if (now.edition if now else "") != seen:
        raise BadInput(
            f"{now.by} published another edition on {now.at[:16].replace('T', ' at ')}"
            if now
            else "it was withdrawn in the meantime",
            where=f"assessment {name}",
            right="look at what is on offer now, then decide anew",
        )


def _assessment(row: Any) -> Assessment:
    items = tuple((item, version, revision) for item, version, revision in row["items"])
    told = {name: row[name] for name in ("id", "title", "bank", "parameter_set", "rules", "simulation")}
    return Assessment(**told, items=items)
