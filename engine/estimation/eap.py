"""Expected a posteriori: the mean of the posterior; its standard deviation is the standard error.

Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444. Always finite; shrinks towards the
prior's mean while there are few answers.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.estimation.base import Answers, Estimate, Estimator, estimators


@estimators.register("eap")
@dataclass(frozen=True, slots=True)
class ExpectedAPosteriori(Estimator):
    """Posterior mean on the grid, under the rules' prior."""

    reference: ClassVar[str] = "Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444"

    def estimate(self, answers: Answers) -> Estimate:
        """Return mean and SD of each person's posterior."""
        return moments(answers.log_posterior, answers.tables.nodes)


def moments(log_posterior: Floats, nodes: Floats) -> Estimate:
    """Return mean and SD (N,) of log-posteriors (N, Q), each known up to a constant.

    The exponential is taken in single precision, of differences formed in double: the weights are good to
    1e-7 of the largest, θ to about 1e-7 logits. Row by row, so that a person's result does not depend on the
    batch.
    """
    peak = log_posterior.max(axis=1, keepdims=True)
    weights = np.empty(log_posterior.shape, np.float32)
    np.subtract(log_posterior, peak, out=weights, casting="same_kind")
    weights = np.exp(weights, out=weights).astype(np.float64)
    total = weights.sum(axis=1)
    mean = np.vecdot(weights, nodes) / total
    square = np.vecdot(weights, nodes**2) / total
    return Estimate(mean, np.sqrt(np.maximum(square - mean**2, 0.0)))
