"""Kullback-Leibler information: how well an item tells the provisional θ from other plausible ones."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View
from engine.selection.weights import expected, likelihood_weights, posterior_weights


def divergence(view: View, pool: ItemPool, weights: Floats) -> Floats:
    """Return Σ_q w_q KL(θ̂ ‖ θ_q) as (N, J), with KL = Σ_k P_k(θ̂) log (P_k(θ̂) / P_k(θ_q))."""
    here = pool.log_prob(view.theta).transpose(2, 0, 1)
    there = expected(weights, np.where(np.isneginf(view.tables.log_prob), 0.0, view.tables.log_prob))
    return np.asarray((np.exp(here) * (np.where(np.isneginf(here), 0.0, here) - there)).sum(axis=2))


@criteria.register("kl")
@dataclass(frozen=True, slots=True)
class KullbackLeibler(Criterion):
    """Kullback-Leibler information, averaged over the likelihood."""

    reference: ClassVar[str] = "Chang & Ying (1996), Applied Psychological Measurement 20, 213-229"

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the divergence (N, J)."""
        return divergence(view, pool, likelihood_weights(view))


@criteria.register("klp")
@dataclass(frozen=True, slots=True)
class PosteriorKullbackLeibler(Criterion):
    """Kullback-Leibler information, averaged over the posterior."""

    reference: ClassVar[str] = "Chang & Ying (1996), Applied Psychological Measurement 20, 213-229"

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the divergence (N, J)."""
        return divergence(view, pool, posterior_weights(view))


@criteria.register("kl_pair")
@dataclass(frozen=True, slots=True)
class PairKullbackLeibler(Criterion):
    """KL(θ̂ + delta ‖ θ̂ − delta): how well an item tells two abilities around the provisional θ apart."""

    reference: ClassVar[str] = "Eggen (1999), Applied Psychological Measurement 23, 249-261"
    delta: float = 0.1

    def __post_init__(self) -> None:
        if not self.delta > 0:
            raise ValueError(f"delta = {self.delta:g}; it must be above 0")

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the divergence (N, J)."""
        above, below = (pool.log_prob(view.theta + side * self.delta) for side in (1, -1))
        gap = np.subtract(above, below, out=np.zeros_like(above), where=~np.isneginf(above))
        return np.asarray((np.exp(above) * gap).sum(axis=1).T)
