"""Where a blueprint's table stands: in a file, or as text in the rules, so that these need nothing else."""

import io
from pathlib import Path
from typing import TextIO

from items.errors import BadInput


def is_text(source: Path | str) -> bool:
    """Return whether a source is the table itself: a text of several lines, which no path is."""
    return isinstance(source, str) and "\n" in source


def open_table(source: Path | str) -> TextIO:
    """Open a table for reading; raises OSError where a file cannot be, BadInput where there is none."""
    if is_text(source):
        return io.StringIO(str(source).removeprefix("\ufeff"))
    try:
        return open(source, encoding="utf-8-sig", newline="")
    except FileNotFoundError:
        raise BadInput("there is no such file", where=str(source), right="name a CSV file") from None


def name_of(source: Path | str) -> str:
    """Return what messages call a table."""
    return "the table in the rules" if is_text(source) else str(source)
