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
    if not planners and not adjusters and chooser.width is not None:
        short = criterion.shortlist(view, pool, eligible, chooser.width)
        if short is not None:
            return _pick(chooser, short[1], short[0] >= 0, view.draw, short[0]), None
    scores = _without_noise(criterion.score(view, pool))
    for constraint in adjusters:
        scores = constraint.adjust(view, pool, scores)
    plan = None
    for constraint in planners:
        plan = constraint.plan(view, pool, scores, eligible)
        eligible = _if_anything_is_left(eligible & constraint.upcoming(view, pool, plan), view.allowed)
    return _pick(chooser, scores, eligible, view.draw), plan


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
    return np.where(both.any(axis=1, keepdims=True), both, eligible)


def _pick(chooser: Chooser, scores: Floats, eligible: Bools, u: Floats, names: Ints | None = None) -> Ints:
    """Return the item chosen from columns that stand for `names` (N, M), or for all items."""
    column = chooser.choose(scores, eligible, u)
    if names is None:
        return column
    return np.where(column < 0, -1, names[np.arange(u.size), column])
