"""The steps of a test, from one state to the next: answer, estimate, stop, choose, ask."""

from dataclasses import replace

import numpy as np

from engine._types import Floats, Ints
from engine.design import Design
from engine.estimation.base import Answers, Estimate
from engine.sections import Part, choosing_view, reached, section_of, stopping_view
from engine.selection.choice import choose_next
from engine.selection.view import View
from engine.state import State, view_of
from engine.stopping.base import RUNNING, WAITING

NEARLY_ALL = 0.8
"""When more than this share of a batch goes on, the next question is chosen for all of it."""

RENEW = 8
"""Answers after which a likelihood is brought back to a largest value between 1/2 and 1, …"""
LEAST = 1e-150
"""… and none left below this: far beyond all that matters, and enough for the answers until the next time."""


def record(state: State, categories: Ints, time_s: Floats | None) -> State:
    """Enter answers to the current questions."""
    running = (state.current >= 0).nonzero()[0]
    entered = state.categories.copy()
    entered[running, state.length[running]] = categories[running]
    counts = (state.current >= 0) & (state.current < len(state.design.pool)) & (categories >= 0)
    scored = state.scored + counts
    likelihood = state.design.tables.rows(state.current, np.where(counts, categories, -1))
    likelihood *= state.likelihood
    exponent, due = state.exponent, (counts & (scored % RENEW == 0)).nonzero()[0]
    if due.size:
        likelihood[due], power = _renewed(likelihood[due])
        exponent = exponent.copy()
        exponent[due] += power
    return replace(
        state,
        categories=entered,
        length=state.length + (state.current >= 0),
        likelihood=likelihood,
        exponent=exponent,
        scored=scored,
        seconds=state.seconds if time_s is None else state.seconds + time_s,
    )


def _renewed(likelihood: Floats) -> tuple[Floats, Ints]:
    """Return likelihoods (N, Q) divided by a power of 2, which changes no digit of theirs, and that power."""
    power = np.frexp(likelihood.max(axis=1))[1]
    return np.maximum(np.ldexp(likelihood, -power[:, None]), LEAST), power


def estimate(state: State) -> State:
    """Estimate ability anew, whatever was known of a person beforehand."""
    found = _estimated(state, state.answers)
    return replace(state, previous=state.theta, theta=found.theta, se=found.se)


def _estimated(state: State, answers: Answers) -> Estimate:
    """Return the estimate of ability; while nothing is scored it stays where it began."""
    found, some = state.design.rules.estimator.estimate(answers), state.scored > 0
    return Estimate(np.where(some, found.theta, state.begin), np.where(some, found.se, np.nan))


def go_on(state: State) -> State:
    """Stop the tests that have a reason to, and choose the next question of the others."""
    view = view_of(state)
    state, found = _end_sections(state, view)
    closing = found == WAITING
    view = replace(view, closing=closing) if closing.any() else view
    return choose(state, view, np.where(state.reason < 0, np.maximum(found, RUNNING), state.reason))


def _end_sections(state: State, view: View) -> tuple[State, Ints]:
    """Open the next section where one has a reason to end; return the reasons (N,) of the last one."""
    design = state.design
    if len(design.parts) == 1:
        return state, design.parts[0].stop.check(view, design.pool)
    reason, opened, section = np.full(len(state), -1), state.opened.copy(), reached(state.opened)
    for number, part in enumerate(design.parts):
        rows = np.flatnonzero(section == number)
        if rows.size:
            own = stopping_view(view.take(rows), part, state.opened[rows, number])
            found = part.stop.check(own, design.pool)
            if number + 1 < len(design.parts):
                ended = rows[found >= 0]
                opened[ended, number + 1] = state.length[ended]
                found = np.minimum(found, RUNNING)
            reason[rows] = found
    return replace(state, opened=opened), reason


def follow(state: State, items: Ints) -> State:
    """Return the state in the sections to which the next recorded questions (N,) belong."""
    design = state.design
    if len(design.parts) == 1 or not state.length.any():
        return state
    ended = _end_sections(state, view_of(state))[0].opened
    before, later = reached(state.opened), reached(ended)
    opened, planned, own = state.opened.copy(), _scheduled(state), _standing(state, later, ended)
    for row in np.flatnonzero((items >= 0) & (state.length > 0)):
        to = int(later[row])
        if items[row] not in (planned[row], own[row]):
            to = section_of(design.parts, int(items[row]), int(before[row]), to)
        opened[row, before[row] + 1 : to + 1] = state.length[row]
    return replace(state, opened=opened)


