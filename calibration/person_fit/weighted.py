"""Warm's weighted likelihood estimate for a whole log at once, from sums of tables.

    ∂ log L/∂θ + J / 2 I = 0

The left side is exact at the nodes of a fine grid; between the two where it changes its sign the root is that
of the cubic through four of them (good to about 1e-5 logits). Warm (1989), Psychometrika 54, eq. 14–16.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from calibration.abilities import one_hot
from calibration.responses import ResponseMatrix
from engine._types import Floats
from engine.pool import ItemPool
from engine.quadrature import grid

NODES = 241
CHUNK = 10_000
THROUGH_FOUR = np.linalg.inv(np.vander([-1.0, 0.0, 1.0, 2.0], increasing=True)).T
STEPS = 8


def weighted_likelihood(responses: ResponseMatrix, pool: ItemPool) -> Floats:
    """Return each person's estimate (N,) within ±6 logits, NaN without answers; pool in the log's order."""
    nodes = grid(NODES)
    tables = _Tables.of(pool, nodes)
    everybody = np.arange(responses.n_persons)
    chunks = np.array_split(everybody, max(1, responses.n_persons // CHUNK))
    return np.concatenate([_estimate(responses.take_persons(rows), tables, nodes) for rows in chunks])


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """First derivatives (J·K, Q), information and bias (J, Q) of the items on the grid."""

    first: Floats
    information: Floats
    bias: Floats
    n_categories: int

    @classmethod
    def of(cls, pool: ItemPool, nodes: Floats) -> "_Tables":
        first, second = pool.theta_derivatives(nodes)
        p = np.exp(pool.log_prob(nodes))
        bias = (p * first * (second + first**2)).sum(axis=1)
        return cls(first.reshape(-1, nodes.size), (p * first**2).sum(axis=1), bias, first.shape[1])


def _estimate(responses: ResponseMatrix, tables: _Tables, nodes: Floats) -> Floats:
    value = _equation(responses, tables)
    falls = (value[:, :-1] > 0) & (value[:, 1:] <= 0)
    highest = np.argmax(np.where(falls, np.cumsum(value, axis=1)[:, :-1], -np.inf), axis=1)
    first = np.clip(highest - 1, 0, nodes.size - 4)
    coefficients = np.take_along_axis(value, first[:, None] + np.arange(4), axis=1) @ THROUGH_FOUR
    step = nodes[1] - nodes[0]
    inner = nodes[first + 1] + step * _root(coefficients, (highest - first - 1).astype(float))
    beyond = np.where(value[:, -1] > 0, nodes[-1], nodes[0])
    theta = np.where(falls.any(axis=1), inner, beyond)
    return np.where(responses.answers_per_person > 0, theta, np.nan)


def _equation(responses: ResponseMatrix, tables: _Tables) -> Floats:
    """Return the left side of Warm's equation at the nodes (N, Q)."""
    score = one_hot(responses, tables.n_categories) @ tables.first
    ones, shape = np.ones(responses.n_responses), (responses.n_persons, responses.n_items)
    met = sparse.csr_array((ones, responses.items_index, responses.indptr), shape=shape)
    info, bias = (np.asarray(met @ table) for table in (tables.information, tables.bias))
    return np.asarray(score + np.divide(bias, 2 * info, out=np.zeros_like(info), where=info > 0))


def _root(coefficients: Floats, low: Floats) -> Floats:
    """Return the root (N,) of cubics (N, 4) between `low` and `low` + 1, by Newton's method."""
    c0, c1, c2, c3 = coefficients.T
    x = low + 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(STEPS):
            slope = c1 + x * (2 * c2 + x * 3 * c3)
            move = (c0 + x * (c1 + x * (c2 + x * c3))) / slope
            x = np.clip(x - np.where(np.isfinite(move), move, 0.0), low, low + 1)
    return np.asarray(x)
