"""a-stratified selection: weakly discriminating items first, the best ones when ability is known better."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats, Ints
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.closeness import peaks
from engine.selection.view import View
from engine.tables import Tables

FAR = 1000.0
"""What each stratum away from the current one costs: more than any distance on the scale of θ."""


@criteria.register("a_stratified")
@dataclass(frozen=True, slots=True)
class AStratified(Criterion):
    """Strata of rising discrimination, one for each stage of the test; within a stratum the closest peak."""

    reference: ClassVar[str] = "Chang & Ying (1999), Applied Psychological Measurement 23, 211-222"
    strata: int = 4
    block: bool = True
    """Spread difficulties evenly over the strata (b-blocking: Chang, Qian & Ying, 2001)."""

    def __post_init__(self) -> None:
        if self.strata < 1:
            raise ValueError(f"strata = {self.strata}; at least 1 is needed")

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Criterion:
        """Sort the pool into its strata by peak information, which rises with a."""
        place = peaks(pool)
        strength = pool.information_at(np.arange(len(pool)), place)
        n_blocks = max(1, len(pool) // self.strata) if self.block else 1
        blocks = np.array_split(np.argsort(place, kind="stable"), n_blocks)
        return Strata(place, _strata(strength, blocks, self.strata))


@dataclass(frozen=True, slots=True, eq=False)
class Strata(Criterion):
    """Closeness within strata (J,); `place` (J,) is where each item's information peaks."""

    reference: ClassVar[str] = AStratified.reference
    place: Floats
    stratum: Ints

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return −|place − θ| − FAR · |stratum − stage| (N, J)."""
        n_strata = int(self.stratum.max()) + 1
        stage = np.minimum(view.length * n_strata // view.max_length, n_strata - 1)
        away = np.abs(self.stratum - stage[:, None])
        return -np.abs(self.place - view.theta[:, None]) - FAR * away


def _strata(strength: Floats, blocks: Sequence[Ints], n_strata: int) -> Ints:
    """Return the stratum of each item (J,): its rank by strength within its block, in even parts."""
    stratum = np.empty(strength.size, np.int64)
    for block in blocks:
        ordered = block[np.argsort(strength[block], kind="stable")]
        stratum[ordered] = np.arange(block.size) * n_strata // block.size
    return stratum
