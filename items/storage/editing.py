"""One item of a bank, changed by a person who saw how it stood: nobody overwrites what they did not see."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, insert, select, update

from items.bank import Entry, digest
from items.errors import BadInput
from items.item import Item
from items.storage.bank_rows import (
    current_entries,
    current_entry,
    entry_of,
    here,
    put_attachments,
    status_row,
    version_row,
)
from items.storage.bank_tables import current_table, status_table, version_table
from items.storage.database import transaction


class Overtaken(BadInput):
    """Somebody else changed the item first; `now` is how it stands, `by` and `at` who changed it and when,
    "" where only its notes changed, of which that is not kept.
    """

    def __init__(self, now: Entry, *, by: str, at: str) -> None:
        self.now, self.by, self.at = now, by, at
        super().__init__(
            f"{by} changed it in the meantime ({at[:16].replace('T', ' ')} UTC)"
            if by
            else "its notes were changed in the meantime",
            where=f"item {now.item.id}",
            right="look at what changed, then decide anew",
        )


@dataclass(frozen=True, slots=True)
class Saved:
    """A state of an item as somebody saved it."""

    item: Item
    at: str
    by: str


def change(
    database: Engine,
    bank: str,
    seen: Entry,
    wanted: Entry,
    *,
    at: str,
    by: str,
    note: str = "",
    figures: Collection[bytes] = (),
) -> Entry:
    """Change an item from how somebody saw it to what they want; return it numbered (``Entry.next_version``).

    `figures` are the contents of images that it shows and the bank may not have yet.

    Raises
    ------
    Overtaken
        If it no longer stands as it was seen.
    BadInput
        If the bank has no such item.
    """
    with transaction(database) as connection:
        now = _now(connection, bank, seen.item.id)
        if now != seen:
            only_notes = (now.item, now.status) == (seen.item, seen.status)
            last = {"by": "", "at": ""} if only_notes else _last(connection, bank, now)
            raise Overtaken(now, **last)
        after = now.next_version(wanted)
        put_attachments(connection, {digest(content): content for content in figures})
        if after.item != now.item:
            connection.execute(insert(version_table), version_row(bank, after.item, at=at, by=by))
        if after.status != now.status:
            given = status_row(bank, after.item.id, after.status, at=at, by=by, note=note)
            connection.execute(insert(status_table), given)
        current = {"version": after.item.version, "revision": after.item.revision}
        values = {**current, "status": after.status.value, "notes": after.notes}
        connection.execute(update(current_table).where(here(bank, after.item.id)).values(values))
    return after


def saved(database: Engine, bank: str, item: str) -> tuple[Saved, ...]:
    """Return every version and revision of an item, oldest first."""
    table = version_table.c
    query = select(table.record, table.at, table.by).where(table.bank == bank, table.item == item)
    with database.connect() as connection:
        rows = connection.execute(query.order_by(table.version, table.revision)).all()
    return tuple(Saved(entry_of(row.record).item, row.at, row.by) for row in rows)


def _now(connection: Connection, bank: str, item: str) -> Entry:
    row = connection.execute(current_entries(bank).where(current_table.c.item == item)).one_or_none()
    if row is None:
        raise BadInput(f"there is no item {item!r}", where=f"bank {bank}", right="name one of its items")
    return current_entry(row)


def _last(connection: Connection, bank: str, now: Entry) -> dict[str, str]:
    """Return who changed the item last, its content or its status, and when."""
    version, status = version_table.c, status_table.c
    told = [
        select(version.at, version.by).where(
            version.bank == bank,
            version.item == now.item.id,
            version.version == now.item.version,
            version.revision == now.item.revision,
        ),
        select(status.at, status.by)
        .where(status.bank == bank, status.item == now.item.id)
        .order_by(status.id.desc())
        .limit(1),
    ]
    rows = [row for query in told for row in connection.execute(query)]
    last = max(rows, key=lambda row: str(row.at))
    return {"by": last.by, "at": last.at}
