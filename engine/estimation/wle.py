"""Weighted likelihood: maximum likelihood with its first-order bias taken out.

    ∂ log L/∂θ + J(θ) / 2 I(θ) = 0,     J = Σ_items Σ_k P'_k P''_k / P_k

Warm (1989), Psychometrika 54, eq. 14-16; Samejima (1998) for more than two categories. Finite for all-right
and all-wrong patterns of most pools; no prior needed. SE = 1/√I(θ).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.estimation.base import Answers, Estimate, Estimator, estimators
from engine.estimation.mle import error_off_bounds
from engine.estimation.newton import check_bounds, climb

TINY = np.finfo(float).tiny
"""Keeps a person without answers from being divided by zero."""


@estimators.register("wle")
@dataclass(frozen=True, slots=True)
class WeightedLikelihood(Estimator):
    """Warm's weighted likelihood between `lower` and `upper` (logits)."""

    reference: ClassVar[str] = "Warm (1989), Psychometrika 54, 427-450"
    lower: float = -6.0
    upper: float = 6.0

    def __post_init__(self) -> None:
        check_bounds(self.lower, self.upper)

    def estimate(self, answers: Answers) -> Estimate:
        """Return the root of Warm's equation at the highest weighted likelihood."""

        def equation(theta: Floats) -> tuple[Floats, Floats]:
            first, second = answers.score_function(theta)
            return first + correction(answers, theta), second

        nodes, bounds = answers.tables.nodes, (self.lower, self.upper)
        theta = climb(weighted_likelihood(answers), nodes, equation, bounds=bounds)
        with np.errstate(divide="ignore"):
            variance = 1.0 / answers.information(theta)
        theta = np.where(answers.scored.any(axis=1), theta, np.nan)
        return Estimate(theta, error_off_bounds(theta, variance, *bounds))


def correction(answers: Answers, theta: Floats) -> Floats:
    """Return J(θ) / 2 I(θ) of each person's items (N,), 0 without answers."""
    person, item, _ = answers.flat()
    probability = np.exp(answers.pool.log_prob_at(item, theta[person]))
    first, second = answers.pool.theta_derivatives_at(item, theta[person])
    info = answers.sum(person, (probability * first**2).sum(axis=1))
    bias = answers.sum(person, (probability * first * (second + first**2)).sum(axis=1))
    return np.asarray(bias / np.maximum(2 * info, TINY))


def weighted_likelihood(answers: Answers) -> Floats:
    """Return log L + ∫ J / 2 I on the grid (N, Q), by the trapezoid rule."""
    nodes = answers.tables.nodes
    bias, info = (answers.on_grid(table) for table in (answers.tables.bias, answers.tables.info))
    values = bias / np.maximum(2 * info, TINY)
    steps = np.diff(nodes) * (values[:, 1:] + values[:, :-1]) / 2
    rise = np.concatenate([np.zeros((len(answers), 1)), np.cumsum(steps, axis=1)], axis=1)
    return np.asarray(answers.log_likelihood + rise)
