"""The flat record of an item, as files and the database keep it: item, interaction, status side by side."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from pydantic import ValidationError

from items.bank import Entry
from items.interactions import KINDS
from items.item import Item
from items.problems import Path, Problem, nearest, problems_of

_ENTRY = ("status", "notes")
_ITEM = tuple(name for name in Item.model_fields if name != "interaction")
_FIRST = ("id", "status", "version", "revision", "skill", "title", "type", "stem")
_LAST = ("explanation", "worked", "idk", "stimulus", "enemies", "tags", "notes", "attachments")


def to_record(entry: Entry) -> dict[str, Any]:
    """Return an entry as one flat record, without defaults, in reading order."""
    told = entry.item.model_dump(mode="json", exclude={"interaction"}, exclude_defaults=True)
    told |= entry.model_dump(mode="json", exclude={"item"}, exclude_defaults=True)
    told |= {"status": entry.status.value, "version": entry.item.version, "revision": entry.item.revision}
    answer = entry.item.interaction.model_dump(mode="json", exclude_defaults=True)
    told |= {**answer, "type": entry.item.interaction.type}
    order = (*_FIRST, *answer, *_LAST)
    return {name: told[name] for name in dict.fromkeys(order) if name in told}


def from_record(record: Mapping[str, Any]) -> tuple[Entry | None, list[Problem]]:
    """Return the entry of a flat record, or what is wrong with it."""
    if problem := _unknown_type(record):
        return None, [problem]
    kind = str(record["type"])
    nested = {
        **{name: record[name] for name in _ENTRY if name in record},
        "item": {name: record[name] for name in _ITEM if name in record}
        | {"interaction": {k: v for k, v in record.items() if k not in _ENTRY and k not in _ITEM}},
    }
    try:
        return Entry.model_validate(nested), []
    except ValidationError as error:
        return None, [_flat(problem, kind) for problem in problems_of(error, partial(_known, kind))]


def _known(kind: str, path: Path) -> Iterable[str]:
    """Return the keys that the record of this kind may have at this path."""
    for name in reversed(path):
        if part := KINDS[kind].parts.get(str(name)):
            return part.model_fields
    return [*_ENTRY, *_ITEM, *KINDS[kind].model_fields]


def _unknown_type(record: Mapping[str, Any]) -> Problem | None:
    if "type" not in record:
        return Problem((), "`type` is missing", f"write one of {', '.join(KINDS)}")
    if record["type"] in KINDS:
        return None
    return Problem(
        ("type",), f"{record['type']!r} is no kind of interaction", nearest(str(record["type"]), KINDS)
    )


def _flat(problem: Problem, kind: str) -> Problem:
    """Return a problem with its path in the flat record."""
    path = problem.path
    for layer in ("item", "interaction", kind):
        if path and path[0] == layer:
            path = path[1:]
    return Problem(path, problem.what, problem.right, problem.line)
