"""The link of the divide-by-total models: P(k) ∝ exp(z_k) with z_0 = 0 (Thissen & Steinberg 1986)."""

from functools import reduce

import numpy as np

from engine._types import Floats


def softmax_link(z: Floats) -> Floats:
    """Return log P (*S, K) of the predictors z_1…z_{K-1} (*S, K-1)."""
    z = _with_reference(z)
    columns = np.moveaxis(z, -1, 0)
    top = reduce(np.maximum, columns)
    total = reduce(np.add, np.exp(columns - top))
    return np.asarray(z - (top + np.log(total))[..., None])


def softmax_gradient(z: Floats) -> Floats:
    """Return the gradient (*S, K, K-1) alone."""
    p = np.exp(softmax_link(z))[..., 1:]
    k = p.shape[-1]
    return np.asarray(np.eye(k + 1, k, k=-1) - p[..., None, :])


def softmax_derivatives(z: Floats) -> tuple[Floats, Floats]:
    """Return gradient (*S, K, K-1) and Hessian (*S, K, K-1, K-1); the Hessian is the same for all k."""
    p = np.exp(softmax_link(z))[..., 1:]
    k = p.shape[-1]
    hessian = p[..., :, None] * p[..., None, :] - p[..., None] * np.eye(k)
    return softmax_gradient(z), np.broadcast_to(hessian[..., None, :, :], (*p.shape[:-1], k + 1, k, k))


def _with_reference(z: Floats) -> Floats:
    return np.concatenate([np.zeros((*z.shape[:-1], 1)), z], axis=-1)
