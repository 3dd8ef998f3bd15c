"""One registry class for every role: models, estimators, criteria, choosers, constraints, stopping rules.

A member is one class in one file; the file registers it, the role's package walks its siblings. Whatever
lists, documents or tests a role reads the registry, so a new file is enough to add a member everywhere.
"""

import dataclasses
import difflib
import importlib
import pkgutil
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Member = TypeVar("Member", bound=type)


def nearest(name: str, known: typing.Iterable[str]) -> str:
    """Return a sentence that names the known word nearest to `name`, or lists all known words."""
    words = sorted(known)
    close = difflib.get_close_matches(name, words, n=1, cutoff=0.5)
    return f"did you mean '{close[0]}'?" if close else f"known: {', '.join(words) or 'none'}"


class Registry(Generic[T]):
    """The members of one role by their short name.

    Parameters
    ----------
    role : str
        What a member is, in one word for messages: "model", "criterion".
    """

    def __init__(self, role: str) -> None:
        self.role = role
        self._members: dict[str, type[T]] = {}

    def register(self, name: str) -> Callable[[Member], Member]:
        """Enter a class under `name`; a name can be taken once."""

        def enter(member: Member) -> Member:
            if name in self._members:
                raise ValueError(f"{self.role} '{name}' is registered twice")
            self._members[name] = member
            return member

        return enter

    def load(self, package: str, path: typing.Iterable[str]) -> None:
        """Import every module beside the package, so that each registers itself."""
        for module in pkgutil.iter_modules(path):
            importlib.import_module(f"{package}.{module.name}")

    def __getitem__(self, name: str) -> type[T]:
        if name not in self._members:
            raise ValueError(f"unknown {self.role} '{name}'; {nearest(name, self._members)}")
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._members))

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __len__(self) -> int:
        return len(self._members)

    def build(self, name: str, settings: Mapping[str, Any]) -> T:
        """Make the member `name` from its settings.

        Raises
        ------
        ValueError
            If the name or a setting is unknown, a setting is missing or has the wrong kind, or the member
            refuses the value.
        """
        return build_record(self[name], settings, f"{self.role} '{name}'")


def build_record(record: type[T], settings: Mapping[str, Any], what: str) -> T:
    """Make a dataclass from settings as a file gives them; `what` names it in messages.

    Raises
    ------
    ValueError
        If a setting is unknown, missing, of the wrong kind, or refused.
    """
    known = {field.name: field for field in settings_of(record)}
    for key in settings:
        if key not in known:
            raise ValueError(f"{what} has no setting '{key}'; {nearest(key, known)}")
    for key, field in known.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and key not in settings:
            raise ValueError(f"{what} needs the setting '{key}'")
    hints = typing.get_type_hints(record)
    checked = {key: _conform(value, hints[key], f"{what}: {key}") for key, value in settings.items()}
    try:
        return typing.cast(Callable[..., T], record)(**checked)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def settings_of(record: type) -> list["dataclasses.Field[Any]"]:
    """Return the settings of a dataclass: the fields that a file may give."""
    return [field for field in dataclasses.fields(typing.cast(Any, record)) if field.init]


def _conform(value: Any, hint: Any, where: str) -> Any:
    """Return `value` as the annotated kind: number, text, truth, or a tuple of them."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return value if value is None else _conform(value, _kind_of(value, typing.get_args(hint)), where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{where} = {value!r} is not a list")
        return tuple(_conform(part, typing.get_args(hint)[0], where) for part in value)
    if origin is Mapping:
        if not isinstance(value, Mapping):
            raise ValueError(f"{where} = {value!r} is not a table")
        part = typing.get_args(hint)[1]
        return {key: _conform(entry, part, f"{where}.{key}") for key, entry in value.items()}
    if hint is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if hint in (int, float, str, bool) and (not isinstance(value, hint) or (hint is int and value is True)):
        kind = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}[hint]
        raise ValueError(f"{where} = {value!r} is not {kind}")
    return value


def _kind_of(value: Any, kinds: tuple[Any, ...]) -> Any:
    """Return which of several kinds a value is meant to be: for a list the list, else the first."""
    lists = [kind for kind in kinds if typing.get_origin(kind) is tuple]
    return lists[0] if lists and isinstance(value, (list, tuple)) else kinds[0]
