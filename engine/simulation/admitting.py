"""What honesty costs: the gap between people who guess and equally able people who say "I don't know yet"."""

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.simulation.responders import Admitting
from engine.simulation.run import simulate
from engine.simulation.study import Gap

PEOPLE = 500
"""How many take the test twice."""


def guess_admit_gap(
    pool: ItemPool, rules: CatRules, theta: Floats, *, seed: int, workers: int | None = None
) -> Gap:
    """Give the test twice to the same people with the same luck: who do not know guess, then admit.

    Not knowing is what the lower asymptote c is about: a guess succeeds with chance c, an admission never.
    Where no item has an asymptote the model knows of no guessing, and the gap is NaN.

    Parameters
    ----------
    theta : (N,)
        True abilities; at most the first 500 take part.
    """
    table = pool.parameters.table
    if "c" not in table or not (table["c"] > 0).any():
        return Gap(float("nan"), float("nan"))
    theta = theta[:PEOPLE]
    guessed, admitted = (
        simulate(
            pool,
            rules,
            theta,
            rng=np.random.default_rng(seed),
            responder=Admitting(pool, theta, np.full(theta.size, readiness)),
            workers=workers,
        ).tests.theta
        for readiness in (0.0, 1.0)
    )
    gaps = (guessed - admitted)[np.isfinite(guessed - admitted)]
    if gaps.size < 2:
        return Gap(float("nan"), float("nan"))
    return Gap(float(gaps.mean()), float(gaps.std(ddof=1) / np.sqrt(gaps.size)))
