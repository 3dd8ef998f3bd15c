"""Naming many things in one sentence."""

from collections.abc import Sequence

NAMED = 5
"""So many are named; a longer list is not read."""


def first_few(names: Sequence[str]) -> str:
    """Return "a, b, c": the first names, and of a long list how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more:,} more" if more > 0 else "")
