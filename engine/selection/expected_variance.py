"""Minimum expected posterior variance: the item after which ability will be known best, on average."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.selection.weights import after_each_answer, posterior_weights


@criteria.register("mepv")
@dataclass(frozen=True, slots=True)
class MinimumExpectedPosteriorVariance(Criterion):
    """−Σ_k p(k) Var(θ after answer k)."""

    reference: ClassVar[str] = "van der Linden (1998), Psychometrika 63, 201-216"
    at_theta: bool = False
    """Take the chance of an answer at the provisional θ instead of averaging it over the posterior."""

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return minus the expected variance (N, J)."""
        chance, _, variance = after_each_answer(posterior_weights(view), view.tables)
        if self.at_theta:
            chance = np.exp(pool.log_prob(view.theta)).transpose(2, 0, 1)
        return np.asarray(-(chance * variance).sum(axis=2))
