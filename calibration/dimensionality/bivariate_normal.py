"""The bivariate normal distribution function, for arrays.

    Φ₂(h, k, ρ) = Φ(h) Φ(k) + (1/2π) ∫₀^{asin ρ} exp(−(h² + k² − 2 h k sin t) / 2 cos² t) dt

Drezner & Wesolowsky (1990), Journal of Statistical Computation and Simulation 35, 101–107; Gauss–Legendre
nodes.
"""

import numpy as np
from scipy.stats import norm

from engine._types import Floats

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
FAR = 8.0
"""Where an infinite limit is put: beyond it no probability is left in double precision."""


def cumulative(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return P(X ≤ h, Y ≤ k) for correlation ρ, −1 < ρ < 1; the three arrays broadcast."""
    h, k, rho = np.broadcast_arrays(np.clip(h, -FAR, FAR), np.clip(k, -FAR, FAR), np.asarray(rho, float))
    angle = np.arcsin(rho)
    total = np.zeros(h.shape)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        sine = np.sin(angle * (1 + node) / 2)
        total += weight * np.exp(-(h * h + k * k - 2 * h * k * sine) / (2 * (1 - sine**2)))
    return np.asarray(norm.cdf(h) * norm.cdf(k) + total * angle / (4 * np.pi))


def density(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return the density at (h, k), which is ∂Φ₂/∂ρ; 0 at infinite limits."""
    h, k = np.clip(h, -1e3, 1e3), np.clip(k, -1e3, 1e3)
    left = 1 - np.asarray(rho) ** 2
    return np.asarray(np.exp(-(h * h + k * k - 2 * rho * h * k) / (2 * left)) / (2 * np.pi * np.sqrt(left)))
