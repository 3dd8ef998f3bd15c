"""What the answers say about each person's ability under known item parameters, on the grid.

Every statistic of fit starts here: the posterior of each person, (N, Q), and the expected number of people
who gave a category at a node, (J, K, Q), as in the E-step of Bock & Aitkin (1981), Psychometrika 46, eq. 6–7.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.interpolate import CubicSpline

from calibration.responses import ResponseMatrix
from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.quadrature import grid, log_normal_weights
from items.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Abilities:
    """Posteriors of N persons.

    Attributes
    ----------
    responses : ResponseMatrix
        The answers.
    pool : ItemPool
        The items of the matrix, in its order.
    nodes : (Q,)
        Abilities of the grid (logits).
    weights : (Q,)
        The population on the grid, summing to one.
    log_prob : (J, K, Q)
        Log-probability of each category, −∞ beyond an item's own.
    posterior : (N, Q)
        Each person's distribution on the grid.
    """

    responses: ResponseMatrix
    pool: ItemPool
    nodes: Floats
    weights: Floats
    log_prob: Floats
    posterior: Floats

    @classmethod
    def of(cls, responses: ResponseMatrix, pool: ItemPool) -> "Abilities":
        """Compute the posteriors of a log's persons under a pool that holds its items.

        Raises
        ------
        BadInput
            If an item of the log is not in the pool, or shows more categories than its model has.
        """
        pool = matching_pool(responses, pool)
        nodes = grid()
        weights = np.exp(log_normal_weights(nodes, *overall(pool.parameters.population)))
        log_prob = pool.log_prob(nodes)
        return cls(responses, pool, nodes, weights, log_prob, _posterior(responses, log_prob, weights))

    @property
    def prob(self) -> Floats:
        """Probability of each category (J, K, Q)."""
        return np.exp(self.log_prob)

    @property
    def theta(self) -> Floats:
        """Posterior mean of each person (N,), in logits."""
        return np.asarray(self.posterior @ self.nodes)

    @property
    def se(self) -> Floats:
        """Posterior SD of each person (N,)."""
        return np.asarray(np.sqrt(np.maximum(self.posterior @ self.nodes**2 - self.theta**2, 0)))

    def at_mean(self, table: Floats, rows: Ints) -> Floats:
        """Return curves on the grid (M, Q), one of `rows` (R,) for each answer, at its person's mean ability.

        By cubic splines through the nodes.
        """
        pieces = CubicSpline(self.nodes, table, axis=1).c
        below = np.clip(np.searchsorted(self.nodes, self.theta) - 1, 0, self.nodes.size - 2)
        beyond = (self.theta - self.nodes[below])[self.responses.persons_index]
        piece = below[self.responses.persons_index]
        values = np.zeros(rows.size)
        for coefficient in pieces:
            values = values * beyond + coefficient[piece, rows]
        return values

    def expected_counts(self) -> Floats:
        """Return the expected number of persons by item, category and node (J, K, Q)."""
        answered = one_hot(self.responses, self.log_prob.shape[1])
        return np.asarray(answered.T @ self.posterior).reshape(self.log_prob.shape)

    def without(self, items: Bools) -> "Abilities":
        """Return the posteriors when the answers to some items (J,) do not count; the answers stay."""
        kept = np.where(items[:, None, None], 0.0, self.log_prob)
        return replace(self, posterior=_posterior(self.responses, kept, self.weights))

    def with_answers(self, responses: ResponseMatrix) -> "Abilities":
        """Return the posteriors under other answers to the same items."""
        return replace(
            self, responses=responses, posterior=_posterior(responses, self.log_prob, self.weights)
        )


def matching_pool(responses: ResponseMatrix, pool: ItemPool) -> ItemPool:
    """Return the pool's rows of the log's items; raises BadInput where they do not fit each other."""
    matched = pool.subset(pool.positions(responses.items))
    excess = np.flatnonzero(responses.n_categories > matched.n_categories)
    if excess.size:
        item = int(excess[0])
        seen, known = responses.n_categories[item], matched.n_categories[item]
        raise BadInput(
            f"the log shows {seen} categories, the model has {known}",
            where=f"item {responses.items[item]}",
            right="a log and a parameter file of the same scoring",
        )
    return matched


def one_hot(responses: ResponseMatrix, n_categories: int) -> sparse.csr_array:
    """Return the answers as a CSR matrix of ones (N, J·K), column item·K + category."""
    columns = responses.items_index.astype(np.int64) * n_categories + responses.category
    shape = (responses.n_persons, responses.n_items * n_categories)
    return sparse.csr_array((np.ones(columns.size), columns, responses.indptr), shape=shape)


def _posterior(responses: ResponseMatrix, log_prob: Floats, weights: Floats) -> Floats:
    """Return the persons' distributions on the grid (N, Q)."""
    finite = np.where(np.isfinite(log_prob), log_prob, 0.0).reshape(-1, weights.size)
    log_density = one_hot(responses, log_prob.shape[1]) @ finite + np.log(weights)
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    return np.asarray(density / density.sum(axis=1, keepdims=True))


def overall(population: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Return mean and SD of the whole population; several groups count alike."""
    means, sds = np.array(list(population.values())).T
    return float(means.mean()), float(np.sqrt((sds**2).mean() + means.var()))


def first_above(cumulative: Floats, u: Floats) -> Ints:
    """Return the first place (N,) where cumulative probabilities (N, K) exceed uniform draws (N,)."""
    place = (u[:, None] * cumulative[:, -1:] >= cumulative).sum(axis=1)
    return np.asarray(np.minimum(place, cumulative.shape[1] - 1))
