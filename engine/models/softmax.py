"""The link of the divide-by-total models: P(k) ∝ exp(z_k) with z_0 = 0 (Thissen & Steinberg 1986)."""

import numpy as np
from scipy.special import log_softmax

from engine._types import Floats


def softmax_link(z: Floats) -> Floats:
    """Return log P (*S, K) of the predictors z_1…z_{K-1} (*S, K-1)."""
    return np.asarray(log_softmax(_with_reference(z), axis=-1))


def softmax_derivatives(z: Floats) -> tuple[Floats, Floats]:
    """Return gradient (*S, K, K-1) and Hessian (*S, K, K-1, K-1); the Hessian is the same for all k."""
    p = np.exp(softmax_link(z))[..., 1:]
    k = p.shape[-1]
    gradient = np.eye(k + 1, k, k=-1) - p[..., None, :]
    hessian = p[..., :, None] * p[..., None, :] - p[..., None] * np.eye(k)
    return gradient, np.broadcast_to(hessian[..., None, :, :], (*p.shape[:-1], k + 1, k, k))


def _with_reference(z: Floats) -> Floats:
    return np.concatenate([np.zeros((*z.shape[:-1], 1)), z], axis=-1)
