"""Names of the items that a figure is about, said in its sentence, where none covers another."""

from collections.abc import Iterable

from items.naming import first_few


def first_of(items: Iterable[str]) -> str:
    """Return ` (a, b and 3 more)` for items, those that matter most first; an empty text for none."""
    told = list(dict.fromkeys(items))
    return f" ({first_few(told)})" if told else ""
