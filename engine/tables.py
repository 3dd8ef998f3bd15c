"""Everything on the θ grid is one table: log-probabilities, and what follows from them."""

from dataclasses import dataclass

import numpy as np

from engine._types import Floats, Ints
from engine.information import fisher_information
from engine.pool import ItemPool
from engine.quadrature import grid


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """A pool on a grid.

    Attributes
    ----------
    nodes : (Q,)
        Abilities, rising.
    log_prob : (J, K, Q)
        Log-probability of each category, −∞ beyond an item's categories.
    info : (J, Q)
        Fisher information of each item.
    bias : (J, Q)
        J(θ) = Σ_k P'_k P''_k / P_k of each item, the numerator of the bias of maximum likelihood.
    """

    nodes: Floats
    log_prob: Floats
    info: Floats
    bias: Floats

    @classmethod
    def of(cls, pool: ItemPool, nodes: Floats | None = None) -> "Tables":
        """Tabulate a pool on `nodes`, the reference grid if not given."""
        nodes = grid() if nodes is None else nodes
        log_prob = pool.log_prob(nodes)
        first, second = pool.theta_derivatives(nodes)
        bias = (np.exp(log_prob) * first * (second + first**2)).sum(axis=1)
        return cls(nodes, log_prob, fisher_information(log_prob, first, axis=1), bias)

    def rows(self, items: Ints, categories: Ints) -> Floats:
        """Return the log-probabilities (M, Q) of a category (M,) of an item (M,) each."""
        _, k, q = self.log_prob.shape
        return np.asarray(self.log_prob.reshape(-1, q).take(items * k + categories, axis=0))
