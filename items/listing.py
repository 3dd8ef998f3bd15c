"""What a bank holds, at a glance."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from items.bank import ItemBank
from items.errors import BadInput
from items.exchange.csv_bank import to_csv


def listing(banks: Iterable[ItemBank]) -> list[dict[str, Any]]:
    """Return one row an item: where it stands, what it asks, and the beginning of its content's hash."""
    return [
        {
            "bank": bank.id,
            "item": entry.item.id,
            "version": entry.item.version,
            "revision": entry.item.revision,
            "status": entry.status.value,
            "skill": entry.item.skill,
            "title": entry.item.title,
            "type": entry.item.interaction.type,
            "categories": entry.item.n_categories,
            "content": entry.item.content_hash[:12],
        }
        for bank in banks
        for entry in bank.entries
    ]


def summary(bank: ItemBank) -> dict[str, Any]:
    """Return how many items a bank has, and how many of each status, type and skill."""
    entries = bank.entries
    return {
        "bank": bank.id,
        "title": bank.title,
        "items": len(bank),
        "status": dict(Counter(entry.status.value for entry in entries)),
        "type": dict(Counter(entry.item.interaction.type for entry in entries)),
        "skill": dict(Counter(entry.item.skill for entry in entries)),
    }


def shown(rows: Sequence[dict[str, Any]], form: str | None = None) -> str:
    """Return rows as text in columns, or as ``csv`` or ``json``.

    Raises
    ------
    BadInput
        If the form is another.
    """
    if form not in (None, "csv", "json"):
        raise BadInput(f"a list cannot be written as {form!r}", right="leave --format out or write csv")
    if form == "json":
        return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    return to_csv(rows) if form else _in_columns(rows) + "\n"


def _in_columns(rows: Sequence[dict[str, Any]]) -> str:
    lines = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)] if rows else []
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    cells = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("  ".join(line).rstrip() for line in cells)
