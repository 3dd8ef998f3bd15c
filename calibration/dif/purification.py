"""Purification: items that differ between groups leave the yardstick, until the same ones are found twice.

In long tests a few items at the border may come and go in turn. A yardstick that was used before would bring
the same round again, so it ends the search too, unsettled.

Holland & Thayer (1988); Candell & Drasgow (1988), Applied Psychological Measurement 12, 253–260.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from engine._types import Bools

Result = TypeVar("Result")
ROUNDS = 20
FEWEST = 2
"""Items that stay in the yardstick at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Purified(Generic[Result]):
    """The last result, the anchors (J,) it rests on, how many rounds it took, and whether they settled."""

    result: Result
    anchor: Bools
    rounds: int
    converged: bool


def purify(
    compare: Callable[[Bools], Result], flagged: Callable[[Result], Bools], n_items: int
) -> Purified[Result]:
    """Compare with all items as anchors, then again without those flagged, until nothing changes.

    Parameters
    ----------
    compare : callable
        The comparison of all items, given which of them (J,) are anchors.
    flagged : callable
        Which items (J,) of a result differ.
    """
    anchor = np.ones(n_items, bool)
    result, used = compare(anchor), {anchor.tobytes()}
    for round_ in range(ROUNDS):
        clean = ~flagged(result)
        if clean.tobytes() in used or clean.sum() < FEWEST:
            return Purified(result, anchor, round_, bool(np.array_equal(clean, anchor)))
        anchor = clean
        used.add(anchor.tobytes())
        result = compare(anchor)
    return Purified(result, anchor, ROUNDS, converged=False)