def steered(state: State, view: View) -> View:
    """Return what is seen in choosing: ability as it is with what was known of each person beforehand."""
    if state.prior is state.design.prior:
        return view
    found = _estimated(state, state.answers_under(state.prior))
    return replace(view, theta=found.theta, se=found.se, prior=state.prior_weights)


def choose(state: State, view: View, reason: Ints) -> State:
    """Choose the next question of each running test; a test with nothing left to ask ends."""
    view, items, plan, design = steered(state, view), _scheduled(state), state.plan, state.design
    opened = state.opened.copy() if len(design.parts) > 1 else state.opened
    for number, part in enumerate(design.parts):
        rows = ((reason < 0) & (items < 0) & (reached(opened) == number)).nonzero()[0]
        if rows.size and part.insertions:
            items[rows] = _standing(state, np.full(len(state), number), opened)[rows]
            rows = rows[items[rows] < 0]
        if rows.size and part.first.size:
            rows = _ask_first(part, view, rows, items)
        if rows.size:
            found, planned = _choose_in(design, part, view, rows, opened[:, number])
            items[rows] = found
            plan = _enter(plan, rows, planned, state.items.shape)
            if number + 1 < len(design.parts):
                empty = rows[found < 0]
                opened[empty, number + 1] = state.length[empty]
    reason = np.where((reason < 0) & (items < 0), len(design.reasons) - 1, reason)
    return pose(state, np.where(reason < 0, items, -1), reason, plan, opened)


def _ask_first(part: Part, view: View, rows: Ints, items: Ints) -> Ints:
    """Enter the first items of a section for those (R,) who still have one to come; return the others."""
    waiting = ~view.administered[rows[:, None], part.first]
    some = waiting.any(axis=1)
    items[rows[some]] = part.first[waiting[some].argmax(axis=1)]
    return rows[~some]


def _choose_in(design: Design, part: Part, view: View, rows: Ints, begun: Ints) -> tuple[Ints, Ints | None]:
    """Return the next questions of some people (R,) in a section that began at `begun` (N,), and plans.

    Where nearly all of them go on, it is quicker to choose for everybody than to set the others aside.
    """
    plans = any(constraint.plans for constraint in part.constraints)
    everyone = rows.size == len(view) or (rows.size > NEARLY_ALL * len(view) and not plans)
    own, selectable = view if everyone else view.take(rows), part.selectable
    if len(design.parts) > 1:
        selectable = selectable & ~own.administered
        own = choosing_view(own, part, begun if everyone else begun[rows])
    items, planned = choose_next(
        own,
        design.pool,
        selectable=selectable,
        criterion=part.criterion,
        chooser=part.chooser,
        constraints=part.constraints,
    )
    return items[rows] if everyone else items, planned


def _scheduled(state: State) -> Ints:
    """Return the question (N,) that stands at each person's next place, −1 for an adaptive one."""
    if state.schedule is None:
        return np.full(len(state), -1)
    return _at(state.schedule, state.length)


def _standing(state: State, section: Ints, opened: Ints) -> Ints:
    """Return the question (N,) that stands at the next place of a section of each, −1 for an adaptive one."""
    person = np.arange(len(state))
    if state.schedules is None:
        return np.full(person.size, -1)
    return _at(state.schedules[person, section], state.length - opened[person, section])


def _at(schedule: Ints, place: Ints) -> Ints:
    """Return the entries (N,) of schedules (N, L) at these places, −1 beyond the end."""
    last = schedule.shape[1] - 1
    found = schedule[np.arange(len(schedule)), np.clip(place, 0, last)]
    return np.where(place > last, -1, found)


def _enter(plan: Ints | None, rows: Ints, chosen: Ints | None, shape: tuple[int, ...]) -> Ints | None:
    """Return the planned tests (N, L) with those of some people renewed."""
    if chosen is None:
        return plan
    whole = np.full(shape, -1) if plan is None else plan.copy()
    whole[rows] = -1
    whole[rows, : chosen.shape[1]] = chosen
    return whole


def pose(state: State, items: Ints, reason: Ints, plan: Ints | None, opened: Ints) -> State:
    """Ask these questions (N,), −1 where the test has stopped for this reason."""
    running = (items >= 0).nonzero()[0]
    asked, administered = state.items.copy(), state.administered.copy()
    asked[running, state.length[running]] = items[running]
    in_pool = running[items[running] < administered.shape[1]]
    administered[in_pool, items[in_pool]] = True
    return replace(
        state,
        items=asked,
        administered=administered,
        current=items,
        reason=reason,
        plan=plan,
        opened=opened,
    )
