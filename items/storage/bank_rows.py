"""Items as rows and back: what every reader and writer of banks shares."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, insert, select

from items.bank import Entry
from items.errors import BadInput
from items.exchange.record import from_record, to_record
from items.item import Item, Status
from items.storage.bank_tables import VERSION, attachment_table, current_table, version_table


def current_entries(bank: str) -> Select[Any]:
    """Return the query for the items of a bank as they stand, in order; `current_entry` reads its rows."""
    same = [current_table.c[name] == version_table.c[name] for name in VERSION]
    return (
        select(version_table.c.record, current_table.c.status, current_table.c.notes)
        .join_from(current_table, version_table, and_(*same))
        .where(current_table.c.bank == bank)
        .order_by(current_table.c.place)
    )


def current_entry(row: Row[Any]) -> Entry:
    """Return the entry of a row of `current_entries`."""
    return entry_of({**row.record, "status": row.status, "notes": row.notes})


def entry_of(record: Mapping[str, Any]) -> Entry:
    """Return the entry of a record that was saved.

    Raises
    ------
    BadInput
        If it cannot be read any more.
    """
    entry, problems = from_record(record)
    if entry is None:
        where = f"item {record.get('id')} in the database"
        raise BadInput(problems[0].what, where=where, right="save the item again")
    return entry


def here(bank: str, item: str) -> ColumnElement[bool]:
    """Return the condition that a row of `current_table` is this item's."""
    return and_(current_table.c.bank == bank, current_table.c.item == item)


def version_row(bank: str, item: Item, *, at: str, by: str) -> dict[str, Any]:
    """Return the row that keeps a saved state of an item."""
    return {
        "bank": bank,
        "item": item.id,
        "version": item.version,
        "revision": item.revision,
        "content_hash": item.content_hash,
        "record": to_record(Entry(item=item)),
        "at": at,
        "by": by,
    }


def status_row(bank: str, item: str, status: Status, *, at: str, by: str, note: str) -> dict[str, Any]:
    """Return the row that keeps a status that an item was given."""
    return {"bank": bank, "item": item, "status": status.value, "at": at, "by": by, "note": note}


def put_attachments(connection: Connection, contents: Mapping[str, bytes]) -> None:
    """Keep what items show, by its SHA-256, where it is not kept yet."""
    kept = select(attachment_table.c.digest).where(attachment_table.c.digest.in_(contents))
    known = set(connection.scalars(kept))
    rows = [{"digest": sha, "content": content} for sha, content in contents.items() if sha not in known]
    if rows:
        connection.execute(insert(attachment_table), rows)
