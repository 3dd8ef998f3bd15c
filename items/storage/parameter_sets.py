"""Parameter sets in the database: appended, never changed; a named person promotes one to be used."""

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import JSON, Column, Engine, ForeignKey, Integer, String, Table, Text, insert, select

from items.errors import BadInput
from items.parameters import ParameterSet, covariance_records, covariances_of
from items.storage.database import metadata, transaction

set_table = Table(
    "parameter_set",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bank", String(64), ForeignKey("bank.id"), nullable=False, index=True),
    Column("content", JSON, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
)
promotion_table = Table(
    "promotion",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bank", String(64), ForeignKey("bank.id"), nullable=False, index=True),
    Column("parameter_set", Integer, ForeignKey("parameter_set.id"), nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class StoredSet:
    """A parameter set with its number, the bank that it is for, and who kept it when and why."""

    id: int
    bank: str
    at: str
    by: str
    note: str
    parameters: ParameterSet


@dataclass(frozen=True, slots=True)
class Promotion:
    """A person's decision to use a parameter set."""

    parameter_set: int
    at: str
    by: str
    note: str


def append(database: Engine, bank: str, parameters: ParameterSet, *, at: str, by: str, note: str = "") -> int:
    """Keep a parameter set and return its number; nothing uses it until it is promoted.

    Who lost the connection and does not know whether it was kept may tell the same again: it is kept once.
    """
    row = {"bank": bank, "content": _content(parameters), "at": at, "by": by, "note": note}
    told = select(set_table).filter_by(bank=bank, at=at, by=by, note=note)
    with transaction(database) as connection:
        for kept in connection.execute(told).mappings():
            if kept["content"] == json.loads(json.dumps(row["content"])):
                return int(kept["id"])
        return int(connection.execute(insert(set_table).returning(set_table.c.id), row).scalar_one())


def load(database: Engine, id: int) -> StoredSet:
    """Return a parameter set by its number.

    Raises
    ------
    BadInput
        If there is none with it.
    """
    with database.connect() as connection:
        row = connection.execute(select(set_table).where(set_table.c.id == id)).mappings().one_or_none()
    if row is None:
        raise BadInput(f"there is no parameter set {id}", right="name one that was kept")
    return _stored(row)


def history(database: Engine, bank: str) -> tuple[StoredSet, ...]:
    """Return all parameter sets of a bank, oldest first."""
    query = select(set_table).where(set_table.c.bank == bank).order_by(set_table.c.id)
    with database.connect() as connection:
        return tuple(_stored(row) for row in connection.execute(query).mappings())


def promote(database: Engine, id: int, *, at: str, by: str, note: str) -> None:
    """Put a parameter set into use for its bank, from now on, in a person's name.

    Raises
    ------
    BadInput
        If there is no such set, or nobody is named.
    """
    if not by.strip():
        raise BadInput("nobody is named", where=f"parameter set {id}", right="name who promotes it")
    bank = load(database, id).bank
    row = {"bank": bank, "parameter_set": id, "at": at, "by": by, "note": note}
    with transaction(database) as connection:
        connection.execute(insert(promotion_table), row)


def promotions(database: Engine, bank: str) -> tuple[Promotion, ...]:
    """Return every promotion of a bank, oldest first; the last one is in force."""
    wanted = (promotion_table.c[name] for name in ("parameter_set", "at", "by", "note"))
    query = select(*wanted).where(promotion_table.c.bank == bank).order_by(promotion_table.c.id)
    with database.connect() as connection:
        return tuple(Promotion(**row) for row in connection.execute(query).mappings())


def in_use(database: Engine, bank: str) -> StoredSet | None:
    """Return the parameter set that a bank's tests use, or None before the first promotion."""
    made = promotions(database, bank)
    return load(database, made[-1].parameter_set) if made else None


def _stored(row: Any) -> StoredSet:
    told = {name: row[name] for name in ("id", "bank", "at", "by", "note")}
    return StoredSet(**told, parameters=_parameters(row["content"]))


def _content(parameters: ParameterSet) -> dict[str, Any]:
    """Return a parameter set as JSON; numbers keep all their digits, missing ones are null."""
    table = parameters.table.astype(object).where(parameters.table.notna(), None)
    return {
        "table": {str(name): table[name].tolist() for name in table.columns},
        "population": {group: list(moments) for group, moments in parameters.population.items()},
        "covariances": covariance_records(parameters.covariances),
        "provenance": dict(parameters.provenance),
    }


def _parameters(content: dict[str, Any]) -> ParameterSet:
    return ParameterSet(
        ParameterSet.from_table(pd.DataFrame(content["table"])).table,
        population={group: (mean, sd) for group, (mean, sd) in content["population"].items()},
        covariances=covariances_of(content["covariances"]),
        provenance=content["provenance"],
    )
