"""Maximum expected information: the information where ability would be thought to be after the answer."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.selection.weights import after_each_answer, posterior_weights


@criteria.register("mei")
@dataclass(frozen=True, slots=True)
class MaximumExpectedInformation(Criterion):
    """Σ_k P_k(θ̂) I(θ̂ after answer k), the θ̂ after an answer being the posterior mean."""

    reference: ClassVar[str] = "van der Linden (1998), Psychometrika 63, 201-216"
    observed: bool = True
    """Take the observed information, which depends on the answer, instead of the expected one."""

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the expected information (N, J)."""
        _, after, _ = after_each_answer(posterior_weights(view), view.tables)
        here = np.exp(pool.log_prob(view.theta)).transpose(2, 0, 1)
        rows = np.broadcast_to(np.arange(len(pool))[:, None], after.shape)
        if not self.observed:
            return np.asarray((here * pool.information_at(rows, after)).sum(axis=2))
        _, second = pool.theta_derivatives_at(rows, after)
        return np.asarray((here * -np.einsum("njkk->njk", second)).sum(axis=2))
