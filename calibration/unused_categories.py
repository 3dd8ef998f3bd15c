"""Categories that nobody chose: closed up, and said; there is nothing to estimate them from."""

from dataclasses import replace

import numpy as np

from calibration.responses import ResponseMatrix
from items.errors import BadInput


def close_gaps(responses: ResponseMatrix, *, strict: bool = False) -> ResponseMatrix:
    """Return the responses with categories that nobody chose closed up, and say so.

    Items of two categories keep both: one that all passed is not to be taken for one that all failed.

    Raises
    ------
    BadInput
        If `strict` and a category of an item was never observed, here or when the log was read.
    """
    counts = responses.category_counts()
    lookup = np.tile(np.arange(counts.shape[1], dtype=np.int8), (responses.n_items, 1))
    levels, messages = list(responses.levels), []
    for j, (k, level) in enumerate(zip(responses.n_categories, responses.levels, strict=True)):
        seen = np.flatnonzero(counts[j, :k])
        gap = len(level) > 2 and level != tuple(range(level[0], level[-1] + 1))
        if k > 2 and 0 < seen.size < k:
            levels[j] = tuple(level[place] for place in seen)
            lookup[j, seen] = np.arange(seen.size)
            messages.append(
                f"item {responses.items[j]}: {k - seen.size} of its {k} categories never observed"
            )
        if strict and (gap or (0 < seen.size < k)):
            raise BadInput(
                f"a category was never observed (seen: {', '.join(str(level[place]) for place in seen)})",
                where=f"item {responses.items[j]}",
                right="without --strict it is closed up",
            )
    if not messages:
        return responses
    return replace(
        responses,
        n_categories=np.array([len(level) for level in levels], np.int64),
        category=lookup[responses.items_index, responses.category],
        levels=tuple(levels),
        messages=(*responses.messages, *messages),
    )
