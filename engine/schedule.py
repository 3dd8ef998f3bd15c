"""What stands at fixed places of a test, or of a section: first items, open questions, pilot items."""

from collections.abc import Sequence

import numpy as np

from engine._types import Floats, Ints
from engine.insertion import Insertion


def schedule(
    insertions: Sequence[Insertion],
    places: Sequence[Ints],
    u: Floats,
    *,
    first: Ints,
    answers: Ints,
    shortest: int,
    longest: int,
) -> Ints:
    """Return what stands where (N, longest), −1 for an adaptive question.

    Parameters
    ----------
    places : sequence of int arrays
        The rows of each insertion's items among all names.
    u : (N,)
        One uniform draw a person.
    first : (F,) int
        Rows of what comes first.
    answers : (J + E,) int
        Answers that each item has.
    shortest : int
        Before this question random places end, if an insertion says nothing else.

    Raises
    ------
    ValueError
        If inserted items have no room.
    """
    found = np.full((u.size, longest), -1)
    first = first[:longest]
    found[:, : first.size] = first
    declared = (position - 1 for each in insertions for position in each.positions)
    taken = frozenset(range(first.size)).union(declared)
    row = np.arange(u.size)[:, None]
    for insertion, rows in zip(insertions, places, strict=True):
        at = insertion.choose_positions(u, shortest=shortest, taken=taken)
        chosen = rows[insertion.choose_items(u, answers[rows])][:, : at.shape[1]]
        reached = at < longest
        found[np.broadcast_to(row, at.shape)[reached], at[reached]] = chosen[reached]
    return found
