"""The session: a pure ask / tell over a batch of test takers; a live test is a batch of one.

state = start(pool, rules, draws, exposure=snapshot)    draws: (N, steps) uniforms
items = ask(state)                                      (N,) places in design.names, −1 where stopped
state = tell(state, categories, time_s=None)            (N,) int; −1 = answered, but not scored
state = restore(pool, rules, draws, items, categories)  the state after recorded questions and answers
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine._types import Bools, Floats, Ints
from engine.design import Design
from engine.estimation.base import STATUSES, Answers, Estimate, status
from engine.estimation.eap import moments
from engine.pool import ItemPool
from engine.priors import Prior
from engine.rules import CatRules
from engine.sections import choosing_view, reached, section_of, stopping_view
from engine.selection.base import ExposureState, View
from engine.selection.choice import choose_next


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
        Of the provisional ability; one for all, or one for each person.
    log_prior : (1, Q) or (N, Q)
        The same on the grid.
    begin : (N,)
        Ability (logits) assumed while nothing is scored.
    theta, se : (N,)
        Provisional ability and standard error (logits); SE is NaN while nothing is scored.
    previous : (N,)
        Ability before the last answer.
    log_likelihood, log_posterior : (N, Q)
        On the grid of the design's tables; the posterior is known up to a constant.
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
    eligibility : (N, B, J) bool or None
        What exposure control drew at the start, for each band of θ or, (N, 1, J), for all.
    plan : (N, L) int or None
        The last planned test of a constraint that plans.
    opened : (N, S) int
        Questions answered before each section began, −1 for one that has not.
    """

    design: Design
    draws: Floats
    prior: Prior
    log_prior: Floats
    begin: Floats
    theta: Floats
    se: Floats
    previous: Floats
    log_likelihood: Floats
    log_posterior: Floats
    administered: Bools
    items: Ints
    categories: Ints
    length: Ints
    scored: Ints
    seconds: Floats
    current: Ints
    reason: Ints
    schedule: Ints | None
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
        """What has been answered, as estimators take it."""
        return Answers(
            self.design.pool,
            self.design.tables,
            self.items,
            self.categories,
            self.log_likelihood,
            self.log_posterior,
            self.prior,
        )

    def take(self, rows: Ints | Bools) -> "State":
        """Return the state of some of the people."""
        log_prior = self.log_prior if len(self.log_prior) == 1 else self.log_prior[rows]
        parts = {name: getattr(self, name) for name in self.__slots__ if name not in _SHARED}
        fewer: dict[str, Any] = {name: None if part is None else part[rows] for name, part in parts.items()}
        return replace(self, prior=self.prior.take(rows), log_prior=log_prior, **fewer)


_SHARED = ("design", "prior", "log_prior")
"""What is not one entry a person."""


def start(
    pool: ItemPool,
    rules: CatRules,
    draws: Floats,
    *,
    exposure: ExposureState | None = None,
    prior: Prior | None = None,
) -> State:
    """Begin a test for N people and choose their first questions.

    Parameters
    ----------
    draws : (N, steps)
        Uniform draws in [0, 1), a row a person; at least one column for each question.
    exposure : ExposureState, optional
        How often items have been used; nobody has taken the test if not given.
    prior : Prior, optional
        What is known of each person beforehand (a covariate, an earlier score); the test starts at its mean
        and it steers the choice of questions. The reported ability keeps the rules' own prior.

    Raises
    ------
    BadInput
        If the rules cannot be met with this pool.
    ValueError
        If there are too few draws.
    """
    state = _blank(Design.of(pool, rules), draws, exposure, prior)
    return _choose(state, view_of(state), state.reason)


def ask(state: State) -> Ints:
    """Return the question of each person (N,) as a place in `design.names`, −1 where the test has stopped."""
    return state.current


