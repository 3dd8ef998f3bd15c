"""Stopping rules joined: any of several, all of several, not before a number of questions."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Ints
from engine.pool import ItemPool
from engine.selection.view import View
from engine.stopping.base import RUNNING, WAITING, StoppingRule
from engine.tables import Tables


@dataclass(frozen=True, slots=True)
class AnyOf(StoppingRule):
    """Stop when one of the rules stops; the first in the list gives the reason."""

    reference: ClassVar[str] = "Babcock & Weiss (2012), Journal of Computerized Adaptive Testing 1, 1-18"
    rules: tuple[StoppingRule, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The rules' reasons, one after the other."""
        return tuple(reason for rule in self.rules for reason in rule.reasons)

    @property
    def longest(self) -> int | None:
        """The smallest limit that any of the rules sets."""
        return min((rule.longest for rule in self.rules if rule.longest is not None), default=None)

    @property
    def shortest(self) -> int:
        """The smallest of the rules' own."""
        return min(rule.shortest for rule in self.rules)

    def bind(self, pool: ItemPool, tables: Tables) -> StoppingRule:
        """Bind each rule."""
        return AnyOf(tuple(rule.bind(pool, tables) for rule in self.rules))

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return the first rule's reason that holds."""
        answer, offset = np.full(len(view), -1), 0
        for rule in self.rules:
            found = rule.check(view, pool)
            answer = np.where((answer < 0) & (found >= 0), found + offset, answer)
            answer = np.where((answer < 0) & (found == WAITING), WAITING, answer)
            offset += len(rule.reasons)
        return answer


@dataclass(frozen=True, slots=True)
class AllOf(StoppingRule):
    """Stop when all of the rules stop at once."""

    reference: ClassVar[str] = "Babcock & Weiss (2012), Journal of Computerized Adaptive Testing 1, 1-18"
    rules: tuple[StoppingRule, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """One reason that names all of them."""
        return (" and ".join(" or ".join(rule.reasons) for rule in self.rules),)

    @property
    def longest(self) -> int | None:
        """The largest limit, if each of the rules sets one."""
        limits = [rule.longest for rule in self.rules]
        return None if None in limits else max(limit for limit in limits if limit is not None)

    @property
    def shortest(self) -> int:
        """The largest of the rules' own."""
        return max(rule.shortest for rule in self.rules)

    def bind(self, pool: ItemPool, tables: Tables) -> StoppingRule:
        """Bind each rule."""
        return AllOf(tuple(rule.bind(pool, tables) for rule in self.rules))

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return 0 where every rule has a reason."""
        found = np.array([rule.check(view, pool) for rule in self.rules])
        waits = np.where((found == WAITING).any(axis=0), WAITING, 0)
        return np.where((found == RUNNING).any(axis=0), RUNNING, waits)


@dataclass(frozen=True, slots=True)
class NotBefore(StoppingRule):
    """Let a rule stop only when `length` questions have been answered."""

    reference: ClassVar[str] = "Wainer et al. (2000), Computerized Adaptive Testing: A Primer, ch. 5"
    length: int
    rule: StoppingRule

    def __post_init__(self) -> None:
        if self.length < 0:
            raise ValueError(f"not_before = {self.length}; a number of questions is 0 or more")
        longest = self.rule.longest
        if longest is not None and self.length > longest:
            raise ValueError(f"not_before = {self.length} is more than the longest test, {longest} questions")

    @property
    def reasons(self) -> tuple[str, ...]:
        """The rule's own."""
        return self.rule.reasons

    @property
    def longest(self) -> int | None:
        """The rule's own."""
        return self.rule.longest

    @property
    def shortest(self) -> int:
        """The number of questions, or what the rule itself needs."""
        return max(self.length, self.rule.shortest)

    def bind(self, pool: ItemPool, tables: Tables) -> StoppingRule:
        """Bind the rule."""
        return NotBefore(self.length, self.rule.bind(pool, tables))

    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return the rule's reason where the test is long enough."""
        return np.where(view.length >= self.length, self.rule.check(view, pool), -1)
