"""Where N test takers stand in the middle of a test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine._types import Bools, Floats, Ints
from engine.design import Design
from engine.estimation.base import Answers
from engine.priors import Prior, check_people
from engine.selection.usage import ExposureState
from engine.selection.view import View


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """N test takers in the middle of a test; `tell` returns a new one.

    Attributes
    ----------
    design : Design
        What they all take: `design.names` names the items.
    draws : (N, S)
        Uniform draws: column t for question t, counted from 0; the start goes by column 0 as well.
    prior : Prior
        What is believed of ability beforehand, of all or of each person; it steers the choice of questions.
    prior_weights : (1, Q) or (N, Q)
        The same on the grid.
    begin : (N,)
        Ability (logits) assumed while nothing is scored.
    theta, se : (N,)
        Provisional ability and standard error (logits), under the prior that the rules have for everybody; SE
        is NaN while nothing is scored.
    previous : (N,)
        Ability before the last answer.
    likelihood : (N, Q)
        On the grid of the design's tables, divided by a power of 2 so that it cannot underflow.
    exponent : (N,) int
        That power.
    administered : (N, J) bool
        Pool items asked, the current question included.
    items : (N, L) int
        Items asked, the current question included; −1 beyond.
    categories : (N, L) int
        Answers; −1 where unanswered, or without a score.
    length, scored : (N,) int
        Questions answered, and answers that have a part in θ.
    seconds : (N,)
        Time used (seconds).
    current : (N,) int
        The question that waits for its answer, −1 where the test has stopped.
    reason : (N,) int
        Place in `design.reasons`, −1 while the test runs; `stop_reason` gives the words.
    schedule : (N, L) int or None
        Questions that stand at fixed places: first items, open and pilot items.
    schedules : (N, S, L) int or None
        The same of each section, counted from its first question.
    eligibility : (N, J) bool or None
        What exposure control drew at the start.
    plan : (N, L) int or None
        The last planned test of a constraint that plans.
    opened : (N, S) int
        Questions answered before each section began, −1 for one that has not.
    """

    design: Design
    draws: Floats
    prior: Prior
    prior_weights: Floats
    begin: Floats
    theta: Floats
    se: Floats
    previous: Floats
    likelihood: Floats
    exponent: Ints
    administered: Bools
    items: Ints
    categories: Ints
    length: Ints
    scored: Ints
    seconds: Floats
    current: Ints
    reason: Ints
    schedule: Ints | None
    schedules: Ints | None
    eligibility: Bools | None
    plan: Ints | None
    opened: Ints

    def __len__(self) -> int:
        return self.theta.size

    @property
    def stop_reason(self) -> NDArray[np.str_]:
        """Why each test ended (N,), an empty text while it runs."""
        return np.array([*self.design.reasons, ""])[self.reason]

    @property
    def answers(self) -> Answers:
        """What has been answered, as estimators take it, under the prior of everybody."""
        return self.answers_under(self.design.prior)

    def answers_under(self, prior: Prior) -> Answers:
        """Return the same under another prior."""
        return Answers(
            self.design.pool,
            self.design.tables,
            self.items,
            self.categories,
            self.likelihood,
            prior,
            self.weights_of(prior),
        )

    def weights_of(self, prior: Prior) -> Floats:
        """Return the weights (1 or N, Q) of a prior on the grid."""
        return self.prior_weights if prior is self.prior else prior.weights(self.design.tables.nodes)

    @property
    def posterior(self) -> Floats:
        """Posterior weights on the grid (N, Q), up to a factor for each person, under everybody's prior."""
        return self.likelihood * self.weights_of(self.design.prior)

    def take(self, rows: Ints | Bools) -> "State":
        """Return the state of some of the people."""
        weights = self.prior_weights if len(self.prior_weights) == 1 else self.prior_weights[rows]
        parts = {name: getattr(self, name) for name in self.__slots__ if name not in _SHARED}
        fewer: dict[str, Any] = {name: None if part is None else part[rows] for name, part in parts.items()}
        return replace(self, prior=self.prior.take(rows), prior_weights=weights, **fewer)

    def ended(self, parts: Sequence["State"], rows: Ints) -> "State":
        """Return the state after some steps, put together from parts that came to an end one after the other.

        Parameters
        ----------
        rows : (N,) int
            Whose state each entry of the parts is.
        """
        back = np.argsort(rows)
        fields: dict[str, Any] = {}
        for name in (name for name in self.__slots__ if name not in _SHARED):
            values = [getattr(part, name) for part in parts]
            there = all(value is not None for value in values)
            fields[name] = np.concatenate(values)[back] if there else None
        return replace(self, **fields)


_SHARED = ("design", "prior", "prior_weights")
"""What is not one entry a person."""


def blank(design: Design, draws: Floats, exposure: ExposureState | None, prior: Prior | None) -> State:
    """Return the state before the first question."""
    draws = np.atleast_2d(draws)
    n, steps = draws.shape
    if steps < design.max_length:
        raise ValueError(f"{steps} draws a person are too few: a test can have {design.max_length} questions")
    check_people(prior, n)
    snapshot = design.empty_exposure() if exposure is None else exposure
    own, prior = prior, prior or design.prior
    weights = prior.weights(design.tables.nodes)
    expected = own.expected(design.tables.nodes) if own else np.full(1, np.nan)
    begin = np.broadcast_to(design.rules.start.draw(draws[:, 0], expected), n)
    return State(
        design=design,
        draws=draws,
        prior=prior,
        prior_weights=weights,
        begin=begin,
        theta=begin,
        previous=begin,
        se=np.full(n, np.nan),
        likelihood=np.ones((n, design.tables.nodes.size)),
        exponent=np.zeros(n, np.int64),
        administered=np.zeros((n, len(design.pool)), bool),
        items=np.full((n, design.max_length), -1, np.int32),
        categories=np.full((n, design.max_length), -1, np.int8),
        length=np.zeros(n, np.int64),
        scored=np.zeros(n, np.int64),
        seconds=np.zeros(n),
        current=np.full(n, -1),
        reason=np.full(n, -1),
        schedule=design.schedule(draws[:, 0], snapshot),
        schedules=design.schedules(draws[:, 0], snapshot),
        eligibility=design.exposure.draw(snapshot, draws[:, 0]) if design.exposure else None,
        plan=None,
        opened=np.where(np.arange(len(design.parts)) == 0, 0, np.full((n, len(design.parts)), -1)),
    )


def view_of(state: State) -> View:
    """Return what rules may see of a state before the next question, under the prior of everybody."""
    column = np.minimum(state.length, state.draws.shape[1] - 1)
    return View(
        tables=state.design.tables,
        theta=state.theta,
        se=state.se,
        previous=state.previous,
        likelihood=state.likelihood,
        exponent=state.exponent,
        prior=state.weights_of(state.design.prior),
        administered=state.administered,
        items=state.items,
        categories=state.categories,
        length=state.length,
        seconds=state.seconds,
        draw=state.draws[np.arange(len(state)), column],
        max_length=state.design.max_length,
        allowed=state.eligibility,
        plan=state.plan,
    )
