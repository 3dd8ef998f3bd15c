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
        return moments(answers.posterior, answers.tables.nodes)


def moments(weights: Floats, nodes: Floats) -> Estimate:
    """Return mean and SD (N,) of weights (N, Q) on the nodes, each row up to a factor.

    Row by row, so that a person's result does not depend on the batch, as that of a matrix product would.
    """
    total = np.vecdot(weights, np.ones(nodes.size))
    mean = np.vecdot(weights, nodes) / total
    square = np.vecdot(weights, nodes**2) / total
    return Estimate(mean, np.sqrt(np.maximum(square - mean**2, 0.0)))