def tell(state: State, categories: Ints, *, items: Ints | None = None, time_s: Floats | None = None) -> State:
    """Take the answers to the current questions, then stop or choose the next.

    Parameters
    ----------
    categories : (N,) int
        0..K-1 (or false and true), or −1 for an answer without a score, which counts towards the length;
        ignored where the test has stopped.
    items : (N,) int, optional
        Which questions are answered: a guard against answers that come late or twice.
    time_s : (N,), optional
        Time taken (seconds).

    Raises
    ------
    ValueError
        If a category is none of the item's, or `items` are not the current questions.
    """
    categories = np.asarray(categories)
    categories = categories.astype(np.int8) if categories.dtype == bool else categories
    _check_answers(state, categories, items)
    return _go_on(_estimate(_record(state, categories, time_s)))


def restore(
    pool: ItemPool,
    rules: CatRules,
    draws: Floats,
    items: Ints,
    categories: Ints,
    *,
    exposure: ExposureState | None = None,
    prior: Prior | None = None,
    time_s: Floats | None = None,
) -> State:
    """Return the state after recorded questions and answers; what was asked is taken from the record.

    Parameters
    ----------
    items : (N, A) int
        Questions asked, in order, as places in `design.names`.
    categories : (N, A) or (N, A − 1) int
        Their answers, −1 without a score; one fewer where the last question still waits.
    time_s : (N, A), optional
        Time taken for each answer (seconds).
    """
    items, categories = np.atleast_2d(items), np.atleast_2d(categories)
    asked, answered = items.shape[1], categories.shape[1]
    state = _blank(Design.of(pool, rules), draws, exposure, prior)
    if asked - answered not in (0, 1) or len(items) != len(state) or asked > state.items.shape[1]:
        raise ValueError(f"{asked} questions with {answered} answers do not fit this test")
    for place in range(answered):
        state = _pose(_follow(state, items[:, place]), items[:, place], state.reason, None)
        _check_answers(state, categories[:, place], None)
        state = _record(state, categories[:, place], None if time_s is None else time_s[:, place])
        if place >= answered - 2 or state.opened.shape[1] > 1:
            state = _estimate(state)
    if asked > answered:
        return _pose(_follow(state, items[:, -1]), items[:, -1], state.reason, None)
    return _go_on(state) if answered else _choose(state, view_of(state), state.reason)


def report(state: State) -> tuple[Estimate, NDArray[np.str_]]:
    """Return the reported ability by the rules' `[report]`, and the status in words (N,)."""
    rules, design = state.design.rules.report, state.design
    prior = design.report_prior
    log_posterior = state.log_likelihood + prior.log_weights(design.tables.nodes)
    answers = replace(state.answers, prior=prior, log_posterior=log_posterior)
    estimate = rules.estimator.estimate(answers)
    return estimate, np.array(STATUSES)[status(answers, estimate, min_answers=rules.min_answers)]


def view_of(state: State) -> View:
    """Return what rules may see of a state before the next question."""
    allowed = None
    if state.eligibility is not None:
        allowed = state.eligibility[:, 0]
        if state.eligibility.shape[1] > 1:
            band = np.searchsorted(state.design.cuts, state.theta, side="right")
            allowed = state.eligibility[np.arange(len(state)), band]
    column = np.minimum(state.length, state.draws.shape[1] - 1)
    return View(
        tables=state.design.tables,
        theta=state.theta,
        se=state.se,
        previous=state.previous,
        log_posterior=state.log_posterior,
        log_likelihood=state.log_likelihood,
        administered=state.administered,
        items=state.items,
        categories=state.categories,
        length=state.length,
        seconds=state.seconds,
        draw=state.draws[np.arange(len(state)), column],
        max_length=state.design.max_length,
        allowed=allowed,
        plan=state.plan,
    )


