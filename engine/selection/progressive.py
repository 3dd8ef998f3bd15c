"""Progressive selection: random at first, by information in the end."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.draws import Stream, spread
from engine.pool import ItemPool
from engine.selection.base import Criterion, criteria
from engine.selection.view import View


def weight_of_information(view: View, acceleration: float) -> Floats:
    """Return W (N,), rising from 0 at the first question to 1 at the last: Barrada et al. (2008), eq. 6."""
    steps = np.arange(view.max_length, dtype=float) ** acceleration
    steps[0] = 0.0
    share = np.cumsum(steps) / max(steps.sum(), 1.0)
    return np.asarray(share[np.minimum(view.length, view.max_length - 1)])


def check_acceleration(acceleration: float) -> None:
    """Refuse a weight that would fall."""
    if not acceleration >= 0:
        raise ValueError(f"acceleration = {acceleration:g}; 0 or more is needed")


@criteria.register("progressive")
@dataclass(frozen=True, slots=True)
class Progressive(Criterion):
    """(1 − W) R + W I(θ): R is even between 0 and the largest information, W grows during the test."""

    reference: ClassVar[str] = "Revuelta & Ponsoda (1998), Journal of Educational Measurement 35, 311-327"
    acceleration: float = 1.0
    """The higher, the longer the random part prevails (Barrada et al., 2008)."""

    def __post_init__(self) -> None:
        check_acceleration(self.acceleration)

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the mixture (N, J)."""
        info = pool.information(view.theta).T
        weight = weight_of_information(view, self.acceleration)[:, None]
        left = np.where(view.administered, 0.0, info).max(axis=1, keepdims=True)
        mixed = (1 - weight) * left * spread(view.draw, len(pool), stream=Stream.PROGRESSIVE) + weight * info
        return np.asarray(mixed)


@criteria.register("proportional")
@dataclass(frozen=True, slots=True)
class Proportional(Criterion):
    """A draw with chances proportional to I(θ)^H; H grows from 0 during the test."""

    reference: ClassVar[str] = (
        "Barrada, Olea, Ponsoda & Abad (2008), British Journal of Math. and Stat. Psych. 61"
    )
    acceleration: float = 1.0

    def __post_init__(self) -> None:
        check_acceleration(self.acceleration)

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return H log I + G (N, J), G standard Gumbel: the largest is a draw with these chances."""
        info = pool.information(view.theta).T
        power = view.max_length * weight_of_information(view, self.acceleration)[:, None]
        uniform = np.maximum(spread(view.draw, len(pool), stream=Stream.PROPORTIONAL), np.finfo(float).tiny)
        with np.errstate(divide="ignore"):
            log_info = np.maximum(np.log(info), -1e6)
        return np.asarray(power * log_info - np.log(-np.log(uniform)))
