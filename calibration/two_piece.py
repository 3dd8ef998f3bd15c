"""How a parameter is spread over the items of a bank: Student's t with a scale of its own on either side.

    z = (x − centre) / below  left of the centre,    z = (x − centre) / above  right of it,    z ~ t_ν
    g(x) = 2 / (below + above) · t_ν(z)

Lopsided where the items are, and with tails as heavy as theirs: near a normal density for ν = 100, and
letting an item far out stand where its answers put it for ν = 3. All four numbers are estimated.

Fernández & Steel (1998), JASA 93, 359–371 (two scales); Lange, Little & Taylor (1989), JASA 84, 881–896
(the t against outliers).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, minimize
from scipy.special import gammaln

from engine._types import Floats

HEAVIEST, LIGHTEST = 3.0, 100.0
"""Bounds of the degrees of freedom ν."""
LOPSIDED = 1.0
"""SD of log(above / below) among banks: a few items do not make a bank lopsided."""
NARROWEST, WIDEST = 0.02, 10.0
"""Bounds of a scale (logits, or units of log a)."""
UNTOLD = 5.0
"""A value known with a larger SD than this says nothing of where the others are to be looked for."""
NODES = 401
"""Points at which a density is tabulated to be fitted."""


@dataclass(frozen=True, slots=True)
class TwoPiece:
    """A density: centre, scales below and above it, degrees of freedom ν of the tails."""

    centre: float
    below: float
    above: float
    freedom: float

    @property
    def collapsed(self) -> bool:
        """Whether both scales stand at their lower bound: all values as good as equal."""
        return max(self.below, self.above) < 1.01 * NARROWEST

    def log_density(self, x: Floats) -> Floats:
        """Return log g(x)."""
        nu = self.freedom
        size = np.log(2.0 / (self.below + self.above)) - 0.5 * np.log(nu * np.pi)
        size += gammaln((nu + 1) / 2) - gammaln(nu / 2)
        return np.asarray(size - (nu + 1) / 2 * np.log1p(self._z(x) ** 2 / nu))

    def slope(self, x: Floats) -> Floats:
        """Return ∂ log g/∂x."""
        return -self.hold(x) * (x - self.centre)

    def curvature(self, x: Floats) -> Floats:
        """Return −∂² log g/∂x², below 0 in the tails."""
        nu, z = self.freedom, self._z(x)
        return np.asarray((nu + 1) * (nu - z**2) / (nu + z**2) ** 2 / self._scale(x) ** 2)

    def hold(self, x: Floats) -> Floats:
        """Return the precision of the normal density that pulls x as hard, (ν + 1)/(ν + z²)/scale²."""
        return np.asarray((self.freedom + 1) / (self.freedom + self._z(x) ** 2) / self._scale(x) ** 2)

    def distance(self, other: "TwoPiece") -> float:
        """Return the largest difference of centre or scale."""
        moved = (getattr(self, name) - getattr(other, name) for name in ("centre", "below", "above"))
        return float(max(map(abs, moved)))

    def _scale(self, x: Floats) -> Floats:
        return np.where(x < self.centre, self.below, self.above)

    def _z(self, x: Floats) -> Floats:
        return np.asarray((x - self.centre) / self._scale(x))


VAGUE = TwoPiece(0.0, 2.0, 2.0, 10.0)


def fit(known: Floats, start: TwoPiece) -> TwoPiece:
    """Return the density from which values known by mean and variance (2, J) most likely came.

    Maximises Σ log ∫ N(mean_j; x, variance_j) g(x) dx, the marginal likelihood of the hyperparameters.
    """
    mean, variance = known
    told = mean[variance < UNTOLD**2] if (variance < UNTOLD**2).any() else np.array([start.centre])
    reach = 3 * max(start.below, start.above)
    x = np.linspace(told.min() - reach, told.max() + reach, NODES)
    wide = np.maximum(variance, (x[1] - x[0]) ** 2)[:, None]
    log_likelihood = -0.5 * (x - mean[:, None]) ** 2 / wide
    likelihood = np.exp(log_likelihood - log_likelihood.max(axis=1, keepdims=True))

    def loss(values: Floats) -> float:
        density = np.exp(_of(values).log_density(x))
        lopsided = (values[2] - values[1]) / LOPSIDED
        return float(0.5 * lopsided**2 - np.log(np.maximum(likelihood @ density, 1e-300)).sum())

    begin = np.array([start.centre, *np.log([start.below, start.above, start.freedom])])
    least = np.array([x[0], *np.log([NARROWEST, NARROWEST, HEAVIEST])])
    most = np.array([x[-1], *np.log([WIDEST, WIDEST, LIGHTEST])])
    found = minimize(loss, begin, method="L-BFGS-B", bounds=Bounds(least, most))
    return _of(found.x)


def _of(values: Floats) -> TwoPiece:
    """Return the density of (centre, log below, log above, log ν)."""
    return TwoPiece(float(values[0]), *(float(value) for value in np.exp(values[1:])))
