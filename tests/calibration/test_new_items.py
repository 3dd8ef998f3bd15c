"""New items on the old scale: fixed item parameter calibration, Kim (2006), JEM 43, 355–381.

Pilot items inside adaptive tests of a population that is not N(0, 1); table in docs/studies/new_items.md.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp

from calibration import MarginalML, ResponseMatrix
from engine import CatRules, ItemPool, simulate
from items.parameters import ParameterSet

PAGE = Path(__file__).parents[2] / "docs" / "studies" / "new_items.md"
POPULATION = (0.5, 1.2)
N_PILOT = 20
POOL_SIZE = 200
RULES = '[select]\nchooser = "randomesque"\nk = 5\n[stop]\nrule = "length"\nlength = {length}\n'


@dataclass(frozen=True)
class Pilot:
    """A log of adaptive tests with pilot items, the old parameters, and the pilot items' truth (J, 2)."""

    responses: ResponseMatrix
    anchors: ParameterSet
    truth: np.ndarray


def parameter_set(a: np.ndarray, b: np.ndarray) -> ParameterSet:
    names = [f"old{j}" for j in range(a.size)]
    return ParameterSet.from_table(pd.DataFrame({"item": names, "model": "2pl", "a": a, "b": b}))


def pilot(seed: int, *, length: int, each: int = 500) -> Pilot:
    """Each person takes `length` adaptive questions and 4 pilot items, which get `each` answers each."""
    rng = np.random.default_rng([20261201, seed])
    a, b = rng.lognormal(0.1, 0.3, POOL_SIZE), rng.normal(0.2, 1.3, POOL_SIZE)
    old = parameter_set(a, b)
    n = each * N_PILOT // 4
    theta = rng.normal(*POPULATION, n)
    rules = CatRules.parse(RULES.format(length=length))
    tests = simulate(ItemPool.from_parameters(old), rules, theta, rng=rng, workers=1).tests
    truth = np.column_stack([rng.lognormal(0.1, 0.3, N_PILOT), rng.normal(0.2, 1.0, N_PILOT)])
    given = (np.arange(4) * 5 + np.arange(n)[:, None]) % N_PILOT
    z = truth[given, 0] * (theta[:, None] - truth[given, 1])
    answers = (rng.random(given.shape) < expit(z)).astype(int)
    person = np.arange(n)
    operational = pd.DataFrame(
        {
            "person": np.repeat(person, tests.items.shape[1]),
            "item": [f"old{j}" for j in tests.items.ravel()],
            "response": tests.categories.ravel(),
        }
    )
    new = pd.DataFrame(
        {
            "person": np.repeat(person, 4),
            "item": [f"new{j}" for j in given.ravel()],
            "response": answers.ravel(),
        }
    )
    log = pd.concat([operational, new], ignore_index=True)
    return Pilot(ResponseMatrix.from_pandas(log), old, truth)


def errors_of(drawn: Pilot, *, free: bool) -> np.ndarray:
    """Return estimate − truth and SE of the pilot items' b and a, (J, 4)."""
    result = MarginalML(model="2pl", anchors=drawn.anchors, free_population=free).fit(drawn.responses)
    table = result.parameters.set_index("item").loc[[f"new{j}" for j in range(N_PILOT)]]
    a, b = drawn.truth.T
    return np.column_stack([table["b"] - b, table["se_b"], table["a"] - a, table["se_a"]])


def figures(rows: np.ndarray) -> tuple[float, float, float, float]:
    """Return mean bias of b, coverage of its 95 % intervals (%), and both for a."""
    covered = [100 * np.mean(np.abs(rows[:, k]) <= 1.96 * rows[:, k + 1]) for k in (0, 2)]
    return float(rows[:, 0].mean()), covered[0], float(rows[:, 2].mean()), covered[1]


def log_likelihood(free: np.ndarray, answers: np.ndarray, held: np.ndarray) -> float:
    """Return minus the marginal log-likelihood: held items first, then new ones (a, d); mean, log sd."""
    theta = np.linspace(-6, 6, 61)
    new = free[:-2].reshape(-1, 2)
    z = np.concatenate([held[:, :1] * (theta - held[:, 1:]), new[:, :1] * theta + new[:, 1:]])
    density = -0.5 * ((theta - free[-2]) / np.exp(free[-1])) ** 2
    joint = answers @ log_expit(z) + (1 - answers) @ log_expit(-z) + density - logsumexp(density)
    return -float(logsumexp(joint, axis=1).sum())


