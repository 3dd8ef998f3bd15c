"""Formats that banks are read from and written to, one file per format."""

from collections.abc import Callable
from pathlib import Path

from items.bank import ItemBank
from items.errors import BadInput
from items.exchange import csv_bank, yaml_bank, yaml_writer

READERS: dict[str, Callable[[Path], ItemBank]] = {"yaml": yaml_bank.read, "csv": csv_bank.read}
"""Readers of whole banks by the name of their format."""

WRITERS: dict[str, Callable[[ItemBank, Path], None]] = {"yaml": yaml_writer.write, "csv": csv_bank.write}
"""Writers of whole banks by the name of their format."""

_ENDINGS = {".yaml": "yaml", ".yml": "yaml", ".csv": "csv"}


def read_bank(path: Path, format: str | None = None) -> ItemBank:
    """Read a bank in a named format, or in the one that the file's ending tells.

    Raises
    ------
    BadInput
        If the format is not known or the file is not a sound bank.
    """
    return READERS[_known(path, format)](path)


def write_bank(bank: ItemBank, path: Path, format: str | None = None) -> None:
    """Write a bank in a named format, or in the one that the file's ending tells.

    Raises
    ------
    BadInput
        If the format is not known or the file cannot be written.
    """
    WRITERS[_known(path, format)](bank, path)


def _known(path: Path, format: str | None) -> str:
    name = format or _ENDINGS.get(path.suffix.lower(), "")
    if name not in READERS:
        what = f"there is no format {format!r}" if format else "its format is not known"
        raise BadInput(what, where=str(path), right=f"name one of {', '.join(READERS)} with --format")
    return name
