"""Global discrimination index: how much the chance of each answer varies over the plausible abilities."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.selection.weights import expected, likelihood_weights, posterior_weights
from engine.tables import Tables


def variation(weights: Floats, tables: Tables) -> Floats:
    """Return the variance of P(success) over the weights (N, J), summed over all categories but 0."""
    probability = tables.prob[:, 1:]
    mean, square = expected(weights, probability), expected(weights, probability**2)
    return np.asarray((square - mean**2).sum(axis=2))


@criteria.register("gdi")
@dataclass(frozen=True, slots=True)
class GlobalDiscrimination(Criterion):
    """Variance of the answer's chance over the likelihood."""

    reference: ClassVar[str] = "Kaplan, de la Torre & Barrada (2015), Applied Psychological Measurement 39"

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the index (N, J)."""
        return variation(likelihood_weights(view), view.tables)


@criteria.register("gdip")
@dataclass(frozen=True, slots=True)
class PosteriorGlobalDiscrimination(Criterion):
    """Variance of the answer's chance over the posterior."""

    reference: ClassVar[str] = "Kaplan, de la Torre & Barrada (2015), Applied Psychological Measurement 39"

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the index (N, J)."""
        return variation(posterior_weights(view), view.tables)
