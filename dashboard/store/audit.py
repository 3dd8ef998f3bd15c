"""Who did what and when: written with every change, never changed."""

from collections.abc import Mapping
from textwrap import shorten

import pandas as pd
from sqlalchemy import Column, Engine, Integer, String, Table, Text, insert, or_, select

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

SHORT = 120
"""Letters that a text which changed is told by."""

COLUMNS = ("at", "by", "action", "about", "detail")


def note(database: Engine, action: str, about: str, *, at: str, by: str, detail: str = "") -> None:
    """Write down an action, what it was about, and what else is worth knowing."""
    row = {"action": action, "about": about, "detail": detail, "at": at, "by": by}
    with transaction(database) as connection:
        connection.execute(insert(audit_table), row)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Say which of the named things changed, from what to what; an empty text if none did."""
    return "; ".join(
        f"{name}: {_short(before[name])} → {_short(now)}"
        for name, now in after.items()
        if now != before[name]
    )


def _short(text: str) -> str:
    return shorten(text, SHORT, placeholder=" …") or "none"


def entries(
    database: Engine,
    *,
    text: str = "",
    action: str = "",
    by: str = "",
    since: str = "",
    most: int | None = 1000,
) -> pd.DataFrame:
    """Return `at, by, action, about, detail`, the newest first.

    Parameters
    ----------
    text : str
        What the entry is about, or its detail, contains (in any case); everything if empty.
    action, by : str
        Only of this action, or this person, if given.
    since : str
        From this day or time on (ISO 8601).
    most : int, optional
        How many at most; all of them if None.
    """
    table = audit_table.c
    query = select(*(table[name] for name in COLUMNS)).order_by(table.id.desc()).limit(most)
    if text:
        query = query.where(
            or_(*(table[name].icontains(text, autoescape=True) for name in ("about", "detail")))
        )
    for name, wanted in (("action", action), ("by", by)):
        if wanted:
            query = query.where(table[name] == wanted)
    if since:
        query = query.where(table.at >= since)
    with database.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def known(database: Engine, column: str) -> list[str]:
    """Return the actions, or the people, of the whole log."""
    table = audit_table.c[column]
    with database.connect() as connection:
        return list(connection.scalars(select(table).distinct().order_by(table)))
