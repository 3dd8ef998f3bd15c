"""The marginal log-posterior of item and population parameters, with its gradient by Fisher's identity.

    ∂ log L/∂ψ = ∂/∂ψ Σ R log P   at the expected counts R of the E-step              Louis (1982)

so one E-step yields value and gradient; the complete-data information of the same counts is what an EM step
would use, and scales the finish.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from calibration import maximisation
from calibration.em import EStep, Expectation
from calibration.maximisation import BlockTable
from calibration.parameter_map import ParameterMap
from calibration.population import Population
from calibration.priors import ItemPrior
from engine._types import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """The objective at one point x.

    Attributes
    ----------
    x : (F,)
        Free item parameters, then free population parameters.
    log_likelihood, log_prior : float
    gradient : (F,)
        Of their sum.
    tables : list of BlockTable
    expectation : Expectation
    """

    x: Floats
    log_likelihood: float
    log_prior: float
    gradient: Floats
    tables: list[BlockTable]
    expectation: Expectation

    @property
    def value(self) -> float:
        """The log-posterior."""
        return self.log_likelihood + self.log_prior


@dataclass(frozen=True, slots=True, eq=False)
class Objective:
    """The marginal log-posterior as a function of the free parameters.

    Attributes
    ----------
    e_step : EStep
    offsets : (J + 1,) int
        First column of each item in the one-hot matrix.
    items : ParameterMap
    population : Population
    priors : one ItemPrior a block
    """

    e_step: EStep
    offsets: Ints
    items: ParameterMap
    population: Population
    priors: Sequence[ItemPrior]

    def evaluate(self, x: Floats, *, precision: Any = np.float64) -> Evaluation:
        """Return value and gradient at x; the value is −∞ where a category has no probability."""
        working, weights = self.split(x)
        nodes = self.population.nodes
        tables = maximisation.tabulate(self.items.blocks, working, nodes)
        stacked = maximisation.stack(tables, self.offsets)
        log_prior, prior_gradient = self._prior(working)
        if not np.isfinite(stacked).all() or not np.isfinite(log_prior):
            nowhere = Expectation(-np.inf, np.zeros(stacked.shape), np.zeros(weights.shape))
            return Evaluation(x, -np.inf, 0.0, np.zeros(x.size), tables, nowhere)
        expectation = self.e_step(stacked, weights, precision=precision)
        in_working = maximisation.gradient(tables, expectation.counts, self.offsets, nodes)
        in_population, _ = self.population.derivatives(x[self.items.n_free :], expectation.persons)
        gradient = np.concatenate([self.items.pull(in_working + prior_gradient), in_population])
        return Evaluation(x, expectation.log_likelihood, log_prior, gradient, tables, expectation)

    def table(self, at: Evaluation) -> Floats:
        """Return the log-probabilities (ΣK, Q) at a point."""
        return maximisation.stack(at.tables, self.offsets)

    def split(self, x: Floats) -> tuple[Floats, Floats]:
        """Return working item parameters (W,) and log-weights of the populations (G, Q)."""
        return self.items.working(x[: self.items.n_free]), self.population.log_weights(x[self.items.n_free :])

    def complete_information(self, at: Evaluation) -> sparse.csc_array:
        """Return the information (F, F) that the answers would hold were abilities known, with priors."""
        working, _ = self.split(at.x)
        parts = maximisation.information(
            at.tables, at.expectation.counts, self.offsets, self.population.nodes
        )
        for block, prior, part in zip(self.items.blocks, self.priors, parts, strict=True):
            part += prior.information(block, block.of(working))
        items = maximisation.block_diagonal(parts, self.items)
        _, population = self.population.derivatives(at.x[self.items.n_free :], at.expectation.persons)
        return (
            sparse.csc_array(sparse.block_diag([items, population], format="csc"))
            if population.size
            else items
        )

    def _prior(self, working: Floats) -> tuple[float, Floats]:
        value, parts = 0.0, []
        for block, prior in zip(self.items.blocks, self.priors, strict=True):
            density, gradient = prior.density(block, block.of(working))
            value += density
            parts.append(gradient.ravel())
        return value, np.concatenate(parts)
