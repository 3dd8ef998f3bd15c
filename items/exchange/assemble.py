"""From the data of a bank file, whatever its format, to a sound bank."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from items.bank import Entry, ItemBank, Stimulus
from items.checks import attach, check_entries
from items.exchange.media import read_media
from items.exchange.record import from_record
from items.problems import Problem, nearest, problems_of

_NAMES = ("id", "title", "domain", "language")
_HEAD = (*_NAMES, "media")
_KEYS = (*_HEAD, "stimuli", "items")


def assemble(data: dict[str, Any], beside: Path, *, refuse: Callable[[Sequence[Problem]], None]) -> ItemBank:
    """Return the bank that the data describe.

    Parameters
    ----------
    data : dict
        ``id``, ``title``, ``domain``, ``language``, ``media``, ``stimuli`` and ``items``, each item a record.
    beside : Path
        The folder that the media stand in.
    refuse : callable
        Raises one error for all problems, each with its place in the file; does nothing when there are none.
    """
    problems = list(_head_problems(data))
    stimuli = tuple(_stimuli(data, problems))
    entries = dict(_entries(data, problems))
    media = read_media(beside, str(data.get("media", "")))
    ids = [record_id(record) for record in _list(data, "items")]
    problems += check_entries(entries, ids, stimuli=stimuli, media=media)
    refuse(problems)
    head = {name: data[name] for name in _NAMES if name in data}
    attached = tuple(attach(entry, media, stimuli) for entry in entries.values())
    return ItemBank(**{"domain": head["title"], **head}, entries=attached, stimuli=stimuli, media=media)


def record_id(record: Any) -> str:
    """Return the id that a record claims, "" where there is none."""
    return str(record.get("id", "")) if isinstance(record, dict) else ""


def _head_problems(data: dict[str, Any]) -> Iterator[Problem]:
    for name in data:
        if name not in _KEYS:
            yield Problem((name,), f"`{name}` is not a known key", nearest(name, _KEYS))
        elif name in _HEAD and not isinstance(data[name], str):
            yield Problem((name,), f"`{name}` is not text", "write text")
    for name in ("id", "title", "items"):
        if not data.get(name):
            yield Problem((name,), f"`{name}` is missing", "add it")
    for name in ("stimuli", "items"):
        if not isinstance(data.get(name, []), list):
            yield Problem((name,), f"`{name}` is not a list", "write one entry a line after `-`")


def _stimuli(data: dict[str, Any], problems: list[Problem]) -> Iterator[Stimulus]:
    for position, record in enumerate(_list(data, "stimuli")):
        try:
            yield Stimulus.model_validate(record)
        except ValidationError as error:
            found = problems_of(error, lambda _: Stimulus.model_fields)
            problems += [problem.under("stimuli", position) for problem in found]


def _entries(data: dict[str, Any], problems: list[Problem]) -> Iterator[tuple[int, Entry]]:
    for position, record in enumerate(_list(data, "items")):
        if not isinstance(record, dict):
            right = "write `id`, `skill`, `type`, `stem` …"
            problems.append(Problem(("items", position), "is not an item", right))
            continue
        entry, found = from_record(record)
        problems += [problem.under("items", position) for problem in found]
        if entry:
            yield position, entry


def _list(data: dict[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []
