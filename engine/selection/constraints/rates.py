"""How often an item may be asked, and the chance of being eligible that keeps it there."""

import numpy as np

from engine._types import Floats, Ints
from engine.selection.usage import ExposureState

STEADY = 20
"""An item that is used too much or too little is brought back within 1/20 of the sessions so far, …"""
SOONEST = 50
"""… but not within fewer sessions than this, where chance rules."""


def check_block(block: int) -> None:
    """Raise ValueError unless a block has at least one session."""
    if block < 1:
        raise ValueError(f"block = {block}; at least 1 session")


def check_share(name: str, value: float) -> None:
    """Raise ValueError unless a setting is a share of the sessions above 0."""
    if not 0 < value <= 1:
        raise ValueError(f"{name} = {value:g}; it must be above 0 and at most 1")


def check_capacity(name: str, rate: float, cell: Ints, max_length: int) -> None:
    """Raise ValueError if a rate is below the mean rate of the items that are chosen at all (`cell` ≥ 0)."""
    size = int((cell >= 0).sum())
    if rate * size < max_length * (1 - 1e-12):
        raise ValueError(
            f"{name} = {rate:g} cannot be held: {max_length} questions from {size} items "
            f"are a rate of {max_length / size:.4g} on average"
        )


def eligibility_chance(snapshot: ExposureState, max_rate: float) -> Floats:
    """Return P(eligible) of each item (B, J) in each band, so that it is asked at `max_rate` in the long run.

    P = min(1, r' (ε + 1) / (α + 1)) where an item was eligible in ε and asked in α of n sessions of a band,
    and r' is the rate that brings its use back to r n within the next H sessions, r + (r n − α) / H, with H
    the largest of the last block's size, n / 20 and 50. At the start, when nothing is known, an item counts
    as one that is asked whenever it is eligible, so the first block cannot exceed the rate either.

    References
    ----------
    van der Linden & Veldkamp (2004), Journal of Educational and Behavioral Statistics 29, 273-291, where
    P = min(1, r ε / α); (2007), ibid. 32, 398-418, for bands of ability. Steering by r' instead of r removes
    what chance has added before.
    """
    sessions = snapshot.sessions[:, None]
    horizon = np.maximum(np.maximum(snapshot.latest[:, None], sessions / STEADY), SOONEST)
    wanted = max_rate + (max_rate * sessions - snapshot.administered) / horizon
    chance = wanted * (snapshot.eligible + 1.0) / (snapshot.administered + 1.0)
    return np.asarray(np.clip(chance, 0.0, 1.0))
