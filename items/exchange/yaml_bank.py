"""The YAML bank format, read."""

from collections.abc import Sequence
from pathlib import Path

from items.bank import ItemBank
from items.errors import BadInput
from items.exchange.assemble import assemble, record_id
from items.exchange.located_yaml import Located, load
from items.problems import Problem, refuse


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

    def all_of(problems: Sequence[Problem]) -> None:
        in_order = sorted(problems, key=located.line)
        refuse(in_order, str(path), lambda problem: _place(problem, located))

    return assemble(located.data, path.parent, refuse=all_of)


def _place(problem: Problem, located: Located) -> str:
    """Say where a problem stands: its line and, within an item, the item."""
    line = f"line {located.line(problem)}"
    if problem.path[:1] != ("items",) or len(problem.path) < 2:
        return line
    position = problem.path[1]
    return f"{line}, item {record_id(located.data['items'][position]) or position}"
