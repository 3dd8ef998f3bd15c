"""Items by kind: where those of a kind are alike to a constraint, the best of each are all that matters."""

from dataclasses import dataclass

import numpy as np

from engine._types import Bools, Floats


@dataclass(frozen=True, slots=True, eq=False)
class ByKind:
    """What a constraint says of the G kinds of items, for N test takers.

    Attributes
    ----------
    open : (N, G) bool
        Which kinds may come next.
    penalty : (N, G)
        What is taken from the scores of each, these being on a scale of 1.
    items : (N, J) bool or None
        Which items may come next, where that is not a matter of their kind alone.
    """

    open: Bools
    penalty: Floats
    items: Bools | None = None


def on_scale_of_one(scores: Floats) -> Floats:
    """Return scores (N, M) divided by their range, with 0, in each row; infinite ones are no part of it."""
    known = np.where(np.isfinite(scores), scores, 0.0)
    span = known.max(axis=1, initial=0.0) - known.min(axis=1, initial=0.0)
    return np.asarray(scores / np.where(span > 0, span, 1.0)[:, None])
