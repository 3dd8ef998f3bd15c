"""Who is comparable: people of equal standing on everything but the studied item.

On a common form people match on their sum score, the studied item included (Holland & Thayer 1988). Where
people met different items, as in an adaptive test, the same sum means different things, and they match on
ability instead (Zwick, Thayer & Wingersky 1994). Items found to differ leave the sum (purification), except
that an item's own score always stays in its own matching sum.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibration.responses import ResponseMatrix
from engine._types import Bools, Floats, Ints

STEP = 0.1
"""Width of an ability stratum (logits)."""


@dataclass(frozen=True, slots=True, eq=False)
class Strata:
    """Answers by standing: `index` (R,), the stratum of each, and `values` (S,), what each stands for."""

    index: Ints
    values: Floats


Match = Callable[[Bools], Strata]
"""Strata for a set of anchor items (J,)."""


def by_sum_score(responses: ResponseMatrix) -> Match:
    """Match on the sum over the anchors, plus the studied item's own score where it is none of them."""

    def match(anchor: Bools) -> Strata:
        counted = anchor[responses.items_index]
        scored = np.where(counted, responses.category, 0)
        total = np.bincount(responses.persons_index, scored, minlength=responses.n_persons).astype(np.int64)
        index = total[responses.persons_index] + np.where(counted, 0, responses.category)
        return Strata(index, np.arange(int(index.max(initial=0)) + 1, dtype=float))

    return match


def by_ability(responses: ResponseMatrix, ability: Callable[[Bools], Floats]) -> Match:
    """Match on ability (N,), computed from the anchor items, in strata of 0.1 logits."""

    def match(anchor: Bools) -> Strata:
        step = np.rint(ability(anchor) / STEP).astype(np.int64)
        lowest = int(step.min(initial=0))
        values = STEP * np.arange(lowest, int(step.max(initial=0)) + 1)
        return Strata((step - lowest)[responses.persons_index], values)

    return match


def cross_tables(responses: ResponseMatrix, strata: Strata, group: Ints) -> Ints:
    """Return how often each group (−1 = nobody's) gave each category in each stratum: (J, S, G, K)."""
    n_groups, n_categories = int(group.max()) + 1, int(responses.n_categories.max())
    shape = (responses.n_items, strata.values.size, n_groups, n_categories)
    member = group[responses.persons_index]
    used = member >= 0
    cell = np.ravel_multi_index(
        tuple(part[used] for part in (responses.items_index, strata.index, member, responses.category)), shape
    )
    return np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape)
