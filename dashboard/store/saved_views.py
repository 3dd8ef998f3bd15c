"""Views of a table that people want to come back to: a name and the page's query."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, Column, Engine, String, Table, Text, delete, insert, select

from items.storage.database import metadata, transaction

view_table = Table(
    "saved_view",
    metadata,
    Column("page", String(32), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("query", JSON, nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", Text, nullable=False),
)


def save(
    database: Engine, page: str, name: str, query: Mapping[str, Any] | None, *, at: str, by: str
) -> None:
    """Keep a view under a name, in place of an earlier one; without a query the view is removed."""
    same = (view_table.c.page == page) & (view_table.c.name == name)
    with transaction(database) as connection:
        connection.execute(delete(view_table).where(same))
        if query is not None:
            row = {"page": page, "name": name, "query": dict(query), "at": at, "by": by}
            connection.execute(insert(view_table), row)


def views(database: Engine, page: str) -> dict[str, dict[str, Any]]:
    """Return the saved views of a page by name."""
    query = select(view_table.c.name, view_table.c.query).where(view_table.c.page == page)
    with database.connect() as connection:
        return {row.name: row.query for row in connection.execute(query.order_by(view_table.c.name))}
