"""Comparisons of groups, each kept under the job that made it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Column, Engine, ForeignKey, Integer, LargeBinary, String, Table, Text, insert, select

from dashboard.store.analyses import pack, unpack
from items.storage.database import metadata, transaction

comparison_table = Table(
    "comparison",
    metadata,
    Column("job", Integer, ForeignKey("job.id"), primary_key=True),
    Column("bank", String(64), ForeignKey("bank.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


def keep(
    database: Engine,
    job: int,
    bank: str,
    title: str,
    tables: Mapping[str, pd.DataFrame],
    facts: Mapping[str, Any],
    *,
    at: str,
    by: str,
) -> None:
    """Keep the tables and facts of a comparison, with what it is in words."""
    row = {"job": job, "bank": bank, "title": title, "content": pack(tables, facts), "at": at, "by": by}
    with transaction(database) as connection:
        connection.execute(insert(comparison_table), row)


def titles(database: Engine, bank: str, *, most: int = 20) -> dict[int, str]:
    """Return what the newest comparisons of a bank are, in words, by their jobs; the newest first."""
    table = comparison_table.c
    query = select(table.job, table.title, table.at, table.by).where(table.bank == bank)
    with database.connect() as connection:
        rows = connection.execute(query.order_by(table.job.desc()).limit(most))
        return {row.job: f"{row.title} ({row.at[:10]}, {row.by})" for row in rows}


def load(database: Engine, job: int) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and facts of a comparison."""
    query = select(comparison_table.c.content).where(comparison_table.c.job == job)
    with database.connect() as connection:
        return unpack(bytes(connection.scalar(query) or b""))
