"""What an estimator of ability is: answers in, θ and its standard error out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.priors import Prior
from engine.registry import Registry
from engine.tables import Tables

STATUSES = ("ok", "all_lowest", "all_highest", "no_answers", "not_enough_answers", "not_converged")
"""What can be said of an estimate; `status` returns indices into it."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What N people answered.

    Attributes
    ----------
    pool : ItemPool
    tables : Tables
    items : (N, L) int
        Rows of the pool; −1 or J and above where there is none.
    categories : (N, L) int
        Categories 0..K-1; −1 where the answer has no part in θ.
    likelihood : (N, Q)
        On the grid of the tables, up to a factor for each person.
    prior : Prior
    prior_weights : (1, Q) or (N, Q)
        The same on the grid.
    logs : (N, Q) or None
        Log-likelihood, where it is known better than as the logarithm of `likelihood`.
    """

    pool: ItemPool
    tables: Tables
    items: Ints
    categories: Ints
    likelihood: Floats
    prior: Prior
    prior_weights: Floats
    logs: Floats | None = None

    @classmethod
    def of(cls, pool: ItemPool, tables: Tables, items: Ints, categories: Ints, prior: Prior) -> "Answers":
        """Gather answers (N, L); the likelihood is read from the tables."""
        logs = np.zeros((len(items), tables.nodes.size))
        for item, category in zip(items.T, categories.T, strict=True):
            scored = np.flatnonzero((item >= 0) & (item < len(pool)) & (category >= 0))
            logs[scored] += tables.log_prob[item[scored], category[scored]]
        likelihood = np.exp(logs - logs.max(axis=1, keepdims=True))
        return cls(pool, tables, items, categories, likelihood, prior, prior.weights(tables.nodes), logs)

    def __len__(self) -> int:
        return len(self.items)

    @property
    def log_likelihood(self) -> Floats:
        """Log-likelihood on the grid (N, Q), up to a constant for each person."""
        if self.logs is not None:
            return self.logs
        with np.errstate(divide="ignore"):
            return np.log(self.likelihood)

    @property
    def posterior(self) -> Floats:
        """Posterior weights on the grid (N, Q), up to a factor for each person."""
        return self.likelihood * self.prior_weights

    @property
    def scored(self) -> Bools:
        """Which places (N, L) hold an answer that counts."""
        return (self.items >= 0) & (self.items < len(self.pool)) & (self.categories >= 0)

    def flat(self) -> tuple[Ints, Ints, Ints]:
        """Return person, item and category of each answer that counts, each (R,), by person."""
        person, place = np.nonzero(self.scored)
        return person, self.items[person, place], self.categories[person, place]

    def sum(self, person: Ints, values: Floats) -> Floats:
        """Return the sum (N,) of values (R,) over each person's answers."""
        return np.asarray(np.bincount(person, values, minlength=len(self)), float)

    def on_grid(self, table: Floats) -> Floats:
        """Return the sum (N, Q) of a table (J, Q) over each person's items."""
        total = np.zeros((len(self), table.shape[1]))
        for item, scored in zip(self.items.T, self.scored.T, strict=True):
            total[scored] += table[item[scored]]
        return total

    def score_function(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return ∂ log L/∂θ and ∂² log L/∂θ², each (N,), at each person's θ (N,)."""
        person, item, category = self.flat()
        first, second = self.pool.theta_derivatives_at(item, theta[person])
        at = np.arange(item.size)
        return self.sum(person, first[at, category]), self.sum(person, second[at, category])

    def information(self, theta: Floats) -> Floats:
        """Return the Fisher information (N,) of the items answered, at each person's θ (N,)."""
        person, item, _ = self.flat()
        return self.sum(person, self.pool.information_at(item, theta[person]))


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """Ability and standard error (logits), each (N,)."""

    theta: Floats
    se: Floats


class Estimator(ABC):
    """A way to estimate ability; a frozen value of settings."""

    reference: ClassVar[str]

    def check(self, pool: ItemPool) -> None:
        """Raise ValueError, naming an item, if the method needs what items of the pool do not have."""
        return

    @abstractmethod
    def estimate(self, answers: Answers) -> Estimate:
        """Return θ and SE of each person; NaN where the method has no value."""


def status(answers: Answers, estimate: Estimate, *, min_answers: int = 1) -> Ints:
    """Return what can be said of each estimate, (N,) indices into `STATUSES`.

    Parameters
    ----------
    min_answers : int
        With fewer scored answers than this the status is `not_enough_answers`.
    """
    scored = answers.scored
    count = scored.sum(axis=1)
    top = answers.pool.n_categories[np.where(scored, answers.items, 0)] - 1
    code = np.where(np.isfinite(estimate.theta) & np.isfinite(estimate.se), 0, 5)
    code = np.where((~scored | (answers.categories == top)).all(axis=1), 2, code)
    code = np.where((~scored | (answers.categories == 0)).all(axis=1), 1, code)
    code = np.where(count < min_answers, 4, code)
    return np.where(count == 0, 3, code)


estimators: Registry[Estimator] = Registry("estimator")
