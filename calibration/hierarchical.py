"""Hierarchical priors: the bank itself tells how log a and b are spread.

Items of a bank resemble each other. With few answers an item, its estimate is better drawn towards the bank's
mean, by as much as its own answers are uncertain:

    log a_j ~ g_a,    b_j ~ g_b          (b_jk by category where there are several)

with densities g that may be lopsided and that let go of items far out (`two_piece`). A normal density would
not: where a bank is skewed, it draws the items of the long tail in too far.

The hyperparameters maximise the marginal likelihood of the bank with the item parameters integrated out
(empirical Bayes), not the joint mode, which would shrink the spread to nothing. Around the current estimates
an item's posterior is a normal density; with the prior's own slope and curvature taken out of it, it says
what the answers alone tell of one parameter. To that g is fitted. Estimate, fit, and again until g stands.

Mislevy (1986), Psychometrika 51, 177–195; Efron & Morris (1973), JASA 68, 117–130; Minka (2001), Uncertainty
in Artificial Intelligence 17, 362–369 (taking one factor out of a normal approximation).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from calibration.acceleration import climb
from calibration.estimation import Estimated, Report, estimate, silent
from calibration.parameter_map import ItemBlock, working_covariances
from calibration.priors import ItemPrior
from calibration.problem import Problem
from calibration.standard_errors import observed_information
from calibration.two_piece import VAGUE, TwoPiece, fit
from engine._types import Bools, Floats

Spread: TypeAlias = Mapping[tuple[str, int], TwoPiece]
"""Densities of log a, b, b1, … by name and number of categories."""
FEWEST_ITEMS = 5
"""With fewer items than this a density is not estimated, and those parameters have no prior."""
ROUNDS = 10
STANDS = 1e-2
"""Change of a centre or scale below which the hyperparameters stand."""
STEP = 1e-5
LEAST_PRECISION = 1e-3
"""Precision of what the answers tell of a parameter of which they tell next to nothing."""


@dataclass(frozen=True, slots=True)
class HierarchicalPrior(ItemPrior):
    """Densities of log a and of b, besides the model's own priors.

    Attributes
    ----------
    spread : mapping
    own : ItemPrior
        The priors that the model brings along (asymptotes).
    rows : (J_block,) bool
        The items it holds for; anchors have no prior.
    """

    spread: Spread
    own: ItemPrior
    rows: Bools = field(repr=False)

    def density(self, block: ItemBlock, working: Floats) -> tuple[float, Floats]:
        """Return Σ log g(log a) + Σ log g(b) + the own priors, and the gradient."""
        value, gradient = self.own.density(block, working)
        if names(block)[0] == "a" and np.any(working[self.rows, 0] <= 0):
            return -np.inf, gradient
        t, jacobian = transform(block, working), transform_jacobian(block, working)
        for place, density in spread_of(block, self.spread):
            value += float(density.log_density(t[self.rows, place]).sum())
            gradient = gradient + (self.rows * density.slope(t[:, place]))[:, None] * jacobian[:, place]
        return value, gradient

    def hessian(self, block: ItemBlock, working: Floats) -> Floats:
        """Return the Hessian by central differences of the gradient."""
        out = np.zeros((*working.shape, working.shape[1]))
        for p in np.flatnonzero(np.isfinite(working[0])):
            step = STEP * np.eye(working.shape[1])[p]
            up, down = self.density(block, working + step)[1], self.density(block, working - step)[1]
            out[:, p] = (up - down) / (2 * STEP)
        return (out + np.swapaxes(out, 1, 2)) / 2

    def information(self, block: ItemBlock, working: Floats) -> Floats:
        """Return the curvature of the normal densities that hold as firmly, without the transformation's."""
        t, jacobian = transform(block, working), transform_jacobian(block, working)
        out = self.own.information(block, working)
        for place, density in spread_of(block, self.spread):
            held, row = self.rows * density.hold(t[:, place]), jacobian[:, place]
            out = out + held[:, None, None] * row[:, :, None] * row[:, None, :]
        return out


def names(block: ItemBlock) -> list[str]:
    """Return the names of the block's natural parameters."""
    return [parameter.name for parameter in block.model.parameters(block.n_categories)]


def spread_of(block: ItemBlock, spread: Spread) -> Iterator[tuple[int, TwoPiece]]:
    """Yield place and density of the block's parameters that have one."""
    for place, name in enumerate(names(block)):
        if (name, block.n_categories) in spread:
            yield place, spread[name, block.n_categories]


def transform(block: ItemBlock, working: Floats) -> Floats:
    """Return t = (log a, b, …) of working parameters (J, P): natural, but for the logarithm of a."""
    natural = block.model.to_natural(working)
    if names(block)[0] == "a":
        natural[:, 0] = np.log(natural[:, 0])
    return natural


