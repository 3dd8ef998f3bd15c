"""Distributions on the grid that criteria average over, and what an answer would make of them."""

import numpy as np

from engine._types import Floats, Ints
from engine.selection.view import View
from engine.tables import Tables


def normalised(weights: Floats) -> Floats:
    """Return weights (N, Q) made to sum to one in each row."""
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def likelihood_weights(view: View) -> Floats:
    """Return the likelihood as a distribution on the grid (N, Q), by the trapezoid rule: half at the ends."""
    weights = view.likelihood.copy()
    weights[:, [0, -1]] /= 2
    return normalised(weights)


def posterior_weights(view: View) -> Floats:
    """Return the posterior on the grid (N, Q)."""
    return normalised(view.posterior)


def expected(weights: Floats, table: Floats) -> Floats:
    """Return Σ_q w_q f(θ_q) as (N, *S) for weights (N, Q) and a table (*S, Q)."""
    flat = table.reshape(-1, table.shape[-1])
    return np.asarray((weights @ flat.T).reshape(len(weights), *table.shape[:-1]))


def after_each_answer(weights: Floats, tables: Tables) -> tuple[Floats, Floats, Floats]:
    """Return the chance, mean and variance of θ after each possible answer, each (N, J, K).

    The chance is the predictive one, Σ_q w_q P_jk(θ_q); mean and variance are those of the weights updated by
    the answer. Categories that an item does not have get chance 0, mean 0 and variance 0.
    """
    moments = (expected(weights * tables.nodes**power, tables.prob) for power in range(3))
    return _mean_and_variance(*moments)


def after_answer_to(weights: Floats, tables: Tables, items: Ints) -> tuple[Floats, Floats, Floats]:
    """Return the same for one item (N,) each: chance, mean and variance, each (N, K)."""
    probability = tables.prob[items]
    moments = (np.einsum("nq,nkq->nk", weights * tables.nodes**power, probability) for power in range(3))
    return _mean_and_variance(*moments)


def _mean_and_variance(chance: Floats, first: Floats, second: Floats) -> tuple[Floats, Floats, Floats]:
    there = np.where(chance > 0, chance, 1.0)
    mean = first / there
    return chance, mean, np.maximum(second / there - mean**2, 0.0)
