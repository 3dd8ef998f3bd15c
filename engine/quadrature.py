"""The grid of abilities on which everything is tabulated, and the weights of a population on it."""

import numpy as np

from engine._types import Floats


def grid(n_nodes: int = 61, *, bound: float = 6.0) -> Floats:
    """Return equally spaced nodes (Q,) on [−bound, bound] (logits); 61 on [−6, 6] is the reference grid."""
    if n_nodes < 3:
        raise ValueError(f"a grid needs at least 3 nodes, not {n_nodes}")
    return np.linspace(-bound, bound, n_nodes)


def log_normal_weights(nodes: Floats, mean: float = 0.0, sd: float = 1.0) -> Floats:
    """Return log-weights (Q,) proportional to the normal density at the nodes, summing to one."""
    if not sd > 0:
        raise ValueError(f"the SD of a population is {sd}; it must be above 0")
    log_density = -0.5 * ((nodes - mean) / sd) ** 2
    return np.asarray(log_density - np.logaddexp.reduce(log_density))