def _blank(design: Design, draws: Floats, exposure: ExposureState | None, prior: Prior | None) -> State:
    """Return the state before the first question."""
    draws = np.atleast_2d(draws)
    n, steps = draws.shape
    if steps < design.max_length:
        raise ValueError(f"{steps} draws a person are too few: a test can have {design.max_length} questions")
    snapshot = design.empty_exposure() if exposure is None else exposure
    own, prior = prior, prior or design.prior
    log_prior = prior.log_weights(design.tables.nodes)
    expected = moments(log_prior, design.tables.nodes).theta if own else None
    begin = np.broadcast_to(design.rules.start.draw(draws[:, 0], expected), n)
    return State(
        design=design,
        draws=draws,
        prior=prior,
        log_prior=log_prior,
        begin=begin,
        theta=begin,
        previous=begin,
        se=np.full(n, np.nan),
        log_likelihood=np.zeros((n, design.tables.nodes.size)),
        log_posterior=np.broadcast_to(log_prior, (n, design.tables.nodes.size)),
        administered=np.zeros((n, len(design.pool)), bool),
        items=np.full((n, design.max_length), -1, np.int32),
        categories=np.full((n, design.max_length), -1, np.int8),
        length=np.zeros(n, np.int64),
        scored=np.zeros(n, np.int64),
        seconds=np.zeros(n),
        current=np.full(n, -1),
        reason=np.full(n, -1),
        schedule=design.schedule(draws[:, 0], snapshot),
        eligibility=design.exposure.draw(snapshot, draws[:, 0]) if design.exposure else None,
        plan=None,
        opened=np.where(np.arange(len(design.parts)) == 0, 0, np.full((n, len(design.parts)), -1)),
    )


def _check_answers(state: State, categories: Ints, items: Ints | None) -> None:
    """Refuse answers to other questions, and categories that the items do not have."""
    current, names = state.current, state.design.names
    if categories.shape != current.shape or categories.dtype.kind not in "iu":
        raise ValueError(f"one whole number a person is needed, ({len(state)},), not {categories.shape}")
    if items is not None and not np.array_equal(items, current):
        row = int(np.argmax(np.asarray(items) != current))
        given, asked = int(np.asarray(items)[row]), int(current[row])
        waiting = f"item '{names[asked]}' is asked" if asked >= 0 else "the test is over"
        raise ValueError(f"an answer to item '{names[given]}' does not fit: {waiting}")
    n_categories = state.design.n_categories[current]
    wrong = (categories < -1) | (categories >= n_categories)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"item '{names[current[row]]}' has categories 0 to {n_categories[row] - 1}, not {categories[row]}"
        )


def _record(state: State, categories: Ints, time_s: Floats | None) -> State:
    """Enter answers to the current questions."""
    running = np.flatnonzero(state.current >= 0)
    place, given = state.length[running], categories[running]
    entered, length = state.categories.copy(), state.length.copy()
    entered[running, place] = given
    length[running] += 1
    counts = (given >= 0) & (state.current[running] < state.administered.shape[1])
    scored, given = running[counts], given[counts]
    more, log_likelihood = state.design.tables.rows(state.current[scored], given), state.log_likelihood
    if scored.size == len(state):
        log_likelihood = log_likelihood + more
    else:
        log_likelihood = log_likelihood.copy()
        log_likelihood[scored] += more
    number = state.scored.copy()
    number[scored] += 1
    return replace(
        state,
        categories=entered,
        length=length,
        log_likelihood=log_likelihood,
        log_posterior=log_likelihood + state.log_prior,
        scored=number,
        seconds=state.seconds if time_s is None else state.seconds + time_s,
    )


def _estimate(state: State) -> State:
    """Estimate ability anew; while nothing is scored it stays where it began."""
    estimate = state.design.rules.estimator.estimate(state.answers)
    known = state.scored > 0
    if known.all():
        return replace(state, theta=estimate.theta, se=estimate.se, previous=state.theta)
    return replace(
        state,
        previous=state.theta,
        theta=np.where(known, estimate.theta, state.begin),
        se=np.where(known, estimate.se, np.nan),
    )


def _go_on(state: State) -> State:
    """Stop the tests that have a reason to, and choose the next question of the others."""
    view = view_of(state)
    state, found = _end_sections(state, view)
    return _choose(state, view, np.where(state.reason < 0, found, state.reason))


