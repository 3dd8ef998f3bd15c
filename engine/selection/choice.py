"""The three questions in a row: may it, how good is it, which one."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.selection.base import Chooser, Constraint, Criterion
from engine.selection.kinds import on_scale_of_one
from engine.selection.view import View


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
    eligible = ~view.administered
    if not selectable.all():
        eligible &= selectable
    by_kind = len(constraints) == 1 and criterion.by_kind and constraints[0].kinds() is not None
    if by_kind or not constraints:
        found = _from_shortlists(view, pool, eligible, criterion, chooser, constraints)
        if found is not None:
            return found, None
    return _from_all(view, pool, eligible, criterion, chooser, constraints)


def _from_shortlists(
    view: View,
    pool: ItemPool,
    eligible: Bools,
    criterion: Criterion,
    chooser: Chooser,
    constraints: Sequence[Constraint],
) -> Ints | None:
    """Return the next items (N,) out of the best of each kind, None if these cannot be found quicker."""
    if chooser.width is None:
        return None
    kinds = constraints[0].by_kind(view) if constraints else None
    if kinds is not None and kinds.items is not None:
        eligible = eligible & kinds.items
    wished = eligible if view.allowed is None else eligible & view.allowed
    short = criterion.shortlist(view, pool, wished, chooser.width, kinds.open if kinds else None)
    if short is None:
        return None
    items, scores = short
    if kinds is not None:
        penalty = kinds.penalty if chooser.width == 1 else np.repeat(kinds.penalty, chooser.width, axis=1)
        items, scores = _in_order(items, _without_noise(on_scale_of_one(scores) - penalty))
    column = chooser.choose(scores, items >= 0, view.draw)
    chosen = np.where(column < 0, -1, items[np.arange(len(view)), column])
    if view.allowed is not None and (lost := (chosen < 0).nonzero()[0]).size:
        free = replace(view.take(lost), allowed=None)
        again = _from_shortlists(free, pool, eligible[lost], criterion, chooser, constraints)
        chosen[lost] = -1 if again is None else again
    return chosen


def _from_all(
    view: View,
    pool: ItemPool,
    eligible: Bools,
    criterion: Criterion,
    chooser: Chooser,
    constraints: Sequence[Constraint],
) -> tuple[Ints, Ints | None]:
    """Return the next items (N,) by the scores of all, and the plans."""
    for constraint in constraints:
        eligible &= constraint.eligible(view, pool)
    planners = [constraint for constraint in constraints if constraint.plans]
    if not planners:
        eligible = _if_anything_is_left(eligible, view.allowed)
    scores = _without_noise(criterion.score(view, pool))
    adjusters = [constraint for constraint in constraints if constraint.adjusts]
    if adjusters:
        scores = np.where(eligible, scores, -np.inf)
        for constraint in adjusters:
            scores = constraint.adjust(view, pool, scores)
        scores = _without_noise(scores)
    plan = None
    for constraint in planners:
        plan = constraint.plan(view, pool, scores, eligible)
        eligible = _if_anything_is_left(eligible & constraint.upcoming(view, pool, plan), view.allowed)
    return chooser.choose(scores, eligible, view.draw), plan


def _in_order(items: Ints, scores: Floats) -> tuple[Ints, Floats]:
    """Return items (N, M) in the order of the pool, and their scores: ties go to the lowest row."""
    at = np.argsort(items, axis=1, kind="stable") + items.shape[1] * np.arange(len(items))[:, None]
    return items.take(at), scores.take(at)


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
