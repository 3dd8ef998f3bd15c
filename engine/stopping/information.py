"""Stop when the pool has nothing more to say about this ability."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats, Ints
from engine.pool import ItemPool
from engine.selection.view import View
from engine.selection.weights import after_answer_to, posterior_weights
from engine.stopping.base import StoppingRule, stopping_rules


@stopping_rules.register("information")
@dataclass(frozen=True, slots=True)
class MinimumInformation(StoppingRule):
    """Stop when no item left has an information of `least` or more at the provisional θ."""

    reference: ClassVar[str] = "Maurelli & Weiss (1981), Research Report 81-4, University of Minnesota"
    least: float

    def __post_init__(self) -> None:
        if not self.least > 0:
            raise ValueError(f"least = {self.least:g}; it must be above 0")

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return ("nothing left to learn",)

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where all items left say too little."""
        left = np.where(view.administered, 0.0, pool.information(view.theta).T)
        return np.where(left.max(axis=1) < self.least, 0, -1)


@stopping_rules.register("predicted_reduction")
@dataclass(frozen=True, slots=True)
class PredictedReduction(StoppingRule):
    """Stop when the most informative item left would lower the posterior SD by less than `least` (logits)."""

    reference: ClassVar[str] = (
        "Choi, Grady & Dodd (2011), Educational and Psychological Measurement 71, 37-53"
    )
    least: float

    def __post_init__(self) -> None:
        if not self.least > 0:
            raise ValueError(f"least = {self.least:g}; it must be above 0")

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return ("no more gain",)

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where the gain predicted is too small."""
        weights = posterior_weights(view)
        now = np.sqrt(_variance(weights, view.tables.nodes))
        left = np.where(view.administered, -1.0, pool.information(view.theta).T)
        chance, _, variance = after_answer_to(weights, view.tables, left.argmax(axis=1))
        then = np.sqrt((chance * variance).sum(axis=1))
        return np.where(now - then < self.least, 0, -1)


def _variance(weights: Floats, nodes: Floats) -> Floats:
    mean = weights @ nodes
    return np.asarray(weights @ nodes**2 - mean**2)
