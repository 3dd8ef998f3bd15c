"""Names of the items that a figure is about, said in its sentence, where none covers another."""

from collections.abc import Iterable

NAMED = 5
"""The most names that a sentence holds."""


def first_of(items: Iterable[str]) -> str:
    """Return ` (a, b, …)` for the first items, those that matter most first; an empty text for none."""
    told = list(dict.fromkeys(items))
    more = [] if len(told) <= NAMED else ["…"]
    return f" ({', '.join(told[:NAMED] + more)})" if told else ""