def transform_jacobian(block: ItemBlock, working: Floats) -> Floats:
    """Return ∂t/∂w (J, P, P)."""
    jacobian = np.array(block.model.natural_jacobian(working))
    if names(block)[0] == "a":
        jacobian[:, 0] /= working[:, :1]
    return np.where(np.isfinite(jacobian), jacobian, 0.0)


def estimate_hierarchical(
    problem: Problem, *, tolerance: float, max_cycles: int, errors: str, report: Report = silent
) -> Estimated:
    """Estimate under priors whose hyperparameters are estimated, too."""
    spread: Spread = _first_spread(problem)
    for _ in range(ROUNDS if spread else 0):
        posed = with_spread(problem, spread)
        climbed = climb(
            posed.objective, posed.start, tolerance=tolerance, max_cycles=max_cycles, report=report
        )
        covariance = observed_information(posed.objective, climbed.at).covariance()
        if covariance is None:
            break
        problem = replace(problem, start=climbed.at.x)
        before, spread = spread, update_spread(posed, climbed.at.x, covariance, spread)
        if max(spread[key].distance(before[key]) for key in spread) < STANDS:
            break
    posed = with_spread(problem, spread) if spread else problem
    posed = replace(posed, messages=(*posed.messages, *in_words(spread)))
    return estimate(posed, tolerance=tolerance, max_cycles=max_cycles, errors=errors, report=report)


def with_spread(problem: Problem, spread: Spread) -> Problem:
    """Return the problem with the hierarchical prior on all items that are not held."""
    objective = problem.objective
    priors: list[ItemPrior] = []
    for block, prior in zip(objective.items.blocks, objective.priors, strict=True):
        own = prior.own if isinstance(prior, HierarchicalPrior) else prior
        priors.append(HierarchicalPrior(spread, own, ~problem.anchored[block.items]))
    return replace(problem, objective=replace(objective, priors=priors))


def _first_spread(problem: Problem) -> dict[tuple[str, int], TwoPiece]:
    """Return a vague density for each parameter that enough items have of their own."""
    counts: dict[tuple[str, int], int] = {}
    for block in problem.objective.items.blocks:
        free = int((~problem.anchored[block.items]).sum())
        for name in _own_names(block):
            key = (name, block.n_categories)
            counts[key] = counts.get(key, 0) + free
    return {key: VAGUE for key, count in counts.items() if count >= FEWEST_ITEMS}


def _own_names(block: ItemBlock) -> list[str]:
    """Return the natural parameters that vary freely from item to item: a and b's, no asymptotes."""
    model = block.model
    if model.family == "nominal":
        return []
    own_slope = not (model.common_slope or "a" in model.pinned)
    return [name for name in names(block) if name[0] == "b" or (name == "a" and own_slope)]


def update_spread(problem: Problem, x: Floats, covariance: Floats, spread: Spread) -> Spread:
    """Return each density fitted to what the answers alone tell of the free items' parameters."""
    working, _ = problem.objective.split(x)
    told: dict[tuple[str, int], list[Floats]] = {key: [] for key in spread}
    for block in problem.objective.items.blocks:
        mine, rows = block.of(working), ~problem.anchored[block.items]
        t, jacobian = transform(block, mine), transform_jacobian(block, mine)
        moved = working_covariances(problem.objective.items, block, covariance)
        variance = np.einsum("jtp,jpr,jtr->jt", jacobian, moved, jacobian)
        for place, density in spread_of(block, spread):
            if names(block)[place] in _own_names(block):
                known = answers_alone(t[rows, place], variance[rows, place], density)
                told[names(block)[place], block.n_categories].append(known)
    return {key: fit(np.concatenate(parts, axis=1), spread[key]) for key, parts in told.items()}


def answers_alone(mode: Floats, variance: Floats, density: TwoPiece) -> Floats:
    """Return mean and variance (2, J) of the normal densities which times g have this mode and variance."""
    precision = np.maximum(1.0 / variance - density.curvature(mode), LEAST_PRECISION)
    return np.stack([mode - density.slope(mode) / precision, 1.0 / precision])


def in_words(spread: Spread) -> list[str]:
    """Say what the bank told of its parameters."""
    told = []
    for (name, _), density in spread.items():
        word = "log a" if name == "a" else name
        told.append(
            f"prior from the bank: {word} around {density.centre:.3f}, "
            f"scale {density.below:.3f} below and {density.above:.3f} above, "
            f"{density.freedom:.0f} degrees of freedom"
        )
        if density.collapsed:
            told.append(f"the answers do not tell the items' {word} apart: too few for a prior from the bank")
    return told
