"""Limits of exposure made ready for a test, or refused where no test could hold them."""

import numpy as np

from engine._types import Bools
from engine.binding import said_besides
from engine.insertion import number_of
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.sections import Part, cells, check_rates
from engine.selection.base import Exposure
from items.naming import first_few


def limited(
    pool: ItemPool, rules: CatRules, parts: tuple[Part, ...], selectable: Bools, shortest: int, longest: int
) -> tuple[Exposure | None, tuple[str, ...]]:
    """Return the exposure control of the rules bound to the pool, None without one, and what to know of it.

    Parameters
    ----------
    selectable : (J,) bool
        What the criterion may choose.
    shortest, longest : int
        The fewest and the most questions of a test.

    Raises
    ------
    ValueError
        If a limit cannot be held.
    """
    if rules.exposure is None:
        return None, ()
    inserted = number_of(rules.inserted)
    with said_besides(inserted, longest):
        exposure = rules.exposure.bind(pool, cells(parts), longest - inserted)
    if exposure.limit < 1:
        _check_constraints(exposure.limit, pool, parts)
        if rules.sections:
            check_rates(parts, exposure.limit)
    first = _met_first(rules)
    if not first:
        return exposure, ()
    _check_overlap(exposure.overlap_limit, first, int(selectable.sum()), shortest, longest)
    return exposure, (f"not limited, because everybody meets them first: {first_few(first)}",)


def _check_constraints(limit: float, pool: ItemPool, parts: tuple[Part, ...]) -> None:
    """Refuse a limit on rates that the constraints cannot hold."""
    for constraint in (constraint for part in parts for constraint in part.constraints):
        if why := constraint.rate_conflict(pool, limit):
            raise ValueError(f"a maximum rate of {limit:g} cannot be held: {why}")


def _met_first(rules: CatRules) -> tuple[str, ...]:
    """Return the items that come first in the test, and in its sections."""
    listed = (*rules.start.items, *(name for section in rules.sections for name in section.first))
    return tuple(dict.fromkeys(listed))


def _check_overlap(limit: float, first: tuple[str, ...], size: int, shortest: int, longest: int) -> None:
    """Refuse a limit of overlap that what everybody meets first exceeds, however evenly the rest is used."""
    length, k = np.arange(max(shortest, len(first)), longest + 1), len(first)
    least = float(((k + (length - k) ** 2 / max(size - k, 1)) / length).min())
    if limit < least:
        raise ValueError(
            f"max_overlap = {limit:g} cannot be held: everybody meets {first_few(first)} first, so two tests "
            f"share {least:.4g} of their questions at least"
        )
