"""What the answers say about each person's ability under known item parameters, on the grid.

Every statistic of fit starts here: the posterior of each person, (N, Q), and the expected number of people
who gave a category at a node, (J, K, Q), as in the E-step of Bock & Aitkin (1981), Psychometrika 46, eq. 6–7.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import sparse

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
        mean, sd = overall(pool.parameters.population)
        log_weights = log_normal_weights(nodes, mean, sd)
        log_prob = pool.log_prob(nodes)
        answered = one_hot(responses, log_prob.shape[1])
        posterior = normalise(log_likelihood(answered, log_prob) + log_weights)
        return cls(responses, pool, nodes, np.exp(log_weights), log_prob, posterior)

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

    def expected_counts(self) -> Floats:
        """Return the expected number of persons by item, category and node (J, K, Q)."""
        answered = one_hot(self.responses, self.log_prob.shape[1])
        return np.asarray(answered.T @ self.posterior).reshape(self.log_prob.shape)

    def without(self, items: Bools) -> "Abilities":
        """Return the posteriors when the answers to some items (J,) do not count; the answers stay."""
        kept = np.where(items[:, None, None], 0.0, np.where(np.isfinite(self.log_prob), self.log_prob, 0.0))
        answered = one_hot(self.responses, self.log_prob.shape[1])
        posterior = normalise(log_likelihood(answered, kept) + np.log(self.weights))
        return Abilities(self.responses, self.pool, self.nodes, self.weights, self.log_prob, posterior)

    def draw(self, rng: np.random.Generator) -> Floats:
        """Return a plausible value of each person (N,), drawn from the posterior within the grid's steps."""
        place = _inverse(np.cumsum(self.posterior, axis=1), rng.random(len(self.posterior)))
        step = self.nodes[1] - self.nodes[0]
        return np.asarray(self.nodes[place] + step * (rng.random(place.size) - 0.5))


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


def log_likelihood(answered: sparse.csr_array, log_prob: Floats) -> Floats:
    """Return log L of each person at each node (N, Q)."""
    finite = np.where(np.isfinite(log_prob), log_prob, 0.0)
    return np.asarray(answered @ finite.reshape(-1, log_prob.shape[-1]))


def normalise(log_density: Floats) -> Floats:
    """Return probabilities that sum to one along the nodes, from log-densities (N, Q)."""
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    return np.asarray(density / density.sum(axis=1, keepdims=True))


def overall(population: Mapping[str, tuple[float, float]]) -> tuple[float, float]:
    """Return mean and SD of the whole population; several groups count alike."""
    means, sds = np.array(list(population.values())).T
    return float(means.mean()), float(np.sqrt((sds**2).mean() + means.var()))


def draw_categories(pool: ItemPool, items: Ints, theta: Floats, rng: np.random.Generator) -> Ints:
    """Return simulated categories (R,) of answers to `items` (R,) at abilities `theta` (R,)."""
    cumulative = np.cumsum(np.exp(pool.log_prob_at(items, theta)), axis=-1)
    return _inverse(cumulative, rng.random(np.size(items)))


def _inverse(cumulative: Floats, u: Floats) -> Ints:
    """Return the first place (N,) where cumulative probabilities (N, K) exceed uniform draws (N,)."""
    place = (u[:, None] * cumulative[:, -1:] >= cumulative).sum(axis=1)
    return np.asarray(np.minimum(place, cumulative.shape[1] - 1))
