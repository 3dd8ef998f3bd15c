"""From a posed problem to its maximum: climb, check the grid, finish by Newton, take the information."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from calibration.acceleration import Climb, ascend, climb, shorten
from calibration.population import Population
from calibration.problem import Problem
from calibration.standard_errors import observed_information
from engine._types import Floats
from engine.quadrature import grid

Report = Callable[[int, float, float], None]
REFINEMENTS = 4
"""Most times that the grid's step is halved."""
NEWTON = 1e-6
"""Newton decrement that a finish with known information reaches."""


def silent(cycle: int, value: float, change: float) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """A problem at its maximum.

    Attributes
    ----------
    problem : Problem
    climb : Climb
    covariance : (F, F) or None
        Of the free parameters; None where it was not asked for or does not exist.
    decrement : float
        g′ I⁻¹ g, twice what a Newton step would still gain; NaN where I is unknown.
    identified : bool
        Whether the information is positive definite, where it was computed.
    abilities : pair of (N,) or None
        Each person's posterior mean and SD, where the grid was checked.
    """

    problem: Problem
    climb: Climb
    covariance: Floats | None = None
    decrement: float = np.nan
    identified: bool = True
    abilities: tuple[Floats, Floats] | None = None


def estimate(
    problem: Problem,
    *,
    tolerance: float,
    max_cycles: int,
    errors: str,
    report: Report = silent,
    check_grid: bool = True,
) -> Estimated:
    """Maximise the problem's objective and take standard errors.

    Parameters
    ----------
    errors : str
        "observed", "sandwich" or "none".
    check_grid : bool
        Refine or widen the grid where it turns out too coarse.
    """
    climbed = climb(
        problem.objective, problem.start, tolerance=tolerance, max_cycles=max_cycles, report=report
    )
    abilities = None
    for _ in range(REFINEMENTS if check_grid else 0):
        abilities = posterior_moments(problem, climbed)
        better = better_grid(problem, climbed, narrowest=float(abilities[1].min()))
        if better is None:
            break
        population, message = better
        objective = replace(problem.objective, population=population)
        problem = replace(problem, objective=objective, messages=(*problem.messages, message))
        again = climb(
            objective,
            np.concatenate([climbed.at.x[: objective.items.n_free], population.start()]),
            tolerance=tolerance,
            max_cycles=max(max_cycles - climbed.cycles, 1),
            report=report,
        )
        climbed = replace(again, cycles=climbed.cycles + again.cycles)
    estimated = Estimated(problem, climbed) if errors == "none" else finish(problem, climbed, errors)
    return replace(estimated, abilities=abilities)


def finish(problem: Problem, climbed: Climb, errors: str) -> Estimated:
    """Take Newton steps with the observed information until the decrement is small; return the covariance."""
    for _ in range(3):
        information = observed_information(problem.objective, climbed.at)
        inverse = information.covariance()
        if inverse is None:
            return Estimated(problem, climbed, identified=False)
        decrement = float(climbed.at.gradient @ inverse @ climbed.at.gradient)
        if decrement <= NEWTON:
            break
        new, used = ascend(problem.objective, climbed.at, shorten(inverse @ climbed.at.gradient), 10)
        if new is None:
            break
        climbed = replace(climbed, at=new, cycles=climbed.cycles + used)
        decrement = float(new.gradient @ inverse @ new.gradient)
        if decrement <= NEWTON:
            break
    covariance = information.sandwich() if errors == "sandwich" else inverse
    return Estimated(problem, climbed, covariance, decrement)


def posterior_moments(problem: Problem, climbed: Climb) -> tuple[Floats, Floats]:
    """Return the posterior mean and SD of each person with answers (N,)."""
    objective = problem.objective
    weights = objective.split(climbed.at.x)[1]
    return objective.e_step.moments(objective.table(climbed.at), weights, objective.population.nodes)


def better_grid(problem: Problem, climbed: Climb, *, narrowest: float) -> tuple[Population, str] | None:
    """Return a grid wide enough for the population and fine enough for the narrowest posterior, and why."""
    population, free = problem.objective.population, climbed.at.x[problem.objective.items.n_free :]
    nodes = population.nodes
    step, bound = float(nodes[1] - nodes[0]), float(nodes[-1])
    mean, sd = population.moments(free)
    reach = float(np.max(np.abs(mean) + 4.5 * sd))
    if reach > bound + step and bound < 30:
        half = int(np.ceil(reach / step))
        wider = grid(2 * half + 1, bound=half * step)
        message = f"the grid was widened to ±{half * step:g}: the population reaches that far"
        return population.on(wider, free), message
    if narrowest >= step:
        return None
    finer = grid(2 * nodes.size - 1, bound=bound)
    message = (
        f"the grid was refined to {finer.size} nodes: the narrowest posterior has SD {narrowest:.3f}, "
        f"below the step of {step:.3f}"
    )
    return population.on(finer, free), message
