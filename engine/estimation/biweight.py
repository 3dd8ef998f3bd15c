"""Robust maximum likelihood: answers that do not fit weigh less.

Each answer's part of the likelihood equation is weighted by Tukey's biweight of the distance between ability
and difficulty, w = (1 − (r / tuning)²)² for |r| < tuning and else 0, with r = a (θ − b) the logit of the
answer. A careless slip on an easy item, or a lucky guess on a hard one, is so left out of the reckoning.

Mislevy & Bock (1982), Educational and Psychological Measurement 42, 725-737; Schuster & Yuan (2011), Journal
of Educational and Behavioral Statistics 36, 720-735. For items with a discrimination a and a difficulty b
(or steps, whose mean is taken).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Floats
from engine.estimation.base import Answers, Estimate, Estimator, estimators
from engine.estimation.mle import MaximumLikelihood, error_off_bounds
from engine.estimation.newton import TOLERANCE, check_bounds
from engine.pool import ItemPool


@estimators.register("biweight")
@dataclass(frozen=True, slots=True)
class Biweight(Estimator):
    """Tukey's biweight with the constant `tuning`, between `lower` and `upper` (logits)."""

    reference: ClassVar[str] = "Mislevy & Bock (1982), Educational and Psychological Measurement 42, 725-737"
    lower: float = -6.0
    upper: float = 6.0
    tuning: float = 4.0

    def __post_init__(self) -> None:
        check_bounds(self.lower, self.upper)
        if not self.tuning > 0:
            raise ValueError(f"tuning = {self.tuning:g}; it must be above 0")

    def check(self, pool: ItemPool) -> None:
        """Raise ValueError if an item has no discrimination, or no difficulty."""
        location(pool)

    def estimate(self, answers: Answers) -> Estimate:
        """Return the root of the weighted equation that is reached from the maximum of the likelihood."""
        theta = np.nan_to_num(MaximumLikelihood(self.lower, self.upper).estimate(answers).theta)
        moving = np.ones(theta.shape, bool)
        for _ in range(100):
            score, info = self._equation(answers, theta)
            step = np.where(info > 0, score / np.maximum(info, 1e-12), 0.0)
            moved = np.clip(theta + np.clip(step, -1.0, 1.0), self.lower, self.upper)
            moved = np.where(moving, moved, theta)
            moving, theta = np.abs(moved - theta) > TOLERANCE, moved
            if not moving.any():
                break
        with np.errstate(divide="ignore"):
            variance = 1.0 / self._equation(answers, theta)[1]
        theta = np.where(answers.scored.any(axis=1), theta, np.nan)
        return Estimate(theta, error_off_bounds(theta, variance, self.lower, self.upper))

    def _equation(self, answers: Answers, theta: Floats) -> tuple[Floats, Floats]:
        """Return the weighted score and information (N,) at each person's θ (N,)."""
        a, b = location(answers.pool)
        person, item, category = answers.flat()
        here = theta[person]
        residual = a[item] * (here - b[item]) / self.tuning
        weight = np.where(np.abs(residual) < 1, (1 - residual**2) ** 2, 0.0)
        slope = answers.pool.theta_derivatives_at(item, here)[0][np.arange(item.size), category]
        info = answers.pool.information_at(item, here)
        return answers.sum(person, weight * slope), answers.sum(person, weight * info)


def location(pool: ItemPool) -> tuple[Floats, Floats]:
    """Return discrimination and difficulty of each item (J,), the mean of its steps if it has several."""
    table = pool.parameters.table
    steps = [name for name in table.columns if name == "b" or (name[:1] == "b" and name[1:].isdigit())]
    missing = np.full(len(pool), np.nan)
    a = table["a"].to_numpy(float) if "a" in table else missing
    b = table[steps].mean(axis=1).to_numpy(float) if steps else missing
    if np.isnan(a).any() or np.isnan(b).any():
        item = pool.items[int(np.argmax(np.isnan(a) | np.isnan(b)))]
        raise ValueError(f"item '{item}' has no a and b, which the biweight needs")
    return a, b
