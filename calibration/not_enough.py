"""The sentence that stands where there are too few answers for a number."""

import numpy as np

from engine._types import Ints


def not_enough(n: int, minimum: int, *, of: str = "answers") -> str:
    """Return "not enough answers (37 of at least 100)", or an empty text where there are enough."""
    return "" if n >= minimum else f"not enough {of} ({n} of at least {minimum})"


def notes(n: Ints, minimum: int) -> list[str]:
    """Return the sentence for each count (J,)."""
    return [not_enough(int(count), minimum) for count in np.asarray(n)]