def _end_sections(state: State, view: View) -> tuple[State, Ints]:
    """Open the next section where one has a reason to end; return the reasons (N,) of the last one."""
    design, section = state.design, reached(state.opened)
    if len(design.parts) == 1:
        return state, design.parts[0].stop.check(view, design.pool)
    reason, opened = np.full(len(state), -1), state.opened.copy()
    for number, part in enumerate(design.parts):
        rows = np.flatnonzero(section == number)
        if rows.size:
            own = stopping_view(view.take(rows), part, state.opened[rows, number])
            found = part.stop.check(own, design.pool)
            if number + 1 < len(design.parts):
                ended = rows[found >= 0]
                opened[ended, number + 1] = state.length[ended]
            else:
                reason[rows] = found
    return replace(state, opened=opened), reason


def _follow(state: State, items: Ints) -> State:
    """Return the state in the sections to which the next recorded questions (N,) belong."""
    design = state.design
    if len(design.parts) == 1 or not state.length.any():
        return state
    before, later = reached(state.opened), reached(_end_sections(state, view_of(state))[0].opened)
    opened, planned = state.opened.copy(), _scheduled(state)
    for row in np.flatnonzero((items >= 0) & (state.length > 0)):
        to = int(later[row])
        if planned[row] != items[row]:
            to = section_of(design.parts, int(items[row]), int(before[row]), to)
        opened[row, before[row] + 1 : to + 1] = state.length[row]
    return replace(state, opened=opened)


def _choose(state: State, view: View, reason: Ints) -> State:
    """Choose the next question of each running test; a test with nothing left to ask ends."""
    items, plan, design = _scheduled(state), state.plan, state.design
    opened = state.opened.copy() if len(design.parts) > 1 else state.opened
    for number, part in enumerate(design.parts):
        rows = np.flatnonzero((reason < 0) & (items < 0) & (reached(opened) == number))
        if rows.size:
            own = view if rows.size == len(state) else view.take(rows)
            may_come = part.selectable
            if len(design.parts) > 1:
                may_come = part.selectable & ~own.administered
                own = choosing_view(own, part, opened[rows, number])
            items[rows], chosen_plan = choose_next(
                own,
                design.pool,
                selectable=may_come,
                criterion=part.criterion,
                chooser=part.chooser,
                constraints=part.constraints,
            )
            plan = _enter(plan, rows, chosen_plan, state.items.shape)
            if number + 1 < len(design.parts):
                empty = rows[items[rows] < 0]
                opened[empty, number + 1] = state.length[empty]
    exhausted = (reason < 0) & (items < 0)
    reason = np.where(exhausted, len(design.reasons) - 1, reason)
    return _pose(replace(state, opened=opened), np.where(reason < 0, items, -1), reason, plan)


def _scheduled(state: State) -> Ints:
    """Return the question (N,) that stands at each person's next place, −1 for an adaptive one."""
    if state.schedule is None:
        return np.full(len(state), -1)
    place = np.minimum(state.length, state.schedule.shape[1] - 1)
    return np.asarray(state.schedule[np.arange(len(state)), place])


def _enter(plan: Ints | None, rows: Ints, chosen: Ints | None, shape: tuple[int, ...]) -> Ints | None:
    """Return the planned tests (N, L) with those of some people renewed."""
    if chosen is None:
        return plan
    whole = np.full(shape, -1) if plan is None else plan.copy()
    whole[rows] = -1
    whole[rows, : chosen.shape[1]] = chosen
    return whole


def _pose(state: State, items: Ints, reason: Ints, plan: Ints | None) -> State:
    """Ask these questions (N,), −1 where the test has stopped for this reason."""
    running = np.flatnonzero(items >= 0)
    asked, administered = state.items.copy(), state.administered.copy()
    asked[running, state.length[running]] = items[running]
    in_pool = running[items[running] < administered.shape[1]]
    administered[in_pool, items[in_pool]] = True
    return replace(state, items=asked, administered=administered, current=items, reason=reason, plan=plan)
