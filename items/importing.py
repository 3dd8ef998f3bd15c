"""Banks from files into a database and back: all files are read before the first is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from items.bank import ItemBank
from items.errors import BadInput
from items.exchange import read_bank, testdesign
from items.storage import banks
from items.storage.database import open_database


def import_banks(
    database: Engine, paths: Sequence[Path], *, format: str | None, at: str, by: str
) -> list[dict[str, Any]]:
    """Keep the banks in the files, and return what changed in each: counts of items, new ones, versions.

    Raises
    ------
    BadInput
        If a file is not a sound bank; then none is kept.
    """
    read = [read_bank(path, format) for path in paths]
    return [_import(database, bank, at=at, by=by) for bank in read]


def import_testdesign(paths: Sequence[Path], folder: Path | None) -> str:
    """Turn one bank of TestDesign into a folder of parameters and tables, and say what it holds.

    Raises
    ------
    BadInput
        If there is not exactly one file, no folder is named, or the bank is not sound.
    """
    if len(paths) != 1 or folder is None:
        right = "name one NAME_items.csv, and with --out a folder"
        raise BadInput("one bank becomes one folder", where="--format testdesign", right=right)
    bank = testdesign.read(paths[0])
    testdesign.write(bank, folder)
    return f"{len(bank.parameters.table)} items written to {folder}: parameters, {', '.join(bank.tables)}"


def stored_bank(id: str, *, workspace: Path, url: str | None) -> ItemBank:
    """Return a stored bank by its id, or, without one, the only bank.

    Raises
    ------
    BadInput
        If there is no such bank, or no id is given and there is not exactly one.
    """
    with open_database(workspace, url) as database:
        known = banks.bank_ids(database)
        if id in known or (not id and len(known) == 1):
            return banks.load(database, id or known[0])
    right = f"name one of {', '.join(known)} with --bank" if known else "import one first"
    what = f"there is no bank {id!r}" if id else "no bank is named"
    raise BadInput(what, where=url or str(workspace), right=right)


def banks_of(paths: Sequence[Path], *, workspace: Path, url: str | None) -> list[ItemBank]:
    """Return the banks in the files or, where no file is named, all that are stored."""
    if paths:
        return [read_bank(path) for path in paths]
    with open_database(workspace, url) as database:
        return [banks.load(database, id) for id in banks.bank_ids(database)]


def now() -> str:
    """Return the time, UTC, ISO 8601 with Z: for the service's edge."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _import(database: Engine, bank: ItemBank, *, at: str, by: str) -> dict[str, Any]:
    known = banks.load(database, bank.id) if bank.id in banks.bank_ids(database) else None
    before = {item.id: item for item in known.items} if known else {}
    after = banks.save(database, bank, at=at, by=by)
    old = [(before[item.id], item) for item in after.items if item.id in before]
    return {
        "bank": bank.id,
        "items": len(after),
        "new": len(after) - len(old),
        "new_versions": sum(was.version != item.version for was, item in old),
        "new_revisions": sum(was.version == item.version and was != item for was, item in old),
    }
