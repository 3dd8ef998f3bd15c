"""Bias and coverage of marginal estimates on simulated answers; the table is in docs/studies/recovery.md."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from calibration import MarginalML, ResponseMatrix
from calibration.derived import intervals

PAGE = Path(__file__).parents[2] / "docs" / "studies" / "recovery.md"
N_ITEMS = 20
CASES = (("2pl", 1000, 500), ("2pl", 2000, 500), ("3pl", 3000, 150))
"""Model, persons, replications."""
Row = tuple[str, int, str, float, float, float, float]
ROW = re.compile(r"^\| (2PL|3PL) \| (\d+) \| ([abc]) \| ([+−\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|")


def truth(model: str) -> dict[str, np.ndarray]:
    """Return the items: slopes 0.6 to 2.0 and difficulties −2 to 2 crossed by a fixed shuffle."""
    place = np.random.default_rng(3).permutation(N_ITEMS)
    items = {"a": np.linspace(0.6, 2.0, N_ITEMS)[place], "b": np.linspace(-2.0, 2.0, N_ITEMS)}
    return items | {"c": np.tile([0.15, 0.2, 0.25, 0.3], N_ITEMS // 4)} if model == "3pl" else items


def replicate(model: str, n: int, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return by parameter the error, the SE and whether the 95 % interval covers the truth, each (J,)."""
    items, rng = truth(model), np.random.default_rng([20270101, n, seed])
    theta = rng.normal(size=(n, 1))
    c = items.get("c", 0.0)
    p = c + (1 - c) * expit(items["a"] * (theta - items["b"]))
    answers = ResponseMatrix.from_dense((rng.random(p.shape) < p).astype(int))
    result = MarginalML(model=model, threads=1).fit(answers)
    assert result.converged
    table, around = result.parameters, intervals(result.parameter_set())
    return {
        name: (
            (table[name] - true).to_numpy(),
            table[f"se_{name}"].to_numpy(),
            ((around[f"{name}_low"] <= true) & (true <= around[f"{name}_high"])).to_numpy(),
        )
        for name, true in items.items()
    }


def study(progress: Callable[[str], None] = lambda text: None) -> list[Row]:
    """Return model, persons, parameter, mean bias in SE, coverage pooled, least and most (%)."""
    rows: list[Row] = []
    for model, n, replications in CASES:
        drawn = [replicate(model, n, seed) for seed in range(replications)]
        for name in truth(model):
            error, se, covered = np.mean([one[name] for one in drawn], axis=0)
            bias, each = float((error / se).mean()), 100 * covered
            rows.append(
                (model.upper(), n, name, bias, float(each.mean()), float(each.min()), float(each.max()))
            )
            progress(in_words(rows[-1]))
    return rows


def in_words(row: Row) -> str:
    """Return a row of the table."""
    model, n, name, bias, pooled, least, most = row
    signed = f"{bias:+.3f}".replace("-", "−")
    return f"| {model} | {n} | {name} | {signed} | {pooled:.1f} | {least:.1f} | {most:.1f} |"


def committed() -> list[Row]:
    """Return the rows of the table in the docs."""
    found = [ROW.match(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    return [
        (m[1], int(m[2]), m[3], float(m[4].replace("−", "-")), float(m[5]), float(m[6]), float(m[7]))
        for m in found
        if m is not None
    ]


def check(row: Row) -> None:
    """Hold a row of the 2PL to the promise: 94–96 % pooled, items within four Monte Carlo errors of 95 %."""
    model, n, name, bias, pooled, least, most = row
    if model != "2PL":
        return
    replications = next(r for m, persons, r in CASES if (m, persons) == ("2pl", n))
    noise = 100 * np.sqrt(0.95 * 0.05 / replications)
    assert 94 <= pooled <= 96
    assert 95 - 4 * noise <= least <= most <= 95 + 4 * noise
    assert abs(bias) <= 0.1, (n, name)


def test_the_docs_hold_every_case_and_the_promise() -> None:
    rows = committed()
    assert [row[:3] for row in rows] == [
        (model.upper(), n, name) for model, n, _ in CASES for name in truth(model)
    ]
    for row in rows:
        check(row)


@pytest.mark.slow
def test_the_study_gives_the_committed_table() -> None:
    for told, found in zip(committed(), study(), strict=True):
        assert found[3:] == pytest.approx(told[3:], abs=0.06)
        check(found)


if __name__ == "__main__":
    study(print)
