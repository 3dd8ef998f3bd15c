"""Maximum of the posterior under Jeffreys' prior, the square root of the test information.

Magis & Raîche (2012), Journal of Statistical Software 48(8). The same as Warm's weighted likelihood for the
1PL and 2PL, for partial credit and for graded responses; not for the 3PL.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.estimation.base import Answers, Estimate, Estimator, estimators
from engine.estimation.mle import error_off_bounds
from engine.estimation.newton import check_bounds, climb

STEP = 1e-3
"""Distance (logits) over which log I is differenced."""


@estimators.register("jeffreys")
@dataclass(frozen=True, slots=True)
class JeffreysMode(Estimator):
    """Maximum of log L + ½ log I between `lower` and `upper` (logits)."""

    reference: ClassVar[str] = "Magis & Raîche (2012), Journal of Statistical Software 48(8)"
    lower: float = -6.0
    upper: float = 6.0

    def __post_init__(self) -> None:
        check_bounds(self.lower, self.upper)

    def estimate(self, answers: Answers) -> Estimate:
        """Return the highest point; SE = 1/√(I − ½ ∂² log I/∂θ²)."""

        def equation(theta: Floats) -> tuple[Floats, Floats]:
            first, second = answers.score_function(theta)
            slope, bend = prior_derivatives(answers, theta)
            return first + slope, second + bend

        nodes, bounds = answers.tables.nodes, (self.lower, self.upper)
        prior = np.log(np.maximum(answers.on_grid(answers.tables.info), 1e-300)) / 2
        theta = climb(answers.log_likelihood + prior, nodes, equation, bounds=bounds)
        precision = answers.information(theta) - prior_derivatives(answers, theta)[1]
        with np.errstate(divide="ignore"):
            variance = 1.0 / np.maximum(precision, 0.0)
        there = answers.scored.any(axis=1)
        return Estimate(np.where(there, theta, np.nan), error_off_bounds(theta, variance, *bounds))


def prior_derivatives(answers: Answers, theta: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives of ½ log I (N,), by central differences."""
    below, here, above = (log_information(answers, theta + step) for step in (-STEP, 0.0, STEP))
    return (above - below) / (4 * STEP), (above - 2 * here + below) / (2 * STEP**2)


def log_information(answers: Answers, theta: Floats) -> Floats:
    """Return log I (N,) at each person's θ, a very small number where there is none."""
    return np.asarray(np.log(np.maximum(answers.information(theta), 1e-300)))
