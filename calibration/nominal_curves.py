"""The nominal model fitted to the options of one question, when ability is known up to its posterior.

P(k | θ) ∝ exp(a_k θ + c_k),   Σ a_k = Σ c_k = 0                                    Bock (1972), eq. 1
"""

import numpy as np
from scipy.special import softmax

from engine._types import Floats

STEPS = 30
RIDGE = 0.5
"""Weight of the pull towards flat curves, in people: keeps the slopes of rare options finite."""


def fit_nominal(counts: Floats, nodes: Floats) -> Floats:
    """Return slopes and intercepts (K, 2), centred, from expected choosers at the nodes (K, Q).

    Newton's method on the multinomial likelihood with a normal pull of weight `RIDGE` on each coefficient.
    """
    n_options = len(counts)
    x = np.column_stack([nodes, np.ones_like(nodes)])
    people = counts.sum(axis=0)
    beta = np.zeros((n_options, 2))
    beta[:, 1] = np.log(counts.sum(axis=1) + 0.5)
    for _ in range(STEPS):
        share = softmax(beta @ x.T, axis=0)
        gradient = (counts - share * people) @ x - RIDGE * (beta - beta.mean(axis=0))
        step = np.linalg.solve(_information(share, people, x), gradient.ravel()).reshape(n_options, 2)
        step -= step.mean(axis=0)
        beta = beta + step * min(1.0, 4.0 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(beta - beta.mean(axis=0))


def nominal_shares(beta: Floats, theta: Floats) -> Floats:
    """Return the share of each option (K, *S) at abilities θ (*S,)."""
    return np.asarray(softmax(np.multiply.outer(beta[:, 0], theta) + beta[:, 1, None], axis=0))


def _information(share: Floats, people: Floats, x: Floats) -> Floats:
    """Return the negative Hessian (2K, 2K), with the pull on all coefficients."""
    n_options, _ = share.shape
    spread = np.einsum("kq,kl->klq", share, np.eye(n_options)) - share[:, None] * share
    hessian = np.einsum("klq,q,qa,qb->kalb", spread, people, x, x, optimize=True)
    return np.asarray(hessian.reshape(2 * n_options, 2 * n_options) + RIDGE * np.eye(2 * n_options))
