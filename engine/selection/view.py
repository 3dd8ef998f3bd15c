"""What a rule may see of a batch of test takers."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.tables import Tables


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What a rule may see of N test takers before their next question; nobody may change it.

    Attributes
    ----------
    tables : Tables
        The pool on the grid: `nodes` (Q,), `log_prob` (J, K, Q), `info` (J, Q).
    theta, se : (N,)
        Provisional ability and its standard error (logits); the start value and NaN before the first answer.
    previous : (N,)
        Ability before the last answer.
    likelihood : (N, Q)
        Likelihood on the grid, without the prior, divided by a power of 2.
    exponent : (N,) int
        That power.
    prior : (1, Q) or (N, Q)
        Weights of the prior on the grid, of all or of each person.
    administered : (N, J) bool
        Pool items asked already.
    items : (N, L) int
        Items asked, in order, as rows of the pool; −1 where there is none yet. Inserted items that are not in
        the pool count from J on.
    categories : (N, L) int
        Categories of the answers; −1 where there is none (not answered yet, or never to be scored).
    length : (N,) int
        Number of questions answered, scored or not.
    seconds : (N,)
        Time used so far (seconds).
    draw : (N,)
        A uniform draw of this question, for criteria with a random part.
    max_length : int
        L, the longest that this test can be.
    allowed : (N, J) bool or None
        What exposure control allows at this moment; None without exposure control. It is a wish: where it
        leaves nothing, the session goes on without it.
    closing : (N,) bool or None
        Whose test would be over but for what its blueprint still demands; None where that is nobody.
    plan : (N, L) int or None
        The last planned test of each person (rows of the pool, −1 where empty) of a constraint that plans.
    """

    tables: Tables
    theta: Floats
    se: Floats
    previous: Floats
    likelihood: Floats
    exponent: Ints
    prior: Floats
    administered: Bools
    items: Ints
    categories: Ints
    length: Ints
    seconds: Floats
    draw: Floats
    max_length: int
    allowed: Bools | None = None
    closing: Bools | None = None
    plan: Ints | None = None

    def __len__(self) -> int:
        return self.theta.size

    def take(self, rows: Ints | Bools) -> "View":
        """Return the view of some of the people."""
        parts = {name: getattr(self, name) for name in _BY_PERSON}
        fewer: dict[str, Any] = {name: None if part is None else part[rows] for name, part in parts.items()}
        return replace(self, prior=self.prior if len(self.prior) == 1 else self.prior[rows], **fewer)

    @property
    def posterior(self) -> Floats:
        """Posterior weights on the grid (N, Q), up to a factor for each person."""
        return self.likelihood * self.prior

    @property
    def log_likelihood(self) -> Floats:
        """Log-likelihood on the grid (N, Q)."""
        return np.asarray(np.log(self.likelihood) + np.log(2.0) * self.exponent[:, None])


_BY_PERSON = (
    "theta",
    "se",
    "previous",
    "likelihood",
    "exponent",
    "administered",
    "items",
    "categories",
    "length",
    "seconds",
    "draw",
    "allowed",
    "closing",
    "plan",
)
