"""Maximum likelihood with fences: two imaginary answers keep θ finite and within reason.

A fence is a very discriminating item at each end of the scale, the lower one answered right, the upper one
wrong. Near the middle of the scale the fences weigh next to nothing, so the estimate is the maximum
likelihood one wherever that is well inside.

Han (2016), Applied Psychological Measurement 40, 289-301.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, log_expit

from engine._types import Floats
from engine.estimation.base import Answers, Estimate, Estimator, estimators
from engine.estimation.newton import check_bounds, climb


@estimators.register("mlef")
@dataclass(frozen=True, slots=True)
class FencedMaximumLikelihood(Estimator):
    """Maximum likelihood with fences at `lower` and `upper` (logits)."""

    reference: ClassVar[str] = "Han (2016), Applied Psychological Measurement 40, 289-301"
    lower: float = -3.5
    upper: float = 3.5
    a: float = 3.0
    """Discrimination of the imaginary items."""

    def __post_init__(self) -> None:
        check_bounds(self.lower, self.upper)
        if not self.a > 0:
            raise ValueError(f"a = {self.a:g}; it must be above 0")

    def estimate(self, answers: Answers) -> Estimate:
        """Return the maximum of the likelihood times the fences; SE = 1/√I of the real items."""

        def equation(theta: Floats) -> tuple[Floats, Floats]:
            first, second = answers.score_function(theta)
            low, high = expit(self.a * (theta - self.lower)), expit(self.a * (theta - self.upper))
            bend = self.a**2 * (low * (1 - low) + high * (1 - high))
            return first + self.a * (1 - low - high), second - bend

        nodes = answers.tables.nodes
        fences = log_expit(self.a * (nodes - self.lower)) + log_expit(self.a * (self.upper - nodes))
        ends = float(nodes[0]), float(nodes[-1])
        theta = climb(answers.log_likelihood + fences, nodes, equation, bounds=ends)
        with np.errstate(divide="ignore"):
            se = 1.0 / np.sqrt(answers.information(theta))
        there = answers.scored.any(axis=1)
        return Estimate(np.where(there, theta, np.nan), np.where(there, se, np.nan))
