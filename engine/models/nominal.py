"""The nominal response model (NRM): categories without an order, such as the options of a question.

    P(k | θ) ∝ exp(a_k θ + c_k),   a_0 = c_0 = 0

    a_k  how category k gains or loses against the first as ability rises
    c_k  its log-odds against the first category at θ = 0

Working parameters are the natural ones.

Bock (1972), Psychometrika 37, 29–51, eq. 1. Use it for option curves and for suspected wrong keys.
"""

import numpy as np

from engine._types import Floats
from engine.models import models
from engine.models.base import ItemModel, Parameter
from engine.models.softmax import softmax_derivatives, softmax_gradient, softmax_link


@models.register("nrm")
class NominalResponse(ItemModel):
    """NRM: a slope and an intercept for each category but the first."""

    key, family, title = "nrm", "nominal", "nominal response"
    reference = "Bock (1972), Psychometrika 37, eq. 1"

    def n_categories(self, n_parameters: int) -> int:
        """Return K for P = 2 (K − 1) parameters."""
        return n_parameters // 2 + 1

    def parameters(self, n_categories: int) -> tuple[Parameter, ...]:
        """Return a1…a(K-1), c1…c(K-1)."""
        slopes = (Parameter(f"a{k}", f"slope of category {k}") for k in range(1, n_categories))
        intercepts = (Parameter(f"c{k}", f"intercept of category {k}") for k in range(1, n_categories))
        return (*slopes, *intercepts)

    def working_names(self, n_categories: int) -> tuple[str, ...]:
        """Return the natural names."""
        return tuple(parameter.name for parameter in self.parameters(n_categories))

    def design(self, n_categories: int) -> tuple[Floats, Floats]:
        """Return A and B of z_k = a_k θ + c_k."""
        k = n_categories - 1
        return np.eye(k, 2 * k), np.eye(k, 2 * k, k=k)

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
        """Return the parameters as they are."""
        return natural

    def to_natural(self, working: Floats) -> Floats:
        """Return the parameters as they are."""
        return working

    def natural_jacobian(self, working: Floats) -> Floats:
        """Return the identity."""
        return np.broadcast_to(np.eye(working.shape[-1]), (*working.shape, working.shape[-1]))

    def start(self, share: Floats) -> Floats:
        """Return rising slopes and the log-odds of each category against the first."""
        intercepts = np.log(share[..., 1:]) - np.log(share[..., :1])
        slopes = np.broadcast_to(np.linspace(0.5, 1.0, intercepts.shape[-1]), intercepts.shape)
        return np.concatenate([slopes, intercepts], axis=-1)
