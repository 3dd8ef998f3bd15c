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
        return moments(answers.likelihood, answers.tables.nodes, answers.prior_weights)


def moments(likelihood: Floats, nodes: Floats, prior: Floats) -> Estimate:
    """Return mean and SD (N,) of the posterior: a likelihood (N, Q) on the nodes times a prior (1 or N, Q).

    Each row up to a factor. Row by row, so that a person's result does not depend on the batch, as that of a
    matrix product would.
    """
    powers = np.stack([np.ones(nodes.size), nodes, nodes**2])
    total, first, second = np.vecdot(likelihood, prior * powers[:, None])
    mean = first / total
    return Estimate(mean, np.sqrt(np.maximum(second / total - mean**2, 0.0)))
