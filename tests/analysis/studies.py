"""What studies share: replications with seeds of their own, simulated tests, tables in the docs."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from engine.pool import ItemPool

STUDIES = Path(__file__).parents[2] / "docs" / "studies"
SEED = 2026


def replicated(one: Callable[[int], np.ndarray], count: int) -> np.ndarray:
    """Return what `one` gives for seeds 0 … count − 1, (count, …); the number of cores changes nothing."""
    with threadpool_limits(limits=1, user_api="blas"), ProcessPoolExecutor() as cores:
        return np.array(list(cores.map(one, range(count), chunksize=4)))


def rng_of(seed: int, *case: int) -> np.random.Generator:
    """Return the generator of one replication of one case."""
    return np.random.default_rng([SEED, *case, seed])


def two_pl_items(j: int, rng: np.random.Generator, *, sd: float = 0.3) -> pd.DataFrame:
    """Return J items with ln a ~ N(0, sd²) and b ~ N(0, 1)."""
    return pd.DataFrame(
        {
            "item": [f"Q{k + 1}" for k in range(j)],
            "model": "2pl",
            "a": rng.lognormal(0, sd, j),
            "b": rng.normal(size=j),
        }
    )


def right(items: pd.DataFrame, theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return who gets what right (N, J)."""
    p = np.exp(ItemPool.from_parameters(items).log_prob(theta))[:, 1].T
    return rng.random(p.shape) < p


def rate(hits: np.ndarray, tests: np.ndarray) -> tuple[float, float]:
    """Return the rate in percent and its standard error, replications (B,) being what is independent."""
    share = hits.sum() / tests.sum()
    spread = np.sqrt(((hits - share * tests) ** 2).sum()) / tests.sum()
    return 100 * float(share), 100 * float(spread)


def committed(page: str, columns: int) -> list[list[str]]:
    """Return the cells of the rows of all tables with that many columns on a page of docs/studies."""
    lines = (STUDIES / page).read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [row for row in rows if len(row) == columns and re.fullmatch(r"[\d.,−]+", row[-1])]


def markdown(rows: Sequence[Sequence[object]]) -> str:
    """Return rows of a table, numbers with one decimal (standard errors with two)."""
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)
