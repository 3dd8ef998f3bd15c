"""Maximum likelihood: the ability under which the answers are most probable.

Birnbaum (1968), in Lord & Novick, ch. 20. No prior, no shrinkage; all-right and all-wrong patterns have no
finite maximum and stand at the bound without a standard error. SE = 1/√I(θ).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.estimation.base import Answers, Estimate, Estimator, estimators
from engine.estimation.newton import check_bounds, climb


def error_off_bounds(theta: Floats, variance: Floats, lower: float, upper: float) -> Floats:
    """Return √variance, NaN at the bounds, where there is no maximum."""
    with np.errstate(invalid="ignore"):
        return np.where((theta > lower) & (theta < upper), np.sqrt(variance), np.nan)


@estimators.register("mle")
@dataclass(frozen=True, slots=True)
class MaximumLikelihood(Estimator):
    """Maximum likelihood between `lower` and `upper` (logits)."""

    reference: ClassVar[str] = "Birnbaum (1968), in Lord & Novick, ch. 20"
    lower: float = -6.0
    upper: float = 6.0
    observed: bool = False
    """Take the SE from the observed instead of the expected information."""

    def __post_init__(self) -> None:
        check_bounds(self.lower, self.upper)

    def estimate(self, answers: Answers) -> Estimate:
        """Return the global maximum of each person's likelihood."""
        nodes, bounds = answers.tables.nodes, (self.lower, self.upper)
        theta = climb(answers.log_likelihood, nodes, answers.score_function, bounds=bounds)
        with np.errstate(divide="ignore"):
            info = -answers.score_function(theta)[1] if self.observed else answers.information(theta)
            variance = 1.0 / info
        theta = np.where(answers.scored.any(axis=1), theta, np.nan)
        return Estimate(theta, error_off_bounds(theta, variance, *bounds))
