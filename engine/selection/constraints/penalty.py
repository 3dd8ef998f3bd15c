"""Weighted penalties: an item loses by the deviation from the blueprint that is to be expected after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.blueprint import read_conditions
from engine.conditions import Conditions
from engine.pool import ItemPool
from engine.selection.base import Constraint, constraints
from engine.selection.constraints.conflict import rate_conflict, require
from engine.selection.constraints.content import Content
from engine.selection.constraints.sequence import broken_sequence, comes_first, may_follow, open_stimulus
from engine.selection.constraints.stimulus_sets import StimulusSets
from engine.selection.kinds import ByKind, on_scale_of_one
from engine.selection.view import View
from engine.tables import Tables


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What a penalty needs to know of a blueprint."""

    conditions: Conditions
    content: Content
    sets: StimulusSets


@constraints.register("penalty")
@dataclass(frozen=True, slots=True)
class WeightedPenalty(Constraint):
    """Bonus for what the test still needs, penalty for what it would have too much of.

    For each condition the final amount is projected: what the items asked bring, what the candidate brings,
    and for the remaining questions the pool's average. The weighted sum of the deviations from the bounds is
    taken from the item's score, put on a scale of 1 first (the range of the scores that may come, with 0).
    Items after which a condition could not be met any more wait until nothing else is left. Most tests meet a
    blueprint that way; where all must, plan by `shadow`.

    Attributes
    ----------
    file, attributes, stimuli : str
        As for the shadow test.
    weight : float
        What a deviation by one item weighs, in ranges of the score.
    weights : mapping of constraint to float
        Weights of single constraints, relative to the others.
    """

    reference: ClassVar[str] = (
        "Swanson & Stocking (1993), Applied Psychological Measurement 17, 151-166;"
        " Stocking & Swanson (1993), ibid. 17, 277-292"
    )
    adjusts: ClassVar[bool] = True
    file: str = ""
    attributes: str = ""
    stimuli: str = ""
    weight: float = 3.0
    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    targets: Targets | None = field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, weight in {"weight": self.weight, **self.weights}.items():
            if not 0 <= weight < np.inf:
                raise ValueError(f"{name} = {weight:g}; a weight is 0 or above")

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Constraint:
        """Read the conditions; raises ValueError naming those in conflict if no test can meet them."""
        conditions = read_conditions(
            pool, max_length, file=self.file, attributes=self.attributes, stimuli=self.stimuli
        )
        require(conditions)
        content = Content.of(conditions, self.weights, longest=max_length)
        bound = replace(self)
        object.__setattr__(bound, "targets", Targets(conditions, content, StimulusSets.of(conditions)))
        return bound

    @property
    def ready(self) -> Targets:
        """What `bind` has read; raises ValueError before it."""
        if self.targets is None:
            raise ValueError("the weighted penalty is not bound to a pool")
        return self.targets

    @property
    def conditions(self) -> Conditions:
        """What every test should meet; raises ValueError before `bind`."""
        return self.ready.conditions

    def eligible(self, view: View, pool: ItemPool) -> Bools:
        """Return (N, J): the items after which the fewest conditions are out of reach."""
        said = self.by_kind(view)
        return said.open.take(self.ready.content.kind, axis=1) if said.items is None else said.items

    def adjust(self, view: View, pool: ItemPool, scores: Floats) -> Floats:
        """Return the scores (N, J), on a scale of 1, less the weighted deviation to be expected."""
        penalty = self.by_kind(view).penalty.take(self.ready.content.kind, axis=1)
        return on_scale_of_one(scores) - penalty

    def by_kind(self, view: View) -> ByKind:
        """Return which kinds break the fewest conditions, and the weighted deviation to be expected."""
        content = self.ready.content
        held = content.held(view.items[:, : int(view.length.max(initial=0))])
        attained, left = content.so_far(held)
        if view.closing is not None and not self.ready.conditions.sequenced:
            left = np.where(view.closing, np.minimum(content.lacking(attained), left), left)
        broken = content.broken(attained, left)
        penalty = self.weight * content.penalty(attained, left)
        if self.ready.conditions.sequenced:
            return ByKind(np.ones(broken.shape, bool), penalty, self._in_sequence(view, broken, left))
        return ByKind(_fewest(broken, held >= content.size), penalty)

    def _in_sequence(self, view: View, broken: Ints, left: Ints) -> Bools:
        """Return which items (N, J) may come next where questions have an order, or stimuli."""
        conditions, sets = self.ready.conditions, self.ready.sets
        broken, opened = broken.take(self.ready.content.kind, axis=1), open_stimulus(conditions, view.items)
        if sets.least.size:
            broken += sets.broken(view.administered, opened, left).astype(broken.dtype)
        broken += ~may_follow(conditions, view.items)
        return comes_first(conditions, _fewest(broken, view.administered), np.full_like(opened, -1))

    def kinds(self) -> Ints:
        """Return the kind (J,) of each item: what it adds to the conditions."""
        return self.ready.content.kind

    def violations(self, items: Ints, pool: ItemPool) -> Ints:
        """Return how many conditions each finished test (N, L) breaks."""
        return self.ready.conditions.violations(items) + broken_sequence(self.ready.conditions, items)

    def rate_conflict(self, pool: ItemPool, max_rate: float) -> str:
        """Return the conditions that need a higher rate; items in every test are not limited."""
        return rate_conflict(self.ready.conditions, pool.items, max_rate)


def _fewest(broken: Ints, gone: Bools) -> Bools:
    """Return which of what is not gone breaks the fewest conditions, all arguments (N, M)."""
    broken = np.where(gone, np.iinfo(broken.dtype).max, broken)
    return np.asarray((broken == broken.min(axis=1, keepdims=True)) & ~gone)
