"""YAML as data with the line of every value; scalars stay as the author wrote them."""

from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

import yaml

from items.errors import BadInput
from items.problems import Path, Problem

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Located:
    """Data read from a YAML file: strings, lists and dictionaries, and the line of each by its path."""

    data: Any
    lines: dict[Path, int]
    texts: frozenset[Path]

    def line(self, problem: Problem) -> int:
        """Return the line (from 1) of a problem, or of the nearest thing around it."""
        path = problem.path
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1) + (problem.line + 1 if path in self.texts else 0)


def load(file: File) -> Located:
    """Read a YAML file.

    Raises
    ------
    BadInput
        If it cannot be read, is not YAML, repeats a key or uses an alias.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=str(file), right="name a file") from None
    except UnicodeDecodeError as error:
        raise BadInput(
            f"is not UTF-8 at byte {error.start}", where=str(file), right="save it as UTF-8"
        ) from None
    return parse(text, where=str(file))


def parse(text: str, *, where: str) -> Located:
    """Read YAML from a text; raises BadInput as `load` does."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, where) from None
    except yaml.YAMLError as error:
        raise BadInput(f"is not YAML: {error}", where=where) from None
    reader = _Reader(where)
    data = reader.value(root, ()) if root else None
    return Located(data, reader.lines, frozenset(reader.texts))


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.texts: set[Path] = set()
        self._met: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self._met:
            raise self._refuse(node, "an alias is used", "write the text out")
        self._met.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, place)) for place, child in enumerate(node.value)]
        if getattr(node, "style", None) in ("|", ">"):
            self.texts.add(path)
        return None if node.tag == _NULL else str(node.value)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self._refuse(key, "a key is not plain text", "write `key: value`")
            if key.value in found:
                raise self._refuse(key, f"`{key.value}` is given twice", "keep one of them")
            self.lines[*path, key.value] = key.start_mark.line + 1
            found[key.value] = self.value(child, (*path, key.value))
        return {name: value for name, value in found.items() if value is not None}

    def _refuse(self, node: yaml.Node, what: str, right: str) -> BadInput:
        mark = node.start_mark
        return BadInput(
            what, where=f"{self.file}, line {mark.line + 1}, column {mark.column + 1}", right=right
        )


def _not_yaml(error: yaml.MarkedYAMLError, source: str) -> BadInput:
    mark = error.problem_mark or error.context_mark
    where = f"{source}, line {mark.line + 1}, column {mark.column + 1}" if mark else source
    right = "mind the indentation, and quote text that holds `: ` or starts with a sign"
    return BadInput(f"is not YAML: {error.problem}", where=where, right=right)
