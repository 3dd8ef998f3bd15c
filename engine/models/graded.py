"""The graded response model (GRM) for ordered categories.

    P(X ≥ k | θ) = 1 / (1 + exp(−a (θ − b_k))),   P(k) = P(X ≥ k) − P(X ≥ k + 1)

    a    discrimination
    b_k  boundary: the ability at which reaching category k or more has a chance of one half; b_1 < b_2 < …

Working parameters: a and d_k = −a b_k. A difference of two logistic curves is taken in logs,
log(σ(x) − σ(y)) = log σ(x) + log σ(−y) + log(1 − e^{y−x}), which loses no digits in the tails.

Samejima (1969), Psychometrika Monograph 17. Use it for ratings and graded answers.
"""

import numpy as np
from scipy.special import expit, log_expit

from engine._types import Floats
from engine.models import models
from engine.models.base import ItemModel, Parameter


@models.register("grm")
class GradedResponse(ItemModel):
    """GRM: each item has its own discrimination and ordered boundaries."""

    key, family, title = "grm", "graded", "graded response"
    reference = "Samejima (1969), Psychometrika Monograph 17"

    def parameters(self, n_categories: int) -> tuple[Parameter, ...]:
        """Return a and the boundaries b1…b(K-1)."""
        boundaries = (Parameter(f"b{k}", f"boundary {k}") for k in range(1, n_categories))
        return (Parameter("a", "discrimination"), *boundaries)

    def working_names(self, n_categories: int) -> tuple[str, ...]:
        """Return slope and intercepts."""
        return ("a", *(f"intercept{k}" for k in range(1, n_categories)))

    def check(self, natural: Floats) -> str:
        """Return what is wrong with a, b1, …, or an empty text."""
        wrong = super().check(natural)
        if not wrong and np.any(np.diff(natural[0] * natural[1:]) <= 0):
            wrong = f"boundaries {', '.join(f'{b:g}' for b in natural[1:])} are not in order"
        return wrong

    def design(self, n_categories: int) -> tuple[Floats, Floats]:
        """Return A and B of z_k = a θ + d_k."""
        a = np.zeros((n_categories - 1, n_categories))
        a[:, 0] = 1.0
        return a, np.eye(n_categories - 1, n_categories, k=1)

    def link(self, z: Floats) -> Floats:
        """Return log P; −∞ in categories whose boundaries have crossed."""
        upper = np.concatenate([np.zeros((*z.shape[:-1], 1)), log_expit(z)], axis=-1)
        lower = np.concatenate([log_expit(-z), np.zeros((*z.shape[:-1], 1))], axis=-1)
        gap = z[..., 1:] - z[..., :-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            between = np.where(gap < 0, np.log(-np.expm1(gap)), -np.inf)
        result: Floats = upper + lower
        result[..., 1:-1] += between
        return result

    def link_derivatives(self, z: Floats) -> tuple[Floats, Floats]:
        """Return derivatives; category k depends on z_k (from above) and z_{k+1} (from below)."""
        k = z.shape[-1]
        with np.errstate(divide="ignore", over="ignore"):
            m = 1.0 / np.expm1(z[..., :-1] - z[..., 1:])
        spread = expit(z) * expit(-z)
        gradient = np.zeros((*z.shape[:-1], k + 1, k))
        hessian = np.zeros((*z.shape[:-1], k + 1, k, k))
        at = np.arange(k)
        gradient[..., at + 1, at], gradient[..., at, at] = expit(-z), -expit(z)
        hessian[..., at + 1, at, at], hessian[..., at, at, at] = -spread, -spread
        inner = at[:-1]
        gradient[..., inner + 1, inner] += m
        gradient[..., inner + 1, inner + 1] -= m
        for row, column, sign in ((0, 0, -1), (1, 1, -1), (0, 1, 1), (1, 0, 1)):
            hessian[..., inner + 1, inner + row, inner + column] += sign * m * (1 + m)
        return gradient, hessian

    def to_working(self, natural: Floats) -> Floats:
        """Return a, −a b_k."""
        return np.concatenate([natural[..., :1], -natural[..., :1] * natural[..., 1:]], axis=-1)

    def to_natural(self, working: Floats) -> Floats:
        """Return a, b_k; b is not finite where a = 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.concatenate([working[..., :1], -working[..., 1:] / working[..., :1]], axis=-1)

    def natural_jacobian(self, working: Floats) -> Floats:
        """Return ∂(a, b)/∂(a, d)."""
        a, p = working[..., 0], working.shape[-1]
        jacobian = np.zeros((*working.shape, p))
        jacobian[..., 0, 0] = 1.0
        jacobian[..., 1:, 0] = working[..., 1:] / (a**2)[..., None]
        jacobian[..., 1:, 1:] = -np.eye(p - 1) / a[..., None, None]
        return jacobian

    def start(self, share: Floats) -> Floats:
        """Return slope 1 and the logits of the share at or above each category."""
        above = np.cumsum(share[..., :0:-1], axis=-1)[..., ::-1]
        return np.concatenate([np.ones((*share.shape[:-1], 1)), np.log(above) - np.log1p(-above)], axis=-1)
