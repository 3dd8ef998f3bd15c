"""Whole adaptive tests for many simulated candidates, and the same bank through the peers."""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from calibration.simulated_cases import draw_bank
from dashboard.benchmarks.line import Line, PeerTime
from dashboard.benchmarks.peers import found, quiet
from dashboard.benchmarks.timing import best_of, in_own_process
from engine import CatRules, ItemPool, Study, simulate
from engine._types import Floats

LENGTH = 30
UNIT = "ms a candidate"
AREAS = ("A", "B", "C", "D", "E")
RULES = """
[exposure]
method = "eligibility"
max_rate = 0.25
[constraints]
method = "penalty"
file = "constraints.csv"
[stop]
any_of = [{ rule = "precision", se = 0.35 }, { rule = "length", length = 30 }]
"""


def bank(n_items: int = 500) -> ItemPool:
    """Return a simulated 3PL bank with five content areas in turn."""
    table = pd.DataFrame(draw_bank(n_items), columns=["a", "b", "c"])
    names, areas = [f"I{j + 1}" for j in range(n_items)], np.resize(AREAS, n_items)
    return ItemPool.from_parameters(table.assign(item=names, model="3pl", content=areas))


def fixed_length(criterion: str = "mfi", length: int = LENGTH) -> CatRules:
    """Return rules with EAP and a fixed length."""
    return CatRules.parse(
        f'[select]\ncriterion = "{criterion}"\n[stop]\nrule = "length"\nlength = {length}\n'
    )


def abilities(n: int) -> Floats:
    """Return true abilities (n,) drawn from N(0, 1)."""
    return np.random.default_rng(7).standard_normal(n)


def plain(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield maximum information with EAP, 30 items."""
    pool, rules, n = bank(), fixed_length(), 20_000
    run = best_of(lambda: _study(pool, rules, n))
    recorded = {"jsCAT": 220.0, "mirtCAT": 101.0, "catR": 133.0, "adaptivetesting": 895.0}
    yield Line(
        name,
        f"MFI, EAP, 500 items, {LENGTH} asked, {n:,} candidates",
        1e3 * run.seconds / n,
        UNIT,
        cpu=run.cpu,
        peers=tuple(_peers(draw_bank(500))),
        recorded=recorded,
    )


def ruled(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield the same with exposure control, content balancing and a stop by precision."""
    with tempfile.TemporaryDirectory() as folder:
        limits = [f'C{k},Number,Item,content == "{area}",4,8,' for k, area in enumerate(AREAS, start=1)]
        head = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF"
        (Path(folder) / "constraints.csv").write_text("\n".join([head, *limits]) + "\n")
        pool, rules = bank(), CatRules.parse(RULES, folder=Path(folder))
        for n in (20_000, 100_000):
            run = best_of(partial(_study, pool, rules, n))
            asked = f"{run.value.summary['mean_length']:.1f} asked"
            yield Line(
                name,
                f"with exposure ≤ 0.25, five content areas, stop at SE 0.35 ({asked}), {n:,} candidates",
                1e3 * run.seconds / n,
                UNIT,
                cpu=run.cpu,
            )


def crowd(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield 100,000 candidates in a process of their own: time and memory."""
    n = 100_000
    (seconds, cpu), memory = in_own_process(_crowd, n)
    yield Line(name, f"MFI, EAP, {n:,} candidates", seconds, cpu=cpu, memory=memory)


def _crowd(n: int) -> tuple[float, float]:
    pool, rules = bank(), fixed_length()
    run = best_of(lambda: _study(pool, rules, n), most=1)
    return run.seconds, run.cpu


def expected_variance(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield minimum expected posterior variance."""
    pool, rules, n = bank(), fixed_length("mepv"), 500
    run = best_of(lambda: _study(pool, rules, n))
    yield Line(
        name,
        f"MEPV, EAP, 500 items, {LENGTH} asked, {n} candidates",
        1e3 * run.seconds / n,
        UNIT,
        cpu=run.cpu,
        recorded={"mirtCAT": 13_000.0},
    )


def _study(pool: ItemPool, rules: CatRules, n: int) -> Study:
    return simulate(pool, rules, abilities(n), rng=np.random.default_rng(8))


def _peers(items: Floats) -> Iterator[PeerTime]:
    """Yield the peers' time for a candidate (ms), best of a few, for a bank (J, 3) of a, b, c."""
    runs: dict[str, tuple[Callable[[Floats, Floats], Any], int]] = {
        "PyPI mirt": (_pypi_mirt, 2_000),
        "catsim": (_catsim, 20),
    }
    for name, (work, n) in runs.items():
        if found(name):
            with quiet():
                run = best_of(partial(work, items, abilities(n)))
            yield PeerTime(name, 1e3 * run.seconds / n)


def _pypi_mirt(items: Floats, theta: Floats) -> Any:
    """Simulate a batch: maximum information, EAP on 61 nodes, fixed length."""
    from mirt.cat import CATEngine
    from mirt.cat.stopping import MaxItemsStop
    from mirt.models import ThreeParameterLogistic

    model = ThreeParameterLogistic(len(items))
    model.set_parameters(discrimination=items[:, 0], difficulty=items[:, 1], guessing=items[:, 2])
    model._is_fitted = True
    engine = CATEngine(
        model,
        stopping_rule=MaxItemsStop(LENGTH),
        max_items=LENGTH,
        n_quadpts=61,
        theta_bounds=(-6, 6),
        seed=1,
    )
    return engine.run_batch_simulation(theta)


def _catsim(items: Floats, theta: Floats) -> Any:
    """Simulate candidates one by one: maximum information and maximum likelihood (catsim has no EAP)."""
    from catsim.estimation import NumericalSearchEstimator
    from catsim.initialization import FixedPointInitializer
    from catsim.selection import MaxInfoSelector
    from catsim.simulation import Simulator
    from catsim.stopping import TestLengthStopper

    four = np.column_stack([items, np.ones(len(items))])
    simulator = Simulator(
        four,
        theta,
        FixedPointInitializer(0.0),
        MaxInfoSelector(),
        NumericalSearchEstimator(),
        TestLengthStopper(max_items=LENGTH),
        seed=1,
    )
    simulator.simulate()
    return simulator
