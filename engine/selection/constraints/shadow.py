"""The shadow test: before every question, plan the whole best test that meets all conditions."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.blueprint import read_conditions
from engine.conditions import Conditions
from engine.pool import ItemPool
from engine.selection.base import Constraint, constraints
from engine.selection.constraints.conflict import rate_conflict, require
from engine.selection.constraints.programme import Programme
from engine.selection.constraints.sequence import broken_sequence, comes_first, may_follow, open_stimulus
from engine.selection.view import View
from engine.tables import Tables


@constraints.register("shadow")
@dataclass(frozen=True, slots=True)
class ShadowTest(Constraint):
    """The next question is the best of a whole test that holds those asked and meets every condition.

    So every finished test meets the blueprint. The whole test is the optimum of an integer programme: the sum
    of the criterion's scores over its items is the largest that the conditions admit. Items that exposure
    control would rather not use are taken only where no test can do without; conditions give way only where
    questions that were set beforehand break them.

    Attributes
    ----------
    file : str
        Table of constraints; without one the test is filled, and enemies are kept apart.
    attributes, stimuli : str
        Tables of attributes of the items and of the stimuli; the pool's own columns if not given.
    """

    reference: ClassVar[str] = "van der Linden & Reese (1998), Applied Psychological Measurement 22, 259-270"
    plans: ClassVar[bool] = True
    file: str = ""
    attributes: str = ""
    stimuli: str = ""
    programmes: tuple[Programme, ...] = field(default=(), init=False, compare=False, repr=False)

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Constraint:
        """Read the conditions; raises ValueError naming those in conflict if no test can meet them."""
        conditions = read_conditions(
            pool, max_length, file=self.file, attributes=self.attributes, stimuli=self.stimuli
        )
        require(conditions)
        middle = tables.info[:, tables.nodes.size // 2]
        strict, yielding = (
            Programme(conditions, middle, longest=max_length, yielding=yields) for yields in (False, True)
        )
        bound = replace(self)
        object.__setattr__(bound, "programmes", (strict, yielding))
        return bound

    @property
    def conditions(self) -> Conditions:
        """What every test meets; raises ValueError before `bind`."""
        if not self.programmes:
            raise ValueError("the shadow test is not bound to a pool")
        return self.programmes[0].conditions

    def eligible(self, view: View, pool: ItemPool) -> Bools:
        """Return (N, J): items that do not lead back to an earlier stimulus, or against an order."""
        return may_follow(self.conditions, view.items)

    def plan(self, view: View, pool: ItemPool, scores: Floats, eligible: Bools) -> Ints:
        """Return the best whole test (N, L) of each person; equal situations are solved once."""
        plans = np.full((len(view), view.max_length), -1)
        known: dict[bytes, Ints] = {}
        unwished = np.zeros_like(eligible) if view.allowed is None else eligible & ~view.allowed
        for person, score in enumerate(_finite(scores, eligible)):
            parts = score, view.administered[person], eligible[person], unwished[person]
            situation = b"".join(part.tobytes() for part in parts)
            if situation not in known:
                known[situation] = self._best(*parts)
            plans[person, : known[situation].size] = known[situation]
        return plans

    def _best(self, scores: Floats, asked: Bools, free: Bools, unwished: Bools) -> Ints:
        """Return the best test that meets all conditions, or else the one that breaks them least."""
        for programme in self.programmes:
            found = programme.best(scores, asked, free, unwished)
            if found is not None:
                return found
        return np.flatnonzero(asked)

    def upcoming(self, view: View, pool: ItemPool, plan: Ints) -> Bools:
        """Return (N, J): the planned items, those of an open stimulus first, and in rising order."""
        planned = super(ShadowTest, self).upcoming(view, pool, plan)
        if view.closing is not None:
            lacking = planned & self.conditions.minima.lacking(view.items) & view.closing[:, None]
            planned = np.where(lacking.any(axis=1, keepdims=True), lacking, planned)
        return comes_first(self.conditions, planned, open_stimulus(self.conditions, view.items))

    def violations(self, items: Ints, pool: ItemPool) -> Ints:
        """Return how many conditions each finished test (N, L) breaks."""
        return self.conditions.violations(items) + broken_sequence(self.conditions, items)

    def rate_conflict(self, pool: ItemPool, max_rate: float) -> str:
        """Return the conditions that need a higher rate; items in every test are not limited."""
        return rate_conflict(self.conditions, pool.items, max_rate)


def _finite(scores: Floats, eligible: Bools) -> Floats:
    """Return scores (N, J) with 0 where an item cannot come, and a last place for a score of −∞."""
    known = np.isfinite(scores)
    last = np.where(known, scores, np.inf).min(axis=1, keepdims=True, initial=0.0)
    return np.where(eligible, np.where(known, scores, last), 0.0)
