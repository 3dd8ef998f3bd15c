"""Newton's method that cannot leave its bracket, for many people at once."""

from collections.abc import Callable

import numpy as np

from engine._types import Floats

TOLERANCE = 1e-10
"""Change of θ (logits) below which an estimate stands."""


def solve(
    equation: Callable[[Floats], tuple[Floats, Floats]],
    start: Floats,
    *,
    lower: Floats,
    upper: Floats,
    max_iterations: int = 80,
) -> Floats:
    """Return the root (N,) of an equation that falls through zero between `lower` and `upper`.

    Whoever has settled stays put, so that nobody's root depends on who else is in the batch. A step that
    leaves the bracket, or meets a slope that does not fall, becomes a bisection. Where the equation does not
    change its sign the bound towards which it points is returned.

    Parameters
    ----------
    equation : callable
        θ (N,) → value (N,) and slope (N,).
    """
    theta, moving = start, np.ones(start.shape, bool)
    for _ in range(max_iterations):
        value, slope = equation(theta)
        lower, upper = np.where(value > 0, theta, lower), np.where(value < 0, theta, upper)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = theta - value / slope
        inside = (slope < 0) & (newton >= lower) & (newton <= upper)
        proposed = np.where(value == 0, theta, np.where(inside, newton, (lower + upper) / 2))
        proposed = np.where(moving, proposed, theta)
        moving = np.abs(proposed - theta) > TOLERANCE
        theta = proposed
        if not moving.any():
            break
    return theta


def climb(
    objective: Floats,
    nodes: Floats,
    equation: Callable[[Floats], tuple[Floats, Floats]],
    *,
    bounds: tuple[float, float],
) -> Floats:
    """Return the highest maximum (N,) within the bounds: the best node, then Newton beside it.

    Looking at the whole grid first finds the global maximum where a likelihood has several, as that of a
    3PL test may.

    Parameters
    ----------
    objective : (N, Q)
        What is maximised, on the grid.
    equation : callable
        Its first and second derivative at θ (N,), exact.
    """
    inside = np.flatnonzero((nodes >= bounds[0]) & (nodes <= bounds[1]))
    best = inside[np.argmax(objective[:, inside], axis=1)]
    lower = np.maximum(nodes[np.maximum(best - 1, 0)], bounds[0])
    upper = np.minimum(nodes[np.minimum(best + 1, nodes.size - 1)], bounds[1])
    theta = solve(equation, nodes[best], lower=lower, upper=upper)
    margin = 10 * TOLERANCE
    return np.where(
        theta <= bounds[0] + margin, bounds[0], np.where(theta >= bounds[1] - margin, bounds[1], theta)
    )


def check_bounds(lower: float, upper: float) -> None:
    """Refuse bounds that leave no room."""
    if not lower < upper:
        raise ValueError(f"the lower bound {lower} is not below the upper bound {upper}")
