"""Random selection: the yardstick, and a way to collect answers for calibration."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.selection.base import Criterion, View, criteria


@criteria.register("random")
@dataclass(frozen=True, slots=True)
class Random(Criterion):
    """All items are equally good; with the chooser `best` the draw decides alone."""

    reference: ClassVar[str] = "none needed"

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return zeros."""
        return np.zeros((len(view), len(pool)))
