"""Thompson sampling: information under parameters drawn anew for every question.

Items whose parameters are uncertain are so met more often than their best guess alone would have them, and
collect answers where these teach most; an item is never preferred for a lucky error of its calibration alone.
"""

from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.tables import Tables
from engine.uncertainty import draw_pools


@criteria.register("thompson")
@dataclass(frozen=True, slots=True)
class Thompson(Criterion):
    """I(θ) under one of `draws` parameter sets drawn from the calibration's errors, item by item."""

    reference: ClassVar[str] = "Russo et al. (2018), A tutorial on Thompson sampling"
    draws: int = 40

    def __post_init__(self) -> None:
        if self.draws < 2:
            raise ValueError(f"draws = {self.draws}; at least 2 are needed")

    @property
    def reads_errors(self) -> bool:
        """Yes: that is all it adds to the information."""
        return True

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Criterion:
        """Draw the parameter sets, the same for every process; raises ValueError without standard errors."""
        rng = np.random.default_rng(0)
        drawn = [one.information(tables.nodes) for one in islice(draw_pools(pool, rng), self.draws)]
        return DrawnInformation(np.stack(drawn))


@dataclass(frozen=True, slots=True, eq=False)
class DrawnInformation(Criterion):
    """Information (D, J, Q) under D parameter sets."""

    reference: ClassVar[str] = Thompson.reference
    info: Floats

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the information (N, J) at θ, linear between the nodes, each item under a set of its own."""
        n_draws, n_items, n_nodes = self.info.shape
        nodes = view.tables.nodes
        share = np.clip((view.theta - nodes[0]) / (nodes[1] - nodes[0]), 0, n_nodes - 1.001)
        left = share.astype(np.int64)[:, None]
        drawn = (spread(view.draw, n_items, stream=Stream.PARAMETERS) * n_draws).astype(np.int64)
        items = np.arange(n_items)
        low, high = self.info[drawn, items, left], self.info[drawn, items, left + 1]
        return np.asarray(low + (share[:, None] - left) * (high - low))
