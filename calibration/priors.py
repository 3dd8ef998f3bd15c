"""Priors on item parameters: log-density, gradient and curvature in the working parameters.

By default only the asymptotes of the 3PL and 4PL have priors, normal on their logits. The density is that
of the parameter the prior is stated for, constants included, without a Jacobian.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.parameter_map import ItemBlock
from engine._types import Floats
from engine.models.base import NormalPrior

LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


class ItemPrior(ABC):
    """A prior on the parameters of each item of a block, at working parameters (J, P)."""

    @abstractmethod
    def density(self, block: ItemBlock, working: Floats) -> tuple[float, Floats]:
        """Return the summed log-density and its gradient (J, P)."""

    @abstractmethod
    def hessian(self, block: ItemBlock, working: Floats) -> Floats:
        """Return the Hessian (J, P, P) of the log-density."""

    def information(self, block: ItemBlock, working: Floats) -> Floats:
        """Return minus the Hessian, or a stand-in (J, P, P) that is never indefinite."""
        return -self.hessian(block, working)


@dataclass(frozen=True, slots=True)
class NormalPriors(ItemPrior):
    """Independent normal densities on working parameters, by name."""

    by_name: Mapping[str, NormalPrior]

    def density(self, block: ItemBlock, working: Floats) -> tuple[float, Floats]:
        """Return Σ log N(w; mean, sd) and its gradient."""
        mean, sd = self._moments(block)
        z = (working - mean)[:, np.isfinite(sd)] / sd[np.isfinite(sd)]
        gradient = np.zeros(working.shape)
        gradient[:, np.isfinite(sd)] = -z / sd[np.isfinite(sd)]
        constant = np.sum(np.log(sd[np.isfinite(sd)]) + LOG_ROOT_2PI) * len(working)
        return float(-0.5 * np.sum(z**2) - constant), gradient

    def hessian(self, block: ItemBlock, working: Floats) -> Floats:
        """Return −1/sd² on the diagonal."""
        _, sd = self._moments(block)
        return np.broadcast_to(-np.diag(sd**-2.0), (*working.shape, working.shape[-1]))

    def _moments(self, block: ItemBlock) -> tuple[Floats, Floats]:
        """Return mean and SD (P,) of each working parameter, SD ∞ where there is no prior."""
        names = block.model.working_names(block.n_categories)
        priors = [self.by_name.get(name, NormalPrior(0.0, np.inf)) for name in names]
        return np.array([p.mean for p in priors]), np.array([p.sd for p in priors])


def no_prior() -> NormalPriors:
    """Return the absence of a prior."""
    return NormalPriors({})


def default_prior(block: ItemBlock) -> NormalPriors:
    """Return the priors that a model brings along."""
    return NormalPriors(block.model.priors)
