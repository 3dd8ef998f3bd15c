"""A rules file as a form: each registered rule brings its settings, so a new rule appears by itself."""

import dataclasses
import inspect
import re
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tomli_w

from engine.catalogue import summary_of
from engine.registry import Registry, settings_of

Table = dict[str, Any]

WHOLE, NUMBER, TEXT, TRUTH, LIST, TABLE = "whole number", "number", "text", "true or false", "list", "table"
KINDS: Mapping[Any, str] = {int: WHOLE, float: NUMBER, str: TEXT, bool: TRUTH}
"""Kinds of settings by their annotation."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as a form asks for it.

    Attributes
    ----------
    name : str
    kind : str
        One of the kinds above.
    part : type
        Of the parts of a list or table, or the kind itself.
    default : Any
        None where it must be given.
    help : str
        What it is, in the rule's own words.
    """

    name: str
    kind: str
    part: type
    default: Any
    help: str = ""


def fields_of(record: type) -> tuple[Field, ...]:
    """Return the settings of a rule."""
    hints, told = typing.get_type_hints(record), _explanations(record)
    return tuple(_field(one, hints[one.name], told.get(one.name, "")) for one in settings_of(record))


def titles(registry: Registry[Any]) -> dict[str, str]:
    """Return the members of a role by name, each with what it does in one sentence."""
    return {name: summary_of(registry[name]) for name in registry}


def filled(table: Mapping[str, Any], fields: Sequence[Field], values: Mapping[str, Any]) -> Table:
    """Return the settings to be written: those that differ from the default, or stood in the table before."""
    return {
        field.name: values[field.name]
        for field in fields
        if values.get(field.name) is not None and (values[field.name] != field.default or field.name in table)
    }


def written(value: Any) -> str:
    """Return a list or a table as people write it: parts between commas, or a line `name = value` each."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name} = {part:g}" for name, part in value.items())
    return ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)


def understood(text: str, field: Field) -> Any:
    """Return the list or table that people wrote.

    Raises
    ------
    ValueError
        If a part is of the wrong kind.
    """
    if field.kind == LIST:
        return [_part(part, field) for part in re.split(r"[,;\n]+", text) if part.strip()]
    table = {}
    for line in filter(str.strip, re.split(r"[;\n]+", text)):
        name, equals, part = line.partition("=")
        if not equals:
            raise ValueError(f"{field.name}: “{line.strip()}” is no line such as “Developing = 101”")
        table[name.strip()] = _part(part, field)
    return table


def as_toml(document: Mapping[str, Any]) -> str:
    """Return the text of a rules file; empty tables are left out."""
    return tomli_w.dumps({name: table for name, table in document.items() if table}, multiline_strings=True)


def _field(setting: "dataclasses.Field[Any]", hint: Any, told: str) -> Field:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        kind, part = LIST, parts[0]
    elif origin is not None and issubclass(origin, Mapping):
        kind, part = TABLE, parts[1]
    else:
        kind, part = KINDS.get(hint, TEXT), hint
    return Field(setting.name, kind, part, _default(setting), told)


def _default(setting: "dataclasses.Field[Any]") -> Any:
    if setting.default_factory is not dataclasses.MISSING:
        return setting.default_factory()
    value = None if setting.default is dataclasses.MISSING else setting.default
    return list(value) if isinstance(value, tuple) else value


def _explanations(record: type) -> dict[str, str]:
    """Return what a docstring's section Attributes says, by name."""
    _, _, section = inspect.cleandoc(record.__doc__ or "").partition("Attributes\n----------\n")
    told: dict[str, str] = {}
    names: list[str] = []
    for line in section.split("\n\n")[0].splitlines():
        if line.startswith(" "):
            for name in names:
                told[name] = f"{told.get(name, '')} {line.strip()}".strip()
        else:
            names = [name.strip() for name in line.partition(":")[0].split(",")]
    return told


def _part(text: str, field: Field) -> Any:
    text = text.strip()
    try:
        return field.part(text) if field.part in (int, float) else text
    except ValueError:
        raise ValueError(f"{field.name}: “{text}” is not a {KINDS[field.part]}") from None
