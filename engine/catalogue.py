"""Every registered rule with its settings, as data for the command line, the documents and the dashboard."""

import dataclasses
import inspect
import json
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from engine.estimation.base import estimators
from engine.priors import priors
from engine.registry import Registry, nearest, settings_of
from engine.selection.base import choosers, constraints, criteria, exposures
from engine.stopping.base import stopping_rules
from items.errors import BadInput

ROLES: Mapping[str, tuple[Registry[Any], str]] = {
    "criterion": (criteria, "[select] criterion"),
    "chooser": (choosers, "[select] chooser"),
    "exposure": (exposures, "[exposure] method"),
    "constraints": (constraints, "[constraints] method"),
    "estimator": (estimators, "[estimate] method, [report] method"),
    "prior": (priors, "[estimate] prior.shape, [report] prior.shape"),
    "stopping rule": (stopping_rules, "[stop] rule"),
}
"""The roles of a rules file: their members, and where a member is named."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a rule: name, kind of value, and default (an empty text where it must be given)."""

    name: str
    kind: str
    default: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered rule: role, name, where it stands in a rules file, what it does, settings, source."""

    role: str
    name: str
    place: str
    summary: str
    settings: tuple[Setting, ...]
    reference: str


def entries() -> Iterator[Entry]:
    """Yield every registered rule, role by role."""
    for role, (registry, place) in ROLES.items():
        for name in registry:
            member = registry[name]
            reference = getattr(member, "reference", "")
            yield Entry(role, name, place, summary_of(member), tuple(_settings(member)), reference)


def summary_of(member: type) -> str:
    """Return what a rule does: the first sentence of its description."""
    return inspect.cleandoc(member.__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def find(name: str | None) -> list[Entry]:
    """Return the rules of this name, of whatever role; all rules if no name is given.

    Raises
    ------
    BadInput
        If there is none, with the nearest name.
    """
    found = [entry for entry in entries() if name in (None, entry.name)]
    if not found:
        known = {entry.name for entry in entries()} | gallery().keys()
        raise BadInput(f"there is no rule '{name}'", right=nearest(str(name), known))
    return found


def as_text(name: str | None) -> str:
    """Return rules for reading: each with its place in a rules file, its settings and its source."""
    lines, role = [], ""
    for entry in find(name):
        if entry.role != role:
            role = entry.role
            lines += ["", f"{role}: {entry.place}"]
        lines.append(f"  {entry.name:<20}{entry.summary}")
        lines += [
            f"{'':<24}{setting.name} = {setting.default or '…'}  ({setting.kind})"
            for setting in entry.settings
        ]
        if name:
            lines.append(f"{'':<24}{entry.reference}")
    ready = [] if name else ["", f"ready rules files: {', '.join(gallery())}"]
    return "\n".join([*lines[1:], *ready])


def as_json(name: str | None) -> str:
    """Return rules for programs."""
    return json.dumps([dataclasses.asdict(entry) for entry in find(name)], indent=1)


def gallery() -> dict[str, str]:
    """Return the ready rules files that ship with the engine, by name."""
    folder = files("engine") / "gallery"
    paths = sorted(
        (path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name
    )
    return {path.name.removesuffix(".toml"): path.read_text(encoding="utf-8") for path in paths}


def _settings(member: type) -> Iterator[Setting]:
    hints = typing.get_type_hints(member)
    for field in settings_of(member):
        yield Setting(field.name, _kind(hints[field.name]), _default(field))


def _kind(hint: Any) -> str:
    """Return the kind of a value in plain words."""
    words = {int: "whole number", float: "number", str: "text", bool: "true or false"}
    if hint in words:
        return words[hint]
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin is tuple:
        return f"list of {_kind(parts[0])}s"
    if origin is Mapping:
        return f"table of {_kind(parts[1])}s"
    return _kind(parts[0]) if parts else "table"


def _default(field: "dataclasses.Field[Any]") -> str:
    if field.default is not dataclasses.MISSING:
        return repr(field.default) if not isinstance(field.default, tuple) else repr(list(field.default))
    return "" if field.default_factory is dataclasses.MISSING else repr(field.default_factory())
