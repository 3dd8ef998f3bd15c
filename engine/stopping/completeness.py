"""Stop neither before a test holds what its blueprint demands, nor after it is full."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Ints
from engine.conditions import Conditions
from engine.pool import ItemPool
from engine.selection.view import View
from engine.stopping.base import WAITING, StoppingRule
from engine.stopping.combine import AllOf, AnyOf, NotBefore
from engine.stopping.length import Length


@dataclass(frozen=True, slots=True, eq=False)
class OnceComplete(StoppingRule):
    """Let a rule stop only when the test breaks none of the `minima` of its blueprint."""

    reference: ClassVar[str] = "van der Linden (2005), Linear Models for Optimal Test Design, ch. 9"
    minima: Conditions
    rule: StoppingRule

    @property
    def reasons(self) -> tuple[str, ...]:
        """The rule's own."""
        return self.rule.reasons

    @property
    def shortest(self) -> int:
        """The rule's own."""
        return self.rule.shortest

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return the rule's reason where nothing is lacking; in a section its own questions count."""
        found = self.rule.check(view, pool)
        due = np.flatnonzero(found >= 0)
        if due.size:
            begun = (view.items[due] >= 0).sum(axis=1) - view.length[due]
            own = np.where(np.arange(view.items.shape[1]) >= begun[:, None], view.items[due], -1)
            found[due[self.minima.broken(own).any(axis=1)]] = WAITING
        return found


def fitted(rule: StoppingRule, conditions: Conditions, *, longest: int, besides: int) -> StoppingRule:
    """Return a stopping rule that ends a test neither before its blueprint is met nor after it is full.

    Parameters
    ----------
    longest : int
        The most questions that the rule itself allows.
    besides : int
        How many of the questions are none of the blueprint's, as pilot items.
    """
    rule = once_complete(rule, conditions.minima)
    full = conditions.most + besides
    return AnyOf((rule, Length(int(full)))) if full < longest else rule


def once_complete(rule: StoppingRule, minima: Conditions) -> StoppingRule:
    """Return a stopping rule whose members wait until the test has the minima; limits do not."""
    if not minima.names:
        return rule
    match rule:
        case AnyOf(rules):
            return AnyOf(tuple(once_complete(each, minima) for each in rules))
        case AllOf(rules):
            return AllOf(tuple(once_complete(each, minima) for each in rules))
        case NotBefore(length, later):
            return NotBefore(length, once_complete(later, minima))
    return rule if rule.hard_limit else OnceComplete(minima, rule)
