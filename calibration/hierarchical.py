"""Hierarchical priors: the bank itself tells how log a and b are spread.

Items of a bank resemble each other. With few answers an item, its estimate is better drawn towards the bank's
mean, by as much as its own answers are uncertain:

    log a_j ~ N(μ_a, σ_a²),    b_j ~ N(μ_b, σ_b²)          (b_jk by category where there are several)

The hyperparameters maximise the marginal likelihood of the bank with the item parameters integrated out
(empirical Bayes), not the joint mode, which would shrink σ to nothing. Around the current estimates each
item's likelihood is a normal density with the information of the answers as its precision; on those the
hyperparameters have an EM of their own (Dempster, Rubin & Tsutakawa 1981, JASA 76, 341–353). Estimate,
update, and estimate again until they stand.

Mislevy (1986), Psychometrika 51, 177–195; Efron & Morris (1973), JASA 68, 117–130.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from calibration.acceleration import climb
from calibration.estimation import Estimated, Report, estimate, silent
from calibration.parameter_map import ItemBlock, working_covariances
from calibration.priors import LOG_ROOT_2PI, ItemPrior
from calibration.problem import Problem
from calibration.standard_errors import observed_information
from engine._types import Floats, Ints
from engine.models.base import NormalPrior

Spread: TypeAlias = Mapping[tuple[str, int], NormalPrior]
"""Mean and SD of log a, b, b1, … by name and number of categories."""
FEWEST_ITEMS = 5
"""With fewer items than this a spread is not estimated, and those parameters have no prior."""
ROUNDS = 8
STEP = 1e-5
VAGUE = NormalPrior(0.0, 2.0)


@dataclass(frozen=True, slots=True)
class HierarchicalPrior(ItemPrior):
    """Normal densities of log a and of b, besides the model's own priors.

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
    rows: np.ndarray[tuple[int], np.dtype[np.bool_]] = field(repr=False)

    def density(self, block: ItemBlock, working: Floats) -> tuple[float, Floats]:
        """Return Σ log N(log a) + Σ log N(b) + the own priors, and the gradient."""
        value, gradient = self.own.density(block, working)
        places, mean, sd = self._moments(block)
        if "a" in _names(block) and np.any(working[self.rows, 0] <= 0):
            return -np.inf, gradient
        z = (transform(block, working)[:, places] - mean) / sd * self.rows[:, None]
        value += float(-0.5 * np.sum(z**2) - self.rows.sum() * np.sum(np.log(sd) + LOG_ROOT_2PI))
        gradient = gradient - np.einsum("jt,jtp->jp", z / sd, transform_jacobian(block, working)[:, places])
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
        """Return the curvature without the transformation's own (Gauss–Newton)."""
        places, _, sd = self._moments(block)
        jacobian = transform_jacobian(block, working)[:, places] * self.rows[:, None, None]
        spread: Floats = np.einsum("jtp,t,jtr->jpr", jacobian, sd**-2.0, jacobian)
        return self.own.information(block, working) + spread

    def _moments(self, block: ItemBlock) -> tuple[Ints, Floats, Floats]:
        """Return the places of the parameters with a spread, their means and SDs."""
        known = [
            (place, self.spread.get((name, block.n_categories))) for place, name in enumerate(_names(block))
        ]
        chosen = [(place, prior) for place, prior in known if prior is not None]
        means, sds = [prior.mean for _, prior in chosen], [prior.sd for _, prior in chosen]
        return np.array([place for place, _ in chosen], np.int64), np.array(means), np.array(sds)


def transform(block: ItemBlock, working: Floats) -> Floats:
    """Return t = (log a, b, …) of working parameters (J, P): natural, but for the logarithm of a."""
    natural = block.model.to_natural(working)
    if _names(block)[0] == "a":
        natural[:, 0] = np.log(natural[:, 0])
    return natural


def transform_jacobian(block: ItemBlock, working: Floats) -> Floats:
    """Return ∂t/∂w (J, P, P)."""
    jacobian = np.array(block.model.natural_jacobian(working))
    if _names(block)[0] == "a":
        jacobian[:, 0] /= working[:, :1]
    return np.where(np.isfinite(jacobian), jacobian, 0.0)


def _names(block: ItemBlock) -> list[str]:
    return [parameter.name for parameter in block.model.parameters(block.n_categories)]


