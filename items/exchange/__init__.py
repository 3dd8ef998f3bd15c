"""Formats that banks are read from and written to, one file per format."""

from collections.abc import Callable
from pathlib import Path

from items.bank import ItemBank
from items.errors import BadInput
from items.exchange import yaml_bank

READERS: dict[str, Callable[[Path], ItemBank]] = {"yaml": yaml_bank.read}
"""Readers of whole banks by the name of their format."""

_ENDINGS = {".yaml": "yaml", ".yml": "yaml"}


def read_bank(path: Path, format: str | None = None) -> ItemBank:
    """Read a bank in a named format, or in the one that the file's ending tells.

    Raises
    ------
    BadInput
        If the format is not known or the file is not a sound bank.
    """
    name = format or _ENDINGS.get(path.suffix.lower())
    if name not in READERS:
        known = ", ".join(READERS)
        raise BadInput("its format is not known", where=str(path), right=f"name one of {known} with --format")
    return READERS[name](path)
