"""One estimator until the answers are mixed, another from then on."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools
from engine.estimation.base import Answers, Estimate, Estimator
from engine.pool import ItemPool


@dataclass(frozen=True, slots=True)
class UntilMixed(Estimator):
    """`first` while all answers are the lowest, or all the highest, that their items have; then `later`."""

    reference: ClassVar[str] = "Dodd, Koch & De Ayala (1989), Applied Psychological Measurement 13, 129-143"
    first: Estimator
    later: Estimator

    def check(self, pool: ItemPool) -> None:
        """Raise ValueError if either method cannot be used with the pool."""
        self.first.check(pool)
        self.later.check(pool)

    def estimate(self, answers: Answers) -> Estimate:
        """Return each person's estimate by the method that applies."""
        mixed = is_mixed(answers)
        if mixed.all():
            return self.later.estimate(answers)
        first, later = self.first.estimate(answers), self.later.estimate(answers)
        return Estimate(np.where(mixed, later.theta, first.theta), np.where(mixed, later.se, first.se))


def is_mixed(answers: Answers) -> Bools:
    """Return whose answers (N,) are neither all the lowest nor all the highest."""
    scored = answers.scored
    top = answers.pool.n_categories[np.where(scored, answers.items, 0)] - 1
    above = (scored & (answers.categories > 0)).any(axis=1)
    below = (scored & (answers.categories < top)).any(axis=1)
    return np.asarray(above & below)
