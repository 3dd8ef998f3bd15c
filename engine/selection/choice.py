"""The three questions in a row: may it, how good is it, which one."""

from collections.abc import Sequence

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.selection.base import Chooser, Constraint, Criterion, View


def choose_next(
    view: View,
    pool: ItemPool,
    *,
    selectable: Bools,
    criterion: Criterion,
    chooser: Chooser,
    constraints: Sequence[Constraint] = (),
) -> tuple[Ints, Ints | None]:
    """Return the next item of each person (N,), −1 where none is left, and the planned tests (N, L) or None.

    Parameters
    ----------
    selectable : (J,) bool
        Items that may be chosen at all.
    """
    eligible = ~view.administered & selectable
    for constraint in constraints:
        eligible &= constraint.eligible(view, pool)
    planners = [constraint for constraint in constraints if constraint.plans]
    adjusters = [constraint for constraint in constraints if constraint.adjusts]
    if not planners:
        eligible = _if_anything_is_left(eligible, view.allowed)
    width = None if planners or (adjusters and not criterion.by_kind) else chooser.width
    short = criterion.shortlist(view, pool, eligible, width) if width is not None else None
    if short is not None:
        items, scores = _adjust(adjusters, view, pool, *short)
        return _pick(chooser, scores, items >= 0, view.draw, items), None
    scores = _without_noise(criterion.score(view, pool))
    if adjusters:
        _, scores = _adjust(adjusters, view, pool, np.arange(len(pool)), np.where(eligible, scores, -np.inf))
    plan = None
    for constraint in planners:
        plan = constraint.plan(view, pool, scores, eligible)
        eligible = _if_anything_is_left(eligible & constraint.upcoming(view, pool, plan), view.allowed)
    return _pick(chooser, scores, eligible, view.draw), plan


def _adjust(
    adjusters: Sequence[Constraint], view: View, pool: ItemPool, items: Ints, scores: Floats
) -> tuple[Ints, Floats]:
    """Return items, (M,) or (N, M), in the order of the pool, and their adjusted scores (N, M)."""
    if not adjusters:
        return items, scores
    if items.ndim == 2:
        order = np.argsort(items, axis=1, kind="stable")
        items, scores = np.take_along_axis(items, order, axis=1), np.take_along_axis(scores, order, axis=1)
    for constraint in adjusters:
        scores = constraint.adjust(view, pool, scores, items)
    return items, _without_noise(scores)


def _without_noise(scores: Floats) -> Floats:
    """Return scores in single precision.

    The last bits of a matrix product depend on the size of the batch; they shall not break a tie in one way
    for a live test and in another for a simulation.
    """
    return scores.astype(np.float32).astype(float)


def _if_anything_is_left(eligible: Bools, allowed: Bools | None) -> Bools:
    """Return what is eligible and allowed, or eligible alone for those to whom nothing else is left."""
    if allowed is None:
        return eligible
    both = eligible & allowed
    some = both.any(axis=1, keepdims=True)
    return both if some.all() else np.where(some, both, eligible)


def _pick(chooser: Chooser, scores: Floats, eligible: Bools, u: Floats, names: Ints | None = None) -> Ints:
    """Return the item chosen from columns that stand for `names` (N, M), or for all items."""
    column = chooser.choose(scores, eligible, u)
    if names is None:
        return column
    return np.where(column < 0, -1, names[np.arange(u.size), column])
