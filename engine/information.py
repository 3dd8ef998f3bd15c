"""Information and expected score from category probabilities and their slopes in θ."""

import numpy as np

from engine._types import Floats


def fisher_information(log_p: Floats, first: Floats, *, axis: int = -1) -> Floats:
    """Return I(θ) = Σ_k P_k (∂ log P_k / ∂θ)², summed over the axis of the categories.

    Parameters
    ----------
    log_p, first : (*S, K)
        Log-probabilities and their first derivative in θ.

    References
    ----------
    Lord (1980), Applications of Item Response Theory, eq. 5-9; Samejima (1969) for K > 2.
    """
    return np.asarray(np.sum(np.exp(log_p) * first**2, axis=axis))


def expected_score(log_p: Floats, *, axis: int = -1) -> Floats:
    """Return Σ_k k P_k, the item's expected category."""
    shape = np.ones(log_p.ndim, int)
    shape[axis] = log_p.shape[axis]
    return np.asarray(np.sum(np.exp(log_p) * np.arange(log_p.shape[axis]).reshape(shape), axis=axis))
