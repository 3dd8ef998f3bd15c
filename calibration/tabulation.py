"""From free parameters to what people read: natural parameters, their errors, and a verdict on each item."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from calibration import identification
from calibration.estimation import Estimated
from calibration.parameter_map import ItemBlock, working_covariances
from calibration.reliability import empirical_reliability
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult, covariance_record, parameter_table
from engine._types import Floats, Ints
from items.parameters import Covariance, Identity


def tabulate(
    settings: Mapping[str, Any],
    responses: ResponseMatrix,
    status: Sequence[str],
    estimated: Estimated,
    seconds: float,
) -> CalibrationResult:
    """Gather the result of a calibration.

    Parameters
    ----------
    responses : ResponseMatrix
        The whole log, items that were left out included.
    status : J texts
        The verdict on each of its items.
    """
    problem, climbed = estimated.problem, estimated.climb
    values, covariances = natural_estimates(estimated)
    used = problem.responses
    return CalibrationResult(
        parameters=parameter_table(
            used.items, used.versions.tolist(), [model.key for model in problem.models], values
        ),
        items=identification.item_table(responses, status),
        population=populations(estimated),
        log_likelihood=climbed.at.log_likelihood,
        log_prior=climbed.at.log_prior,
        n_persons=int((used.answers_per_person > 0).sum()),
        n_responses=used.n_responses,
        n_parameters=climbed.at.x.size,
        iterations=climbed.cycles,
        converged=converged(estimated),
        status=sentence(estimated),
        decrement=estimated.decrement,
        seconds=seconds,
        quadrature=quadrature(estimated),
        covariances=covariances,
        covariance=full_covariance(estimated) if settings.get("full") else None,
        empirical_reliability=(
            np.nan if estimated.abilities is None else empirical_reliability(*estimated.abilities)
        ),
        levels={
            item: level
            for item, level in zip(used.labels, used.levels, strict=True)
            if level != tuple(range(len(level)))
        },
        settings=settings,
        messages=(
            *responses.messages,
            *problem.messages,
            *identification.left_out(responses.items, status),
            *reversed_items(used.items, values),
        ),
    )


def natural_estimates(estimated: Estimated) -> tuple[list[dict[str, float]], dict[Identity, Covariance]]:
    """Return each item's natural parameters and errors by name, and covariances by (item, version)."""
    problem = estimated.problem
    working, _ = problem.objective.split(estimated.climb.at.x)
    values: list[dict[str, float]] = [{} for _ in problem.models]
    covariances: dict[Identity, Covariance] = {}
    for block in problem.objective.items.blocks:
        mine = block.of(working)
        natural = block.model.to_natural(mine)
        names = [parameter.name for parameter in block.model.parameters(block.n_categories)]
        written = np.isfinite(mine[0])
        errors = _natural_covariance(estimated, block, mine)
        for row, item in enumerate(block.items):
            values[item] = {n: float(v) for n, v, w in zip(names, natural[row], written, strict=True) if w}
            if errors is not None and not problem.anchored[item]:
                free = np.diag(errors[row]) > 0
                kept = [name for name, f in zip(names, free, strict=True) if f]
                matrix = errors[row][np.ix_(free, free)]
                deviations = np.sqrt(np.diag(matrix))
                values[item] |= {f"se_{n}": float(s) for n, s in zip(kept, deviations, strict=True)}
                covariances[problem.responses.identities[item]] = covariance_record(kept, matrix)
    return values, covariances


def _natural_covariance(estimated: Estimated, block: ItemBlock, working: Floats) -> Floats | None:
    """Return the covariance (J_block, P, P) of natural parameters by the delta method."""
    if estimated.covariance is None:
        return None
    in_working = working_covariances(estimated.problem.objective.items, block, estimated.covariance)
    jacobian = block.model.natural_jacobian(working)
    jacobian = np.where(np.isfinite(jacobian), jacobian, 0.0)
    return np.asarray(jacobian @ in_working @ np.swapaxes(jacobian, 1, 2))


def populations(estimated: Estimated) -> dict[str, tuple[float, float]]:
    """Return mean and SD of each group."""
    objective = estimated.problem.objective
    means, sds = objective.population.moments(estimated.climb.at.x[objective.items.n_free :])
    return {
        group: (float(mean), float(sd))
        for group, mean, sd in zip(objective.population.groups, means, sds, strict=True)
    }


def quadrature(estimated: Estimated) -> dict[str, Any]:
    """Return the grid, and the weights where they were estimated."""
    objective = estimated.problem.objective
    nodes = objective.population.nodes
    out: dict[str, Any] = {"nodes": nodes.size, "lower": float(nodes[0]), "upper": float(nodes[-1])}
    if objective.population.histogram:
        weights = np.exp(objective.split(estimated.climb.at.x)[1])
        out["weights"] = dict(zip(objective.population.groups, weights.tolist(), strict=True))
    return out


def full_covariance(estimated: Estimated) -> pd.DataFrame | None:
    """Return the covariance of the free parameters, named by item and working parameter."""
    if estimated.covariance is None:
        return None
    items, population = estimated.problem.objective.items, estimated.problem.objective.population
    rows: Ints = np.concatenate([[0], np.cumsum([b.items.size * b.n_parameters for b in items.blocks])])
    labels = estimated.problem.responses.labels
    owner = [
        f"{labels[item]}:{name}"
        for block in items.blocks
        for item in block.items
        for name in block.model.working_names(block.n_categories)
    ]
    assert rows[-1] == len(owner)
    first = items.matrix.tocsc()
    names = [owner[first.indices[first.indptr[f] : first.indptr[f + 1]].min()] for f in range(items.n_free)]
    names += population.names()[: len(estimated.covariance) - items.n_free]
    return pd.DataFrame(estimated.covariance, index=names, columns=names)


def verdicts(estimated: Estimated) -> list[str]:
    """Return the verdict on each calibrated item: "ok", or that its slope has no maximum."""
    problem = estimated.problem
    out = [identification.OK] * len(problem.models)
    working, _ = problem.objective.split(estimated.climb.at.x)
    shared = problem.objective.items.shared_items()
    for block in problem.objective.items.blocks:
        slope = np.abs(
            block.model.design(block.n_categories)[0] @ np.nan_to_num(block.of(working), posinf=0, neginf=0).T
        )
        steepest = slope.max(axis=0) / max(block.n_categories - 1, 1)
        for item, value in zip(block.items, steepest, strict=True):
            if not problem.anchored[item] and not shared[item]:
                out[item] = identification.unbounded(float(value))
    return out


def reversed_items(items: Sequence[str], values: Sequence[Mapping[str, float]]) -> list[str]:
    """Name the items whose discrimination is negative."""
    return [
        f"{item}: the discrimination is negative (a = {value['a']:.3g}): a wrong key, or a reversed item"
        for item, value in zip(items, values, strict=True)
        if value.get("a", 1.0) < 0
    ]


def converged(estimated: Estimated) -> bool:
    """Whether the climb ended at a maximum."""
    return estimated.climb.converged and estimated.identified


def sentence(estimated: Estimated) -> str:
    """Say how the estimation ended."""
    climbed = estimated.climb
    if not estimated.identified:
        return (
            "not identified: the information matrix is not positive definite, so the answers do not settle "
            "all parameters; use fewer parameters or priors"
        )
    if not climbed.converged:
        return (
            f"stopped at the limit of {climbed.cycles} cycles: the next would gain {climbed.gain:.2g} "
            f"and change a parameter by {climbed.change:.2g}"
        )
    return (
        f"converged after {climbed.cycles} cycles: the next would gain {climbed.gain:.2g} in log-likelihood"
    )
