"""Who did what and when: written with every change, never changed."""

import pandas as pd
from sqlalchemy import Column, Engine, Integer, String, Table, Text, insert, select

from items.storage.database import metadata, transaction

audit_table = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("action", String(40), nullable=False),
    Column("about", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


def note(database: Engine, action: str, about: str, *, at: str, by: str, detail: str = "") -> None:
    """Write down an action, what it was about, and what else is worth knowing."""
    row = {"action": action, "about": about, "detail": detail, "at": at, "by": by}
    with transaction(database) as connection:
        connection.execute(insert(audit_table), row)


def entries(database: Engine, *, most: int = 1000) -> pd.DataFrame:
    """Return `at, by, action, about, detail`, the newest first."""
    columns = [audit_table.c[name] for name in ("at", "by", "action", "about", "detail")]
    query = select(*columns).order_by(audit_table.c.id.desc()).limit(most)
    with database.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return pd.DataFrame(rows, columns=["at", "by", "action", "about", "detail"])
