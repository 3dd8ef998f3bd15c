"""One step at a time: a live answer, a choice by an expensive criterion, a shadow test."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from calibration.simulated_cases import draw_bank
from dashboard.benchmarks.calibrations import BESIDE
from dashboard.benchmarks.line import Line, PeerTime
from dashboard.benchmarks.peers import found, quiet
from dashboard.benchmarks.simulations import bank, fixed_length
from dashboard.benchmarks.timing import best_of
from engine import CatRules, ItemPool, ask, start, tell
from engine._types import Floats, Ints
from engine.selection.constraints.shadow import ShadowTest
from engine.state import State, view_of
from items.exchange import testdesign


def live(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield a live step (update, choose, decide) on a small and a very large bank."""
    for n_items in (1_000, 100_000):
        times = step_times(bank(n_items), fixed_length(), people=20)
        yield Line(
            name,
            f"one candidate's step, {n_items:,} items, MFI, EAP: median",
            1e3 * float(np.median(times)),
            "ms",
            peers=tuple(_catsim_selection(n_items)),
        )


def criteria(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield a step by the criteria that look ahead."""
    for criterion, recorded in (("mpwi", 2_300.0), ("mepv", 3_200.0)):
        times = step_times(bank(), fixed_length(criterion), people=5)
        yield Line(
            name,
            f"one candidate's step, 500 items, {criterion.upper()}: median",
            1e3 * float(np.median(times)),
            "ms",
            recorded={"catR": recorded},
        )


def shadow(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield a step with a shadow test, against a cold solver on the same programmes."""
    data = Path(os.environ.get("ITEMWISE_SHARED", BESIDE)) / "data"
    what = "one candidate's step with a shadow test, science bank, 1,000 items"
    if not (data / "bank_science_items.csv").exists():
        yield Line(name, what, None, note="skipped: the bank is not here; name its folder ITEMWISE_SHARED")
        return
    pool = ItemPool.from_parameters(testdesign.read(data / "bank_science_items.csv").parameters)
    file = data / "bank_science_constraints.csv"
    rules = CatRules.parse(
        f'[stop]\nrule = "length"\nlength = 30\n[constraints]\nmethod = "shadow"\nfile = "{file}"\n'
    )
    states: list[State] = []
    ours, cold = step_times(pool, rules, people=10, passed=states), np.array([cold_solve(s) for s in states])
    for word, share in (("median", 50), ("95th percentile", 95)):
        peer = PeerTime("scipy.optimize.milp, cold", 1e3 * float(np.percentile(cold, share)))
        yield Line(name, f"{what}: {word}", 1e3 * float(np.percentile(ours, share)), "ms", peers=(peer,))


def step_times(pool: ItemPool, rules: CatRules, *, people: int, passed: list[State] | None = None) -> Floats:
    """Return the seconds of each step of some candidates, one at a time, the first of all left out.

    Parameters
    ----------
    passed : list, optional
        Receives the states after which a question was chosen.
    """
    rng, times = np.random.default_rng(9), []
    truth = pool.log_prob(rng.standard_normal(people))
    for person in range(people):
        state = start(pool, rules, rng.random((1, 64)))
        while (item := int(ask(state)[0])) >= 0:
            right = rng.random() < np.exp(truth[item, 1, person])
            began = time.perf_counter()
            state = tell(state, np.array([int(right)]))
            times.append(time.perf_counter() - began)
            if passed is not None and state.current[0] >= 0:
                passed.append(state)
    return np.array(times[1:])


def cold_solve(state: State) -> float:
    """Return the seconds of `scipy.optimize.milp` on the programme behind a state's planned test."""
    conditions = cast(ShadowTest, state.design.constraints[0]).conditions
    view, n = view_of(state), conditions.matrix.shape[1]
    asked = np.zeros(n)
    earlier = state.items[0][state.items[0] >= 0][:-1]
    asked[earlier] = 1.0
    scores = np.zeros(n)
    scores[: len(state.design.pool)] = state.design.criterion.score(view, state.design.pool)[0]
    rows = LinearConstraint(conditions.matrix, conditions.lower, conditions.upper)
    began = time.perf_counter()
    found = milp(-scores, integrality=[1] * n, bounds=Bounds(asked, 1), constraints=rows)
    seconds = time.perf_counter() - began
    ours, theirs = float(scores[cast(Ints, state.plan)[0]].sum()), -float(cast(float, found.fun))
    if abs(ours - theirs) > 1e-4 * ours:
        raise AssertionError(f"the planned test is worth {ours:g}, the solver's {theirs:g}")
    return seconds


def _catsim_selection(n_items: int) -> Iterator[PeerTime]:
    """Yield catsim's choice alone (ms), without an estimate."""
    if not found("catsim"):
        return
    from catsim.item_bank import ItemBank
    from catsim.selection import MaxInfoSelector

    with quiet():
        items = ItemBank(np.column_stack([draw_bank(n_items), np.ones(n_items)]))
    selector = MaxInfoSelector()
    run = best_of(
        lambda: selector.select(item_bank=items, administered_items=[0, 1, 2], est_theta=0.3), most=20
    )
    yield PeerTime("catsim, its choice alone", 1e3 * run.seconds)
