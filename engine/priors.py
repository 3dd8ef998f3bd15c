"""What is believed of ability before the first answer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.registry import Registry

priors: Registry["Prior"] = Registry("prior")


class Prior(ABC):
    """A density of ability, the same for everybody or one for each person."""

    @abstractmethod
    def log_density(self, theta: Floats) -> Floats:
        """Return log-density up to a constant: (Q,) at nodes (Q,), or (N, Q) where people differ."""

    @abstractmethod
    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return the first and second derivative of the log-density at each person's θ (N,)."""

    def log_weights(self, nodes: Floats) -> Floats:
        """Return log-weights (1, Q) or (N, Q) on equally spaced nodes, each row summing to one."""
        values = np.atleast_2d(self.log_density(nodes))
        return np.asarray(values - np.logaddexp.reduce(values, axis=1, keepdims=True))

    def weights(self, nodes: Floats) -> Floats:
        """Return weights (1, Q) or (N, Q) on equally spaced nodes, each row summing to one."""
        return np.exp(self.log_weights(nodes))

    @property
    def precision(self) -> float:
        """The most that it bends anywhere, −d² log-density / dθ²: how narrow a grid must make it out."""
        return 0.0

    def expected(self, nodes: Floats) -> Floats:
        """Return the ability (1,) or (N,) expected before the first answer, NaN where nothing is known."""
        return np.asarray(np.vecdot(self.weights(nodes), nodes))

    def take(self, rows: Ints | Bools) -> "Prior":
        """Return the prior of some of the people."""
        return self


def check_people(prior: Prior | None, n: int) -> None:
    """Raise ValueError unless a prior is the same for everybody or has one for each of N people."""
    density = np.zeros(0) if prior is None else prior.log_density(np.zeros(1))
    if density.ndim == 2 and len(density) != n:
        raise ValueError(f"the priors are those of {len(density)}, {n} take the test; one a person is needed")


@priors.register("normal")
@dataclass(frozen=True, slots=True)
class Normal(Prior):
    """N(mean, sd²); `mean` and `sd` (logits) may be arrays (N,), one value a person."""

    mean: float = 0.0
    sd: float = 1.0

    def __post_init__(self) -> None:
        mean, sd = np.broadcast_arrays(np.asarray(self.mean, float), np.asarray(self.sd, float))
        if (wrong := np.flatnonzero(~((sd > 0) & np.isfinite(mean) & np.isfinite(sd)))).size:
            whose = f"person {wrong[0] + 1}: " if mean.ndim else ""
            told = f"mean = {mean.flat[wrong[0]]:g}, sd = {sd.flat[wrong[0]]:g}"
            raise ValueError(f"{whose}{told}; finite numbers, and the SD must be above 0")

    @property
    def precision(self) -> float:
        """1 / sd², of the person of whom most is known."""
        return float(1.0 / np.square(self.sd).min())

    def log_density(self, theta: Floats) -> Floats:
        """Return −(θ − mean)² / 2 sd²."""
        mean, sd = (np.asarray(value)[..., None] for value in (self.mean, self.sd))
        return np.asarray(-0.5 * ((theta - mean) / sd) ** 2)

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return −(θ − mean)/sd² and −1/sd²."""
        precision = np.broadcast_to(1.0 / np.square(self.sd), theta.shape)
        return (self.mean - theta) * precision, -precision

    def take(self, rows: Ints | Bools) -> Prior:
        """Return the prior of some of the people."""
        if np.ndim(self.mean) == np.ndim(self.sd) == 0:
            return self
        mean, sd = (v if np.ndim(v) == 0 else np.asarray(v)[rows] for v in (self.mean, self.sd))
        return Normal(mean, sd)  # type: ignore[arg-type]


@priors.register("uniform")
@dataclass(frozen=True, slots=True)
class Uniform(Prior):
    """The same density everywhere between `lower` and `upper` (logits), none outside."""

    lower: float = -6.0
    upper: float = 6.0

    def __post_init__(self) -> None:
        if not self.lower < self.upper:
            raise ValueError(f"lower = {self.lower} is not below upper = {self.upper}")

    def log_density(self, theta: Floats) -> Floats:
        """Return 0 inside and −∞ outside."""
        return np.where((theta >= self.lower) & (theta <= self.upper), 0.0, -np.inf)

    def log_weights(self, nodes: Floats) -> Floats:
        """Return log-weights (1, Q): the share of each node's cell that lies inside."""
        half = (nodes[1] - nodes[0]) / 2
        inside = np.minimum(nodes + half, self.upper) - np.maximum(nodes - half, self.lower)
        with np.errstate(divide="ignore"):
            return np.atleast_2d(np.log(np.maximum(inside, 0.0) / np.maximum(inside, 0.0).sum()))

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return zeros."""
        return np.zeros_like(theta), np.zeros_like(theta)


@priors.register("points")
@dataclass(frozen=True, slots=True)
class Points(Prior):
    """A density of any shape, log-linear between the points (θ, density) given."""

    theta: tuple[float, ...]
    density: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.theta) != len(self.density) or len(self.theta) < 2:
            raise ValueError("theta and density need the same number of values, at least 2")
        if np.any(np.diff(self.theta) <= 0) or min(self.density) <= 0:
            raise ValueError("theta must rise and every density be above 0")

    def log_density(self, theta: Floats) -> Floats:
        """Return the log-density, interpolated; the end slopes go on outside."""
        at = np.clip(np.searchsorted(self.theta, theta) - 1, 0, len(self.theta) - 2)
        left, slope = np.asarray(self.theta)[at], self._slopes()[at]
        return np.asarray(np.log(self.density)[at] + slope * (theta - left))

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return the slope of the segment, and zero."""
        at = np.clip(np.searchsorted(self.theta, theta) - 1, 0, len(self.theta) - 2)
        return self._slopes()[at], np.zeros_like(theta)

    def _slopes(self) -> Floats:
        return np.asarray(np.diff(np.log(self.density)) / np.diff(self.theta))


@dataclass(frozen=True, slots=True, eq=False)
class Individual(Prior):
    """N(mean, sd²) with each person's own mean (N,), and the `others`' prior where that is NaN, not known."""

    mean: Floats
    sd: float
    others: Prior

    def log_density(self, theta: Floats) -> Floats:
        """Return the log-density (N, Q), of each person up to a constant of their own."""
        return self._where(self._normal.log_density(theta), self.others.log_density(theta))

    def log_weights(self, nodes: Floats) -> Floats:
        """Return log-weights (N, Q)."""
        return self._where(self._normal.log_weights(nodes), self.others.log_weights(nodes))

    def expected(self, nodes: Floats) -> Floats:
        """Return each person's mean (N,) on the nodes, NaN where it is not known."""
        return np.where(np.isnan(self.mean), np.nan, self._normal.expected(nodes))

    def derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return the derivatives of each person's own log-density."""
        own, others = self._normal.derivatives(theta), self.others.derivatives(theta)
        known = ~np.isnan(self.mean)
        return np.where(known, own[0], others[0]), np.where(known, own[1], others[1])

    def take(self, rows: Ints | Bools) -> Prior:
        """Return the prior of some of the people."""
        return Individual(self.mean[rows], self.sd, self.others.take(rows))

    @property
    def _normal(self) -> Normal:
        return Normal(np.nan_to_num(self.mean), self.sd)  # type: ignore[arg-type]

    def _where(self, own: Floats, others: Floats) -> Floats:
        return np.where(np.isnan(self.mean)[:, None], others, own)
