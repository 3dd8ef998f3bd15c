"""Test overlap: the share of questions that two candidates have in common."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Exposure, exposures
from engine.selection.constraints.rates import check_block, check_capacity, check_share, eligibility_chance
from engine.selection.usage import ExposureState


@exposures.register("overlap")
@dataclass(frozen=True, slots=True)
class OverlapControl(Exposure):
    """Two candidates share at most `max_overlap` of their questions on average.

    The mean overlap is Σ r² / Σ r over the items' rates r. Before each block the largest limit on the rates
    is sought that keeps it in bounds, and item-eligibility probabilities hold the rates to that limit.

    Attributes
    ----------
    max_overlap : float
        Above 0, at most 1; no test can have less than its length / the size of the pool.
    max_rate : float
        A limit on the rates besides.
    block : int
        Sessions between two snapshots.
    """

    reference: ClassVar[str] = (
        "Chen, Ankenmann & Spray (2003), Journal of Educational Measurement 40, 129-145;"
        " Chen & Lei (2005), Applied Psychological Measurement 29, 204-217"
    )
    max_overlap: float = 0.2
    max_rate: float = 1.0
    block: int = 1000

    def __post_init__(self) -> None:
        check_share("max_overlap", self.max_overlap)
        check_share("max_rate", self.max_rate)
        check_block(self.block)

    @property
    def limit(self) -> float:
        """The maximum rate."""
        return self.max_rate

    @property
    def overlap_limit(self) -> float:
        """The maximum overlap."""
        return self.max_overlap

    def bind(self, pool: ItemPool, cell: Ints, max_length: int) -> Exposure:
        """Check that overlap and rate can be held."""
        check_capacity("max_overlap", self.max_overlap, cell, max_length)
        check_capacity("max_rate", self.max_rate, cell, max_length)
        return self

    def draw(self, snapshot: ExposureState, u: Floats) -> Bools:
        """Return the eligibility (N, J) of a batch."""
        asked, eligible = snapshot.administered.sum(axis=0), snapshot.eligible.sum(axis=0)
        n = max(int(snapshot.sessions.sum()), 1)
        limit = min(
            self.max_rate, largest_limit(asked / n, self.max_overlap, np.maximum(asked - eligible, 0) / n)
        )
        chance = eligibility_chance(snapshot, limit)
        return np.asarray(spread(u, chance.shape[1], stream=Stream.ELIGIBILITY) < chance[0])


def largest_limit(rates: Floats, max_overlap: float, forced: Floats | float = 0.0) -> float:
    """Return the largest limit c on the rates (J,) for which the mean overlap stays within `max_overlap`.

    What the limit takes from some items goes to others, at worst to items that are at the limit then:
    overlap(c) = (Σ k² + c Σ (r − k)) / Σ r with k = max(min(r, c), f), which rises with c. The rates f (J,),
    `forced`, are those of items asked though not eligible (first items, those in every test): they stay, and
    the others make up for them. Where that cannot be, the limit is `max_overlap`.
    """

    def overlap(limit: float) -> float:
        kept = np.maximum(np.minimum(rates, limit), forced)
        return float((kept @ kept + limit * (rates - kept).sum()) / max(rates.sum(), 1e-12))

    low, high = float(rates.mean()), 1.0
    if overlap(low) > max_overlap:
        return max_overlap
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if overlap(middle) <= max_overlap else (low, middle)
    return low
