"""Random selection: the yardstick, and a way to collect answers for calibration."""

from dataclasses import dataclass
from typing import ClassVar

from engine._types import Floats
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View


@criteria.register("random")
@dataclass(frozen=True, slots=True)
class Random(Criterion):
    """Every item is as good as any other: the draw decides."""

    reference: ClassVar[str] = "none needed"

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return random scores in [0, 1)."""
        return spread(view.draw, len(pool), stream=Stream.RANDOM)
