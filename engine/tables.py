"""Everything on the θ grid is one table: log-probabilities, and what follows from them."""

from dataclasses import dataclass, replace

import numpy as np

from engine._types import Floats, Ints
from engine.information import fisher_information
from engine.pool import ItemPool
from engine.quadrature import grid

LEAST = 1e-18
"""The least chance that an answer can have, so that no product of a few underflows."""


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """A pool on a grid.

    Attributes
    ----------
    nodes : (Q,)
        Abilities, rising.
    log_prob : (J, K, Q)
        Log-probability of each category, −∞ beyond an item's categories.
    lines : (J · K + 1, Q)
        Probability of each category, never below `LEAST` but beyond an item's categories, where it is 0; then
        a line of ones, for answers that do not count.
    info : (J, Q)
        Fisher information of each item.
    bias : (J, Q)
        J(θ) = Σ_k P'_k P''_k / P_k of each item, the numerator of the bias of maximum likelihood.
    """

    nodes: Floats
    log_prob: Floats
    lines: Floats
    info: Floats
    bias: Floats

    @classmethod
    def of(cls, pool: ItemPool, nodes: Floats | None = None) -> "Tables":
        """Tabulate a pool on `nodes`, the reference grid if not given."""
        nodes = grid() if nodes is None else nodes
        log_prob = pool.log_prob(nodes)
        first, second = pool.theta_derivatives(nodes)
        bias = (np.exp(log_prob) * first * (second + first**2)).sum(axis=1)
        return cls(nodes, log_prob, _lines(log_prob), fisher_information(log_prob, first, axis=1), bias)

    def rows(self, items: Ints, categories: Ints) -> Floats:
        """Return the probabilities (M, Q) of a category (M,) of an item (M,) each, 1 for a category of −1."""
        line = items * self.log_prob.shape[1] + categories
        return np.asarray(self.lines.take(np.where(categories < 0, -1, line), axis=0))

    @property
    def prob(self) -> Floats:
        """Probability of each category (J, K, Q), 0 beyond an item's categories."""
        return self.lines[:-1].reshape(self.log_prob.shape)

    def averaged(self, log_prob: Floats) -> "Tables":
        """Return the tables with these log-probabilities (J, K, Q) in the place of their own."""
        return replace(self, log_prob=log_prob, lines=_lines(log_prob))


def _lines(log_prob: Floats) -> Floats:
    known = np.where(np.isneginf(log_prob), log_prob, np.maximum(log_prob, np.log(LEAST)))
    return np.concatenate([np.exp(known).reshape(-1, log_prob.shape[-1]), np.ones((1, log_prob.shape[-1]))])
