"""Simulated logs with known truth."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from calibration.abilities import Abilities
from calibration.responses import ResponseMatrix
from engine.pool import ItemPool

Simulate = Callable[..., Abilities]


@pytest.fixture(scope="session")
def two_pl() -> Simulate:
    """Return a function: answers of N people to J 2PL items, as abilities under the true parameters."""

    def simulate(n: int, j: int, seed: int, *, share: float = 1.0) -> Abilities:
        rng = np.random.default_rng(seed)
        table = pd.DataFrame(
            {
                "item": [f"I{k + 1}" for k in range(j)],
                "model": "2pl",
                "a": rng.lognormal(0, 0.3, j),
                "b": rng.normal(size=j),
            }
        )
        theta = rng.normal(size=n)
        chance = 1 / (1 + np.exp(-table["a"].to_numpy() * (theta[:, None] - table["b"].to_numpy())))
        answers = (rng.random((n, j)) < chance).astype(float)
        answers[rng.random((n, j)) > share] = np.nan
        return Abilities.of(
            ResponseMatrix.from_dense(answers, items=list(table["item"])), ItemPool.from_parameters(table)
        )

    return simulate


@pytest.fixture(scope="session")
def graded() -> Simulate:
    """Return a function: answers of N people to J graded items with K categories."""

    def simulate(n: int, j: int, seed: int, *, k: int = 4) -> Abilities:
        rng = np.random.default_rng(seed)
        steps = np.sort(rng.normal(size=(j, k - 1)) * 0.7, axis=1) + np.linspace(-0.8, 0.8, k - 1)
        table = pd.DataFrame({f"b{h + 1}": steps[:, h] for h in range(k - 1)}).assign(
            item=[f"G{h + 1}" for h in range(j)], model="grm", a=rng.lognormal(0, 0.2, j)
        )
        pool = ItemPool.from_parameters(table)
        theta = rng.normal(size=n)
        rows = np.tile(np.arange(j), n)
        upto = np.cumsum(np.exp(pool.log_prob_at(rows, np.repeat(theta, j))), axis=1)
        answers = (rng.random(n * j)[:, None] > upto[:, :-1]).sum(axis=1).reshape(n, j)
        return Abilities.of(ResponseMatrix.from_dense(answers, items=list(table["item"])), pool)

    return simulate
