"""Banks in the database: nothing that was asked is ever overwritten."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from items.bank import Entry, ItemBank, Stimulus
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
from items.storage.bank_tables import (
    attachment_table,
    bank_table,
    current_table,
    status_table,
    version_table,
)
from items.storage.database import transaction


def save(database: Engine, bank: ItemBank, *, at: str, by: str) -> ItemBank:
    """Keep a bank, and return it numbered after what was kept before (``ItemBank.next_version``).

    Parameters
    ----------
    database : Engine
        A migrated database.
    bank : ItemBank
        The bank as edited.
    at : str
        Time, UTC, ISO 8601 with Z.
    by : str
        Who saves it.
    """
    with transaction(database) as connection:
        before = _load(connection, bank.id)
        after = before.next_version(bank) if before else bank
        _put_bank(connection, after)
        put_attachments(connection, after.shown)
        known = {entry.item.id: entry for entry in before.entries} if before else {}
        _put_entries(connection, known, after, at=at, by=by)
    return after


def load(database: Engine, id: str) -> ItemBank:
    """Return a bank as it stands now, with its media.

    Raises
    ------
    BadInput
        If there is no such bank.
    """
    with database.connect() as connection:
        bank = _load(connection, id)
    if bank is None:
        raise BadInput(f"there is no bank {id!r}", right="name one that was imported")
    return bank


def bank_ids(database: Engine) -> tuple[str, ...]:
    """Return the ids of all banks, in order."""
    with database.connect() as connection:
        return tuple(connection.scalars(select(bank_table.c.id).order_by(bank_table.c.id)))


def load_item(database: Engine, bank: str, item: str, *, version: int) -> Item:
    """Return the newest revision of one version of an item, current or not.

    Raises
    ------
    BadInput
        If there is no such version.
    """
    query = (
        select(version_table.c.record)
        .where(version_table.c.bank == bank, version_table.c.item == item, version_table.c.version == version)
        .order_by(version_table.c.revision.desc())
        .limit(1)
    )
    with database.connect() as connection:
        record = connection.scalar(query)
    if record is None:
        raise BadInput(f"item {item!r} has no version {version}", where=f"bank {bank}")
    return entry_of(record).item


def load_revisions(database: Engine, bank: str, wanted: Collection[tuple[str, int, int]]) -> tuple[Item, ...]:
    """Return items exactly as they were saved, each named by id, version and revision, in that order.

    Raises
    ------
    BadInput
        If one of them was never saved.
    """
    names = {item for item, _, _ in wanted}
    query = select(version_table).where(version_table.c.bank == bank, version_table.c.item.in_(names))
    with database.connect() as connection:
        records = {(row.item, row.version, row.revision): row.record for row in connection.execute(query)}
    if missing := [one for one in wanted if one not in records]:
        item, version, revision = missing[0]
        raise BadInput(f"item {item!r} has no version {version}, revision {revision}", where=f"bank {bank}")
    return tuple(entry_of(records[one]).item for one in wanted)


def load_media(database: Engine, digest: str) -> bytes:
    """Return the content of a media file by its SHA-256.

    Raises
    ------
    BadInput
        If there is no such file.
    """
    query = select(attachment_table.c.content).where(attachment_table.c.digest == digest)
    with database.connect() as connection:
        content = connection.scalar(query)
    if content is None:
        raise BadInput(f"there is no attachment {digest!r}", right="name one that an item shows")
    return bytes(content)


def status_history(database: Engine, bank: str, item: str) -> tuple[dict[str, Any], ...]:
    """Return every status that an item was given: ``status, at, by, note``, oldest first."""
    wanted = (status_table.c.status, status_table.c.at, status_table.c.by, status_table.c.note)
    query = select(*wanted).where(status_table.c.bank == bank, status_table.c.item == item)
    with database.connect() as connection:
        return tuple(dict(row) for row in connection.execute(query.order_by(status_table.c.id)).mappings())


def _load(connection: Connection, id: str) -> ItemBank | None:
    head = connection.execute(select(bank_table).where(bank_table.c.id == id)).mappings().one_or_none()
    if head is None:
        return None
    entries = tuple(map(current_entry, connection.execute(current_entries(id))))
    media, stimuli = _shown(connection, entries)
    return ItemBank(**head, entries=entries, media=media, stimuli=stimuli)


def _shown(connection: Connection, entries: Iterable[Entry]) -> tuple[dict[str, bytes], tuple[Stimulus, ...]]:
    """Return the media by path, and the stimuli, that the items show."""
    wanted = {name: sha for entry in entries for name, sha in entry.item.attachments.items()}
    query = select(attachment_table).where(attachment_table.c.digest.in_(set(wanted.values())))
    contents = {row.digest: bytes(row.content) for row in connection.execute(query)}
    stimuli = tuple(
        Stimulus.from_content(name.removeprefix("stimulus:"), contents[sha])
        for name, sha in wanted.items()
        if name.startswith("stimulus:")
    )
    media = {name: contents[sha] for name, sha in wanted.items() if not name.startswith("stimulus:")}
    return media, stimuli


def _put_bank(connection: Connection, bank: ItemBank) -> None:
    values = {"title": bank.title, "domain": bank.domain, "language": bank.language}
    changed = connection.execute(update(bank_table).where(bank_table.c.id == bank.id).values(values))
    if not changed.rowcount:
        connection.execute(insert(bank_table), {"id": bank.id, **values})


def _put_entries(
    connection: Connection, before: Mapping[str, Entry], after: ItemBank, *, at: str, by: str
) -> None:
    """Keep each new state of an item, make it the current one, and record each new status."""
    for place, entry in enumerate(after.entries):
        item, old = entry.item, before.get(entry.item.id)
        if old is None or old.item != item:
            connection.execute(insert(version_table), version_row(after.id, item, at=at, by=by))
        _put_current(connection, after.id, entry, place=place, exists=old is not None)
        if old is None or old.status != entry.status:
            changed = status_row(after.id, item.id, entry.status, at=at, by=by, note="saved with the bank")
            connection.execute(insert(status_table), changed)


def _put_current(connection: Connection, bank: str, entry: Entry, *, place: int, exists: bool) -> None:
    item = entry.item
    values = {
        "version": item.version,
        "revision": item.revision,
        "place": place,
        "status": entry.status.value,
        "notes": entry.notes,
    }
    if exists:
        connection.execute(update(current_table).where(here(bank, item.id)).values(values))
    else:
        connection.execute(insert(current_table), {"bank": bank, "item": item.id, **values})
