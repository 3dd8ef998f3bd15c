"""An item as its authors edit it: texts, a table of options, settings; and back to an item that is sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import unified_diff
from string import ascii_lowercase
from typing import Any

import pandas as pd

from items.bank import Entry, ItemBank
from items.checks import attach, check_entries
from items.errors import BadInput
from items.exchange.located_yaml import parse
from items.exchange.record import from_record, to_record
from items.exchange.yaml_writer import dump
from items.interactions import Choice
from items.problems import Problem, refuse

WRITTEN = ("title", "skill", "stem", "explanation", "worked", "notes")
"""Fields that are texts of their own."""
OPTION = ("text", "correct", "explanation", "fixed")
"""Columns of the table of options."""


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """An item while it is edited.

    Attributes
    ----------
    written : mapping
        The texts, by field.
    options : DataFrame or None
        One row an option, in bank order; None for answers that are typed.
    rest : str
        Everything else, as YAML.
    """

    written: Mapping[str, str]
    options: pd.DataFrame | None
    rest: str


def draft_of(entry: Entry) -> Draft:
    """Take an item apart into what authors edit."""
    record = to_record(entry)
    written = {name: str(record.pop(name, "")) for name in WRITTEN}
    for name in ("id", "status", "version", "revision", "attachments"):
        record.pop(name, None)
    options = None
    if isinstance(entry.item.interaction, Choice):
        record.pop("options")
        told = [one.model_dump() for one in entry.item.interaction.options]
        options = pd.DataFrame(told, columns=["id", *OPTION])
    return Draft(written, options, dump(record))


def entry_of(draft: Draft, before: Entry, bank: ItemBank) -> Entry:
    """Put the item together again; version and status are those of `before`.

    Raises
    ------
    BadInput
        If something is missing or cannot be shown: the message names every problem.
    """
    where = f"item {before.item.id}"
    record = {**_rest(draft.rest, where), **{name: text for name, text in draft.written.items() if text}}
    if draft.options is not None:
        record["options"] = _options(draft.options)
    told = {"id": before.item.id, "version": before.item.version, "revision": before.item.revision}
    entry, problems = from_record({**record, **told, "status": before.status.value})
    if entry is not None:
        ids = [entry.item.id, *(item.id for item in bank.items if item.id != entry.item.id)]
        found = check_entries({0: entry}, ids, stimuli=bank.stimuli, media=bank.media)
        problems = [problem for problem in found if problem.path[:2] == ("items", 0)]
    refuse(problems, where, _place)
    assert entry is not None
    return attach(entry, bank.media, bank.stimuli)


def carried_over(mine: Draft, before: Entry, now: Entry) -> tuple[Draft, tuple[str, ...]]:
    """Put what somebody wrote since `before` onto the item as it stands now.

    Returns
    -------
    draft : Draft
        Each field as they wrote it, or, where they wrote nothing, as it stands now.
    both : tuple of texts
        Fields that others changed too, to something else: theirs gives way in the draft.
    """
    base, theirs = draft_of(before), draft_of(now)
    written = {}
    both = []
    for name in WRITTEN:
        text, was, other = mine.written[name], base.written[name], theirs.written[name]
        written[name] = other if text == was else text
        both += [name] * (was not in (text, other) and text != other)
    kept = _same(mine.options, base.options)
    if not kept and not _same(theirs.options, base.options) and not _same(mine.options, theirs.options):
        both.append("options")
    both += ["settings"] * (base.rest not in (mine.rest, theirs.rest) and mine.rest != theirs.rest)
    rest = theirs.rest if mine.rest == base.rest else mine.rest
    return Draft(written, theirs.options if kept else mine.options, rest), tuple(both)


def _same(one: pd.DataFrame | None, other: pd.DataFrame | None) -> bool:
    """Return whether two tables of options say the same."""
    if one is None or other is None:
        return one is other
    return _options(one) == _options(other)


def consequence(before: Entry, edited: Entry) -> str:
    """Say what saving would do."""
    after = before.next_version(edited)
    if after == before:
        return "Nothing is changed since it was last saved."
    if after.item.version > before.item.version:
        return (
            f"Candidates will see another question, or it is scored otherwise: this becomes version "
            f"{after.item.version}, {after.status.value}, without the statistics and ratings of version "
            f"{before.item.version}. Tests on offer keep the old version until they are published again."
        )
    if after.item == before.item:
        return "Only the notes of the authors change."
    return (
        f"Candidates see the same question, scored the same way: it stays version {after.item.version} with "
        f"its statistics, as revision {after.item.revision}."
    )


def changes(before: Entry, after: Entry) -> str:
    """Return what is different between two states of an item, line by line: − was, + is."""
    one, other = (_lines(entry) for entry in (before, after))
    told = list(unified_diff(one, other, lineterm="", n=1))[2:]
    return "\n".join(line for line in told if not line.startswith("@@"))


def _place(problem: Problem) -> str:
    """Return where a problem stands, as "options 2 text"."""
    path = problem.path[2:] if problem.path[:2] == ("items", 0) else problem.path
    return " ".join(str(one + 1 if isinstance(one, int) else one) for one in path)


def _lines(entry: Entry) -> list[str]:
    record = to_record(entry)
    for name in ("version", "revision", "attachments"):
        record.pop(name, None)
    return dump(record).splitlines()


def _options(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the options of the table, each with a letter; empty rows are left out, and so are defaults."""
    rows = [
        {str(name): value for name, value in row.items() if not pd.isna(value) and value not in ("", False)}
        for row in table.to_dict("records")
    ]
    kept = [row for row in rows if "text" in row or "explanation" in row]
    taken = {row["id"] for row in kept if "id" in row}
    free = (letter for letter in ascii_lowercase if letter not in taken)
    return [row if "id" in row else {"id": next(free), **row} for row in kept]


def _rest(text: str, where: str) -> dict[str, Any]:
    data = parse(text, where=f"{where}, settings").data or {}
    if not isinstance(data, dict):
        raise BadInput("are not keys with values", where=f"{where}, settings", right="write `key: value`")
    return data
