"""Stop when it is clear on which side of the cut scores a person stands.

Three ways to be clear: the interval around θ holds no cut (confidence interval); the answers are far more
probable a little above each cut than a little below it, or the other way round (sequential probability ratio
test); the same with the best-fitting abilities on either side (generalised likelihood ratio).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
from scipy.special import ndtri

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.selection.view import View
from engine.stopping.base import StoppingRule, stopping_rules
from engine.tables import Tables

REASONS = ("classified",)


def check_cuts(cuts: tuple[float, ...]) -> None:
    """Refuse an empty list of cut scores, or one that does not rise."""
    if not cuts or any(low >= high for low, high in pairwise(cuts)):
        raise ValueError(f"cuts = {list(cuts)}; one or several rising abilities are needed")


@stopping_rules.register("interval")
@dataclass(frozen=True, slots=True)
class ConfidenceInterval(StoppingRule):
    """Stop when θ ± z · SE holds none of the `cuts` (logits)."""

    reference: ClassVar[str] = "Kingsbury & Weiss (1983), in Weiss, New Horizons in Testing, 257-283"
    cuts: tuple[float, ...]
    confidence: float = 0.95

    def __post_init__(self) -> None:
        check_cuts(self.cuts)
        if not 0 < self.confidence < 1:
            raise ValueError(f"confidence = {self.confidence:g}; a probability between 0 and 1 is needed")

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return REASONS

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where every cut lies outside the interval."""
        reach = ndtri(0.5 + self.confidence / 2) * view.se
        away = np.abs(view.theta[:, None] - np.array(self.cuts)) > reach[:, None]
        return np.where(away.all(axis=1), 0, -1)


@dataclass(frozen=True, slots=True)
class RatioTest(StoppingRule):
    """What tests of likelihoods above and below each of the `cuts` have in common."""

    cuts: tuple[float, ...]
    delta: float = 0.2
    """Half the width of the region of indifference (logits)."""
    alpha: float = 0.05
    """Chance of placing somebody above who stands below."""
    beta: float = 0.05
    """Chance of placing somebody below who stands above."""

    def __post_init__(self) -> None:
        check_cuts(self.cuts)
        check_errors(self.delta, self.alpha, self.beta)

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return REASONS

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where all cuts are decided."""
        return self.bind(pool, view.tables).check(view, pool)


@stopping_rules.register("sprt")
@dataclass(frozen=True, slots=True)
class SequentialRatio(RatioTest):
    """Stop when, at each of the `cuts`, log L(cut + delta) − log L(cut − delta) has left Wald's bounds."""

    reference: ClassVar[str] = "Reckase (1983), in Weiss, New Horizons in Testing; Eggen & Straetmans (2000)"

    def bind(self, pool: ItemPool, tables: Tables) -> StoppingRule:
        """Tabulate the pool beside the cuts."""
        return BoundRatio(sides(pool, self.cuts, self.delta), bounds(self.alpha, self.beta), None)


@stopping_rules.register("glr")
@dataclass(frozen=True, slots=True)
class GeneralisedRatio(RatioTest):
    """Stop when, at each cut, the best log L above cut + delta and below cut − delta differ by enough."""

    reference: ClassVar[str] = "Thompson (2009), Educational and Psychological Measurement 69, 778-793"

    def bind(self, pool: ItemPool, tables: Tables) -> StoppingRule:
        """Tabulate the pool beside the cuts."""
        middle = np.array(self.cuts)[:, None]
        beyond = np.stack([tables.nodes < middle - self.delta, tables.nodes > middle + self.delta])
        return BoundRatio(sides(pool, self.cuts, self.delta), bounds(self.alpha, self.beta), beyond)


def check_errors(delta: float, alpha: float, beta: float) -> None:
    """Refuse impossible error rates, and a region of indifference without width."""
    if not delta > 0:
        raise ValueError(f"delta = {delta:g}; it must be above 0")
    if not (0 < alpha < 0.5 and 0 < beta < 0.5):
        raise ValueError(f"alpha = {alpha:g}, beta = {beta:g}; each must lie between 0 and 0.5")


def bounds(alpha: float, beta: float) -> tuple[float, float]:
    """Return the log-ratios at which a cut is decided, below and above (Wald, 1947)."""
    return float(np.log(beta / (1 - alpha))), float(np.log((1 - beta) / alpha))


def sides(pool: ItemPool, cuts: tuple[float, ...], delta: float) -> Floats:
    """Return log P (J, K, 2, C) a little below and a little above each cut."""
    points = np.concatenate([np.array(cuts) - delta, np.array(cuts) + delta])
    table = pool.log_prob(points)
    return table.reshape(*table.shape[:2], 2, len(cuts))


@dataclass(frozen=True, slots=True, eq=False)
class BoundRatio(StoppingRule):
    """A ratio test on its tables.

    Attributes
    ----------
    table : (J, K, 2, C)
        Log P below and above each cut.
    limits : pair of float
        Log-ratios that decide.
    beyond : (2, C, Q) bool or None
        Nodes that lie further below or above, for the generalised test.
    """

    reference: ClassVar[str] = SequentialRatio.reference
    table: Floats
    limits: tuple[float, float]
    beyond: Bools | None

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason."""
        return REASONS

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where all cuts are decided."""
        below, above = self._log_likelihoods(view)
        ratio = above - below
        decided = (ratio <= self.limits[0]) | (ratio >= self.limits[1])
        return np.where(decided.all(axis=1) & (view.length > 0), 0, -1)

    def _log_likelihoods(self, view: View) -> Floats:
        """Return log L below and above each cut, (2, N, C)."""
        scored = (view.items >= 0) & (view.items < len(self.table)) & (view.categories >= 0)
        person, place = np.nonzero(scored)
        parts = self.table[view.items[person, place], view.categories[person, place]]
        total = np.zeros((len(view), *self.table.shape[2:]))
        np.add.at(total, person, parts)
        total = total.swapaxes(0, 1)
        if self.beyond is None:
            return total
        further = np.where(self.beyond[:, None], view.log_likelihood[None, :, None, :], -np.inf).max(axis=-1)
        return np.asarray(np.maximum(total, further))
