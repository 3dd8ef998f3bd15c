"""The order of questions: a stimulus is not left and entered again, and some attributes never fall."""

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.conditions import BLOCK, Conditions, held_items


def open_stimulus(conditions: Conditions, items: Ints) -> Ints:
    """Return the stimulus (N,) of the last item asked in each test (N, L), −1 where it has none."""
    asked = (items >= 0) & (items < conditions.n_items)
    last = items.shape[1] - 1 - np.argmax(asked[:, ::-1], axis=1)
    item = items[np.arange(len(items)), last]
    return np.where(
        asked.any(axis=1), np.append(conditions.stimulus, -1)[np.where(asked.any(axis=1), item, -1)], -1
    )


def may_follow(conditions: Conditions, items: Ints) -> Bools:
    """Return which items (N, J) may come at all after those asked (N, L)."""
    held, opened = held_items(items, conditions.n_items), open_stimulus(conditions, items)
    stimulus = conditions.stimulus
    may = np.ones_like(held)
    if (stimulus >= 0).any():
        used = np.hstack([conditions.used(held), np.zeros((len(items), 1), bool)])
        here = stimulus == opened[:, None]
        may &= here | ~used[:, stimulus]
        if conditions.stimulus_order is not None:
            order = np.append(conditions.stimulus_order, np.inf)
            may &= here | (order[stimulus] >= _highest(order, used)[:, None])
    if conditions.order is not None:
        for group in (stimulus == opened[:, None], (stimulus < 0)[None, :]):
            may &= ~group | (conditions.order >= _highest(conditions.order, held & group)[:, None])
    return may


def comes_first(conditions: Conditions, candidates: Bools, opened: Ints) -> Bools:
    """Return which of the items still to come (N, J) may come now.

    The open stimulus (N,) goes on while it has items to come; then the least of a value that may not fall.
    """
    if (conditions.stimulus >= 0).any():
        going_on = candidates & (conditions.stimulus == opened[:, None]) & (opened >= 0)[:, None]
        candidates = np.where(going_on.any(axis=1, keepdims=True), going_on, candidates)
        if conditions.stimulus_order is not None:
            order = np.append(conditions.stimulus_order, np.inf)[conditions.stimulus]
            candidates = _least(order, candidates, np.zeros_like(conditions.stimulus))
    if conditions.order is not None:
        candidates = _least(conditions.order, candidates, conditions.stimulus)
    return candidates


def broken_sequence(conditions: Conditions, items: Ints) -> Ints:
    """Return how often (N,) tests (N, L) come back to a stimulus or fall where they should rise."""
    times = np.zeros(len(items), np.int64)
    if conditions.order is None and not (conditions.stimulus >= 0).any():
        return times
    for first in range(0, len(items), BLOCK):
        block = items[first : first + BLOCK]
        for place in range(1, items.shape[1]):
            asked = block[:, place]
            inside = (asked >= 0) & (asked < conditions.n_items)
            may = may_follow(conditions, block[:, :place])
            times[first : first + BLOCK] += inside & ~may[np.arange(len(block)), np.where(inside, asked, 0)]
    return times


def _highest(values: Floats, among: Bools) -> Floats:
    """Return the highest value (N,) among the marked columns, −∞ where none is."""
    return np.asarray(np.where(among, values, -np.inf).max(axis=1, initial=-np.inf))


def _least(values: Floats, candidates: Bools, group: Ints) -> Bools:
    """Return the candidates (N, J) with the least value of their own group (J,)."""
    person, item = np.nonzero(candidates)
    least = np.full((len(candidates), group.max() + 2), np.inf)
    np.minimum.at(least, (person, group[item]), values[item])
    kept = np.zeros_like(candidates)
    kept[person, item] = values[item] <= least[person, group[item]]
    return kept