def test_estimates_are_those_of_a_direct_maximisation(simulate) -> None:
    """scipy's BFGS on the likelihood written out here: what mirt's `fixedCalib` maximises."""
    rng = np.random.default_rng(4)
    a, b = rng.lognormal(0.1, 0.3, 12), rng.normal(size=12)
    natural = np.column_stack([a, b, np.zeros(12), np.ones(12)])
    answers = simulate("2pl", natural, rng.normal(*POPULATION, 1200), seed=5)
    direct = minimize(log_likelihood, np.tile([1.0, 0.0], 5), args=(answers, np.column_stack([a, b])[:8]))
    names = [f"old{j}" for j in range(8)] + [f"new{j}" for j in range(4)]
    responses = ResponseMatrix.from_dense(answers, items=names)
    result = MarginalML(model="2pl", anchors=parameter_set(a[:8], b[:8])).fit(responses)
    np.testing.assert_allclose(result.parameters[["a", "b"]][:8], np.column_stack([a, b])[:8], atol=1e-12)
    assert result.parameters["se_b"][:8].isna().all()
    slopes, intercepts = direct.x[:-2].reshape(-1, 2).T
    np.testing.assert_allclose(result.parameters["a"][8:], slopes, atol=1e-3)
    np.testing.assert_allclose(result.parameters["b"][8:], -intercepts / slopes, atol=1e-3)
    assert result.population["all"] == pytest.approx((direct.x[-2], np.exp(direct.x[-1])), abs=1e-3)
    assert result.log_likelihood == pytest.approx(-direct.fun, abs=1e-4)


def test_pilot_items_stand_on_the_old_scale_and_a_fixed_population_would_fail() -> None:
    drawn = pilot(0, length=6, each=2000)
    right, wrong = (figures(errors_of(drawn, free=free)) for free in (True, False))
    assert abs(right[0]) < 0.06
    assert right[1] >= 80
    assert wrong[0] < -0.06
    assert wrong[1] < 70


ROW = re.compile(
    r"^\| (re-estimated|wrongly N\(0, 1\)) \| (\d+) \| ([−\d.]+) \| ([\d.]+) \| ([\d.]+) \| ([−\d.]+) \|"
)
LENGTHS = (10, 20)
NAMES = {True: "re-estimated", False: "wrongly N(0, 1)"}
Row = tuple[str, int, float, float, float, float]


def study(replications: int = 50) -> list[Row]:
    """Return population, length, mean bias of b, its standard error, coverage of b (%), mean bias of a."""
    rows = []
    for length in LENGTHS:
        logs = [pilot(seed, length=length) for seed in range(1, replications + 1)]
        for free in (True, False):
            errors = np.concatenate([errors_of(log, free=free) for log in logs])
            bias, coverage, bias_a, _ = figures(errors)
            noise = float(errors[:, 0].std() / np.sqrt(len(errors)))
            rows.append((NAMES[free], length, bias, noise, coverage, bias_a))
    return rows


def committed() -> list[Row]:
    """Return the rows of the table in the docs."""
    found = [ROW.match(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
    return [
        (m[1], int(m[2]), *(float(m[k].replace("−", "-")) for k in range(3, 7)))
        for m in found
        if m is not None
    ]


def keeps_the_promise(row: Row) -> bool:
    """Whether the mean bias of b is at most 0.03 and its intervals cover 93 to 97 % of the truths."""
    return abs(row[2]) <= 0.03 and 93 <= row[4] <= 97


def test_the_docs_hold_the_promise_which_the_wrong_population_breaks() -> None:
    rows = committed()
    assert [row[:2] for row in rows] == [(NAMES[free], n) for n in LENGTHS for free in (True, False)]
    assert [keeps_the_promise(row) for row in rows] == [True, False] * len(LENGTHS)


@pytest.mark.slow
def test_the_study_gives_the_committed_table() -> None:
    for told, found in zip(committed(), study(), strict=True):
        assert found[2:] == pytest.approx(told[2:], abs=0.06)
        assert keeps_the_promise(found) == keeps_the_promise(told)


if __name__ == "__main__":
    for name, length, bias, noise, coverage, bias_a in study():
        row = f"| {name} | {length} | {bias:.3f} | {noise:.3f} | {coverage:.1f} | {bias_a:.3f} |"
        print(row.replace("-0.", "−0."))
