"""What a stopping rule is: a view in, a reason or nothing out; the reason is the answer."""

from abc import ABC, abstractmethod
from typing import ClassVar

from engine._types import Ints
from engine.pool import ItemPool
from engine.registry import Registry
from engine.selection.view import View
from engine.tables import Tables

RUNNING, WAITING = -1, -2
"""Stand where a rule has no reason to stop, and where it has one but the blueprint still demands more."""


class StoppingRule(ABC):
    """When is a test over? A frozen value of settings."""

    reference: ClassVar[str]
    hard_limit: ClassVar[bool] = False
    """True for what ends a test whatever its blueprint still lacks: a number of questions, the time."""

    @property
    @abstractmethod
    def reasons(self) -> tuple[str, ...]:
        """The reasons that the rule can give, in words."""

    @property
    def longest(self) -> int | None:
        """The most questions that a test under this rule can have; None if it sets no limit."""
        return None

    @property
    def shortest(self) -> int:
        """The fewest questions after which the rule can stop a test."""
        return 1

    def bind(self, pool: ItemPool, tables: Tables) -> "StoppingRule":
        """Return the rule ready for this pool."""
        return self

    @abstractmethod
    def check(self, view: View, pool: ItemPool) -> Ints:
        """Return (N,) indices into `reasons`, `RUNNING` or `WAITING` where the test goes on."""


stopping_rules: Registry[StoppingRule] = Registry("stopping rule")