def estimate_hierarchical(
    problem: Problem, *, tolerance: float, max_cycles: int, errors: str, report: Report = silent
) -> Estimated:
    """Estimate under priors whose hyperparameters are estimated, too."""
    spread = _first_spread(problem)
    for _ in range(ROUNDS if spread else 0):
        posed = with_spread(problem, spread)
        climbed = climb(
            posed.objective, posed.start, tolerance=tolerance, max_cycles=max_cycles, report=report
        )
        covariance = observed_information(posed.objective, climbed.at).covariance()
        if covariance is None:
            break
        problem = replace(problem, start=climbed.at.x)
        new = update_spread(posed, climbed.at.x, covariance, spread)
        moved = max(abs(new[k].mean - spread[k].mean) + abs(new[k].sd - spread[k].sd) for k in spread)
        spread = new
        if moved < 1e-3:
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


def _first_spread(problem: Problem) -> dict[tuple[str, int], NormalPrior]:
    """Return a vague spread for each parameter that enough items have of their own."""
    counts: dict[tuple[str, int], int] = {}
    for block in problem.objective.items.blocks:
        free = int((~problem.anchored[block.items]).sum())
        for name in _spread_names(block):
            key = (name, block.n_categories)
            counts[key] = counts.get(key, 0) + free
    return {key: VAGUE for key, count in counts.items() if count >= FEWEST_ITEMS}


def _spread_names(block: ItemBlock) -> list[str]:
    """Return the natural parameters that vary freely from item to item: a and b's, no asymptotes."""
    model = block.model
    if model.family == "nominal":
        return []
    own_slope = not (model.common_slope or "a" in model.pinned)
    return [name for name in _names(block) if name[0] == "b" or (name == "a" and own_slope)]


def update_spread(
    problem: Problem, x: Floats, covariance: Floats, spread: Spread
) -> dict[tuple[str, int], NormalPrior]:
    """Return the hyperparameters that maximise the marginal likelihood of the items' normal likelihoods."""
    working, _ = problem.objective.split(x)
    blocks = problem.objective.items.blocks
    parts = [_likelihoods(problem, block, working, covariance, spread) for block in blocks]
    for _ in range(200):
        sums: dict[tuple[str, int], list[Floats]] = {key: [] for key in spread}
        for names, precision, pull in parts:
            mean, variance = _posterior(precision, pull, [spread[name] for name in names])
            for place, name in enumerate(names):
                sums[name].append(np.stack([mean[:, place], variance[:, place, place]]))
        spread = {key: _moments(np.concatenate(values, axis=1)) for key, values in sums.items()}
    return dict(spread)


def _likelihoods(
    problem: Problem, block: ItemBlock, working: Floats, covariance: Floats, spread: Spread
) -> tuple[list[tuple[str, int]], Floats, Floats]:
    """Return what the answers alone say of t of the free items: precision and precision · estimate."""
    rows = ~problem.anchored[block.items]
    mine = block.of(working)
    places = [
        p
        for p, n in enumerate(_names(block))
        if (n, block.n_categories) in spread and n in _spread_names(block)
    ]
    keys = [(_names(block)[p], block.n_categories) for p in places]
    jacobian = transform_jacobian(block, mine)
    moved = (
        jacobian
        @ working_covariances(problem.objective.items, block, covariance)
        @ np.swapaxes(jacobian, 1, 2)
    )
    posterior = np.linalg.inv(moved[rows][:, places][:, :, places])
    estimates = transform(block, mine)[rows][:, places]
    means = np.array([spread[key].mean for key in keys])
    precisions = np.array([spread[key].sd ** -2.0 for key in keys])
    precision = posterior - np.diag(precisions)
    pull = np.einsum("jst,jt->js", posterior, estimates) - precisions * means
    return keys, precision, pull


def _posterior(precision: Floats, pull: Floats, priors: Sequence[NormalPrior]) -> tuple[Floats, Floats]:
    """Return posterior means (J, T) and covariances (J, T, T) under a spread."""
    means = np.array([prior.mean for prior in priors])
    precisions = np.array([prior.sd**-2.0 for prior in priors])
    variance = np.linalg.inv(precision + np.diag(precisions))
    return np.einsum("jst,jt->js", variance, pull + precisions * means), variance


def _moments(posterior: Floats) -> NormalPrior:
    """Return mean and SD of a parameter over items from posterior means and variances (2, J)."""
    mean = float(posterior[0].mean())
    return NormalPrior(mean, float(np.sqrt(np.mean((posterior[0] - mean) ** 2 + posterior[1]))))


def in_words(spread: Spread) -> list[str]:
    """Say what the bank told of its parameters."""
    return [
        f"prior from the bank: {'log a' if name == 'a' else name} ~ N({prior.mean:.3f}, {prior.sd:.3f}²)"
        for (name, _), prior in spread.items()
    ]
