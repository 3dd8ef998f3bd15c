"""The YAML bank format."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from items.bank import Entry, ItemBank, Stimulus
from items.checks import attach, check_entries
from items.errors import BadInput
from items.exchange.located_yaml import Located, load
from items.exchange.media import read_media
from items.exchange.record import from_record
from items.problems import Problem, nearest, problems_of, refuse

_HEAD = ("id", "title", "domain", "language", "media")
_KEYS = (*_HEAD, "stimuli", "items")


def read(path: Path) -> ItemBank:
    """Read a bank and everything it shows.

    Raises
    ------
    BadInput
        If the file is not a sound bank; one message names every problem by line and item.
    """
    located = load(path)
    if not isinstance(located.data, dict):
        raise BadInput("is not a bank", where=str(path), right="write `id`, `title` and `items`")
    problems = list(_head_problems(located.data))
    stimuli = tuple(_stimuli(located.data, problems))
    entries = dict(_entries(located.data, problems))
    media = read_media(path.parent, str(located.data.get("media", "")))
    ids = [_id(record) for record in _list(located.data, "items")]
    problems += check_entries(entries, ids, stimuli=stimuli, media=media)
    _refuse(problems, path, located)
    head = {
        name: located.data[name] for name in ("id", "title", "domain", "language") if name in located.data
    }
    attached = tuple(attach(entry, media, stimuli) for entry in entries.values())
    return ItemBank(**{"domain": head["title"], **head}, entries=attached, stimuli=stimuli, media=media)


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
            problems.append(
                Problem(("items", position), "is not an item", "write `id`, `skill`, `type`, `stem` …")
            )
            continue
        entry, found = from_record(record)
        problems += [problem.under("items", position) for problem in found]
        if entry:
            yield position, entry


def _list(data: dict[str, Any], name: str) -> list[Any]:
    found = data.get(name)
    return found if isinstance(found, list) else []


def _id(record: Any) -> str:
    return str(record.get("id", "")) if isinstance(record, dict) else ""


def _refuse(problems: list[Problem], path: Path, located: Located) -> None:
    def locate(problem: Problem) -> str:
        place = f"line {located.line(problem)}"
        if problem.path[:1] != ("items",) or len(problem.path) < 2:
            return place
        return f"{place}, item {_id(located.data['items'][problem.path[1]]) or problem.path[1]}"

    refuse(sorted(problems, key=located.line), str(path), locate)
