"""The partial credit family for ordered categories: PCM, rating scale (RSM), generalised (GPCM).

    P(k | θ) ∝ exp( Σ_{h ≤ k} a (θ − b_h) ),   k = 0..K-1, the empty sum for k = 0

    a    discrimination
    b_k  step difficulty: the ability at which categories k − 1 and k are equally likely (in any order)

With two categories it is the 2PL. Working parameters: a and d_k = −a Σ_{h ≤ k} b_h, so that the logit of
category k against category 0 is k a θ + d_k.

Masters (1982), Psychometrika 47, 149–174, eq. 6; Andrich (1978), Psychometrika 43, 561–573; Muraki (1992),
Applied Psychological Measurement 16, 159–176, eq. 3. Use it for answers that earn points step by step.
"""

import numpy as np

from engine._types import Floats
from engine.models import models
from engine.models.base import ItemModel, Parameter
from engine.models.softmax import softmax_derivatives, softmax_gradient, softmax_link


class PartialCreditModel(ItemModel):
    """The generalised kernel; PCM and RSM pin the slope and tie the steps."""

    family = "partial_credit"
    reference = "Muraki (1992), Applied Psychological Measurement 16, eq. 3"

    def parameters(self, n_categories: int) -> tuple[Parameter, ...]:
        """Return a and the step difficulties b1…b(K-1)."""
        steps = (Parameter(f"b{k}", f"step difficulty {k}") for k in range(1, n_categories))
        return (Parameter("a", "discrimination"), *steps)

    def working_names(self, n_categories: int) -> tuple[str, ...]:
        """Return slope and cumulative intercepts."""
        return ("a", *(f"intercept{k}" for k in range(1, n_categories)))

    def design(self, n_categories: int) -> tuple[Floats, Floats]:
        """Return A and B of z_k = k a θ + d_k."""
        a = np.zeros((n_categories - 1, n_categories))
        a[:, 0] = np.arange(1, n_categories)
        return a, np.eye(n_categories - 1, n_categories, k=1)

    def link(self, z: Floats) -> Floats:
        """Return the log-softmax of (0, z_1, …)."""
        return softmax_link(z)

    def link_gradient(self, z: Floats) -> Floats:
        """Return the gradient alone."""
        return softmax_gradient(z)

    def link_derivatives(self, z: Floats) -> tuple[Floats, Floats]:
        """Return the softmax's derivatives."""
        return softmax_derivatives(z)

    def to_working(self, natural: Floats) -> Floats:
        """Return a, d_k = −a Σ b_h."""
        a, steps = natural[..., :1], natural[..., 1:]
        return np.concatenate([a, -a * np.cumsum(steps, axis=-1)], axis=-1)

    def to_natural(self, working: Floats) -> Floats:
        """Return a, b_k = −(d_k − d_{k−1}) / a; b is not finite where a = 0."""
        a, intercepts = working[..., :1], working[..., 1:]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.concatenate([a, -np.diff(intercepts, axis=-1, prepend=0.0) / a], axis=-1)

    def natural_jacobian(self, working: Floats) -> Floats:
        """Return ∂(a, b)/∂(a, d)."""
        a, p = working[..., 0], working.shape[-1]
        jacobian = np.zeros((*working.shape, p))
        jacobian[..., 0, 0] = 1.0
        jacobian[..., 1:, 0] = np.diff(working[..., 1:], axis=-1, prepend=0.0) / (a**2)[..., None]
        jacobian[..., 1:, 1:] = (np.eye(p - 1, k=-1) - np.eye(p - 1)) / a[..., None, None]
        return jacobian

    def start(self, share: Floats) -> Floats:
        """Return slope 1 and the log-odds of each category against the first, spread as for θ = 0."""
        intercepts = np.log(share[..., 1:]) - np.log(share[..., :1])
        return np.concatenate([np.ones((*share.shape[:-1], 1)), intercepts], axis=-1)


@models.register("gpcm")
class GeneralisedPartialCredit(PartialCreditModel):
    """GPCM: each item has its own discrimination."""

    key, title = "gpcm", "generalised partial credit"


@models.register("pcm")
class PartialCredit(PartialCreditModel):
    """PCM: discrimination 1; the population's variance is free."""

    key, title = "pcm", "partial credit"
    reference = "Masters (1982), Psychometrika 47, eq. 6"
    pinned, population = {"a": 1.0}, "free_variance"


@models.register("rsm")
class RatingScale(PartialCreditModel):
    """RSM: a PCM whose steps lie equally far apart in all items of the scale."""

    key, title = "rsm", "rating scale"
    reference = "Andrich (1978), Psychometrika 43, 561–573"
    pinned, population, common_steps = {"a": 1.0}, "free_variance", True
