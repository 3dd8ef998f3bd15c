"""One criterion for the first questions, another for the rest."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.selection.base import Criterion
from engine.selection.view import View
from engine.tables import Tables


@dataclass(frozen=True, slots=True)
class Early(Criterion):
    """`first` for the first `questions` of the test, then `later`."""

    reference: ClassVar[str] = "Chang & Ying (1996), Applied Psychological Measurement 20, 213-229"
    questions: int
    first: Criterion
    later: Criterion

    def __post_init__(self) -> None:
        if self.questions < 1:
            raise ValueError(f"questions = {self.questions}; at least 1 is needed")

    def bind(self, pool: ItemPool, tables: Tables, max_length: int) -> Criterion:
        """Bind both."""
        both = (each.bind(pool, tables, max_length) for each in (self.first, self.later))
        return Early(self.questions, *both)

    @property
    def reads_errors(self) -> bool:
        """Whether one of them does."""
        return self.first.reads_errors or self.later.reads_errors

    @property
    def by_kind(self) -> bool:
        """Whether both have shortlists by kind."""
        return self.first.by_kind and self.later.by_kind

    def among(self, pool: ItemPool, kind: Ints) -> Criterion:
        """Let both have shortlists of the best of each kind."""
        return Early(self.questions, self.first.among(pool, kind), self.later.among(pool, kind))

    def score(self, view: View, pool: ItemPool) -> Floats:
        """Return the scores (N, J) of the criterion that applies."""
        early = (view.length < self.questions)[:, None]
        if early.all():
            return self.first.score(view, pool)
        if not early.any():
            return self.later.score(view, pool)
        return np.where(early, self.first.score(view, pool), self.later.score(view, pool))

    def shortlist(
        self, view: View, pool: ItemPool, eligible: Bools, k: int, kinds: Bools | None = None
    ) -> tuple[Ints, Floats] | None:
        """Return the shortlist of the criterion that applies to all."""
        early = view.length < self.questions
        if early.all() or not early.any():
            return (self.first if early.all() else self.later).shortlist(view, pool, eligible, k, kinds)
        return None
