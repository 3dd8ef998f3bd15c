"""Maximum a posteriori: the highest point of the posterior (Bayes modal estimate).

Birnbaum (1969), Journal of Mathematical Psychology 6, 258-276. SE = 1/√(I(θ) − ∂² log prior/∂θ²), which for
a normal prior is 1/√(I + 1/σ²).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.estimation.base import Answers, Estimate, Estimator, estimators
from engine.estimation.newton import check_bounds, climb


@estimators.register("map")
@dataclass(frozen=True, slots=True)
class MaximumAPosteriori(Estimator):
    """Maximum a posteriori between `lower` and `upper` (logits), under the rules' prior."""

    reference: ClassVar[str] = "Birnbaum (1969), Journal of Mathematical Psychology 6, 258-276"
    lower: float = -6.0
    upper: float = 6.0

    def __post_init__(self) -> None:
        check_bounds(self.lower, self.upper)

    def estimate(self, answers: Answers) -> Estimate:
        """Return the highest point of each person's posterior."""

        def equation(theta: Floats) -> tuple[Floats, Floats]:
            first, second = answers.score_function(theta)
            prior_first, prior_second = answers.prior.derivatives(theta)
            return first + prior_first, second + prior_second

        nodes, bounds = answers.tables.nodes, (self.lower, self.upper)
        height = answers.log_likelihood + answers.prior.log_weights(nodes)
        theta = climb(height, nodes, equation, bounds=bounds)
        precision = answers.information(theta) - answers.prior.derivatives(theta)[1]
        with np.errstate(divide="ignore"):
            return Estimate(theta, 1.0 / np.sqrt(precision))
