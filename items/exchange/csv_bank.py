"""Banks as CSV for people who edit in a spreadsheet: one row an item, `options.1.text` a part of it.

What is not about a single item (title, language, stimuli …) stands in ``NAME.meta.json`` beside ``NAME.csv``.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from items.bank import ItemBank
from items.errors import BadInput
from items.exchange.assemble import assemble, record_id
from items.exchange.media import write_media
from items.exchange.record import to_record
from items.interactions.number_text import written
from items.parameters import meta_path, write_whole
from items.problems import Problem, refuse

NEEDED = ("id", "type", "stem")
"""Columns without which a table is no bank."""

_WORDS = {True: "true", False: "false"}


def read(path: Path) -> ItemBank:
    """Read a bank from a CSV file and the ``.meta.json`` beside it; without that, the file's name is the id.

    Raises
    ------
    BadInput
        If the file is not a sound bank; one message names every problem by line, column and item.
    """
    rows = _rows(path)
    items = [record for _, record in rows]

    def place(problem: Problem) -> str:
        if problem.path[:1] != ("items",) or len(problem.path) < 2:
            return f"{meta_path(path).name}, {_column(problem.path)}"
        line, record = rows[int(problem.path[1])]
        column = f", column {_column(problem.path[2:])}" if problem.path[2:] else ""
        return f"line {line}{column}, item {record_id(record)}"

    def all_of(problems: Sequence[Problem]) -> None:
        refuse(problems, str(path), place)

    return assemble({**_meta(path), "items": items}, path.parent, refuse=all_of)


def write(bank: ItemBank, path: Path) -> None:
    """Write a bank as CSV, its head as ``.meta.json``, and its media beside them.

    Raises
    ------
    BadInput
        If the folder cannot be written to.
    """
    records = [dict(_flat(to_record(entry))) for entry in bank.entries]
    records = [{k: v for k, v in one.items() if not k.startswith("attachments.")} for one in records]
    stimuli = [one.model_dump(exclude_defaults=True) for one in bank.stimuli]
    media = write_media(bank.media, path.parent)
    head = {"id": bank.id, "title": bank.title, "domain": bank.domain, "language": bank.language}
    meta = {**head, **({"media": media} if media else {}), **({"stimuli": stimuli} if stimuli else {})}
    write_whole(path, to_csv(records))
    write_whole(meta_path(path), json.dumps(meta, indent=1, ensure_ascii=False) + "\n")


def to_csv(records: Sequence[dict[str, Any]]) -> str:
    """Return records as CSV text, with a column for every key; those of one list stand together."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _in_order(records), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def _in_order(records: Sequence[dict[str, Any]]) -> list[str]:
    """Return all keys by the first appearance of their first part, then by the numbers in them."""
    keys = list(dict.fromkeys(key for one in records for key in one))
    first = list(dict.fromkeys(key.split(".")[0] for key in keys))

    def rank(key: str) -> tuple[int, list[int]]:
        name, *parts = key.split(".")
        return first.index(name), [int(part) for part in parts if part.isdecimal()]

    return sorted(keys, key=rank)


def _rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return every record with the line that it begins on."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader, found, line = csv.DictReader(file, strict=True), [], 2
            lacking = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if lacking:
                raise BadInput(
                    f"has no column '{lacking[0]}'", where=str(path), right="a bank, one row an item"
                )
            for row in reader:
                found.append((line, _nested(row, f"{path}, line {line}")))
                line = reader.line_num + 1
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"cannot be read as CSV: {error}", where=str(path), right="one row an item") from None


def _meta(path: Path) -> dict[str, Any]:
    beside = meta_path(path)
    if not beside.exists():
        return {"id": path.stem, "title": path.stem}
    try:
        meta = json.loads(beside.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"is not JSON: {error}", where=str(beside), right="write id, title …") from None
    if not isinstance(meta, dict):
        raise BadInput("is not an object", where=str(beside), right='write {"id": …, "title": …}')
    return meta


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves of a record by their path; entries of a list are counted from 1."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value, start=1)
        for key, inner in pairs:
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, bool):
        yield path, _WORDS[value]
    else:
        yield path, written(value) if isinstance(value, float) else str(value)


def _nested(row: dict[str, Any], where: str) -> dict[str, Any]:
    """Return the record of a row; an empty cell is no value."""
    if None in row or None in row.values():
        raise BadInput("has not as many cells as the first line", where=where, right="one cell a column")
    tree: dict[str, Any] = {}
    for path, cell in row.items():
        if cell:
            *above, last = path.split(".")
            branch = tree
            for name in above:
                branch = branch.setdefault(name, {})
                if not isinstance(branch, dict):
                    raise BadInput(f"the columns {name} and {path} clash", where=where, right="keep one")
            branch[last] = cell
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    """Turn dictionaries with the keys 1, 2, 3 … into lists."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if all(key.isdecimal() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _column(path: Sequence[str | int]) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else part for part in path)
