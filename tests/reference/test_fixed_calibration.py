"""New items on the old scale as mirt's `fixedCalib` places them: its printed output, and its definition.

By default `fixedCalib` holds the old items and re-estimates, in every EM cycle, one population on a grid: its
weights are the expected shares of persons at the nodes (PAU "MWU", NEMC "MEM"; Kim 2006, Journal of
Educational Measurement 43, 355–381, eqs. 14–15). It takes the old answers along: old and new persons are one
population.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logsumexp, ndtri

from calibration import CalibrationResult, MarginalML, ResponseMatrix
from items.parameters import ParameterSet

GRID = np.linspace(-6, 6, 61)


class RRandom:
    """R's generator after set.seed: Mersenne Twister, normal draws by inversion (R's RNG.c, snorm.c)."""

    def __init__(self, seed: int) -> None:
        drawn = []
        for _ in range(50 + 625):
            seed = (69069 * seed + 1) % 2**32
            drawn.append(seed)
        self._bits = np.random.MT19937()
        key = np.array(drawn[51:], np.uint32)
        self._bits.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": 624}}

    def runif(self, n: int) -> np.ndarray:
        return self._bits.random_raw(n) * 2.3283064365386963e-10

    def rnorm(self, n: int) -> np.ndarray:
        high, low = self.runif(2 * n).reshape(n, 2).T
        return ndtri((np.floor(2**27 * high) + low) / 2**27)


def test_the_generator_is_that_of_r() -> None:
    """R's documented first draws: set.seed(42); runif(2), and set.seed(123); rnorm(3)."""
    np.testing.assert_allclose(RRandom(42).runif(2), [0.914806, 0.9370754], atol=5e-8)
    np.testing.assert_allclose(RRandom(123).rnorm(3), [-0.56047565, -0.23017749, 1.55870831], atol=5e-9)


# mirt 1.46.1: mirt(reference[, 1:6], 1, itemtype = "graded", quadpts = 61, TOL = 1e-5), then
# fixedCalib(focal, 1, that, itemtype = "graded", quadpts = 61), as recorded with seed and generator in
# github.com/ContextualWisdomLab/fast-mlsirm, tests/fixtures/poly_fipc_grm, commit a732f31.
TRUE_A = (1.4, 1.1, 0.9, 1.2, 1.0, 0.8, 1.3, 1.15, 0.95, 1.25)
TRUE_D1 = (1.2, 1.0, 1.3, 0.9, 1.1, 1.4, 1.0, 1.2, 0.8, 1.1)
TRUE_D2 = (-0.2, 0.1, -0.4, 0.0, -0.3, -0.1, -0.2, 0.2, -0.5, 0.0)
ANCHORS = np.array(
    [
        [1.3424949, 1.1174907, -0.2058422],
        [1.1033686, 1.085189, 0.160576],
        [0.8089575, 1.2258627, -0.3970749],
        [1.1286036, 0.881340840, -0.005111068],
        [1.1099215, 1.1969264, -0.3606564],
        [0.8785058, 1.3589829, -0.1948113],
    ]
)
NEW = np.array(
    [
        [1.385082, 1.013069, -0.109988],
        [1.282886, 1.2698858, 0.3487788],
        [1.045915, 0.9003589, -0.4214349],
        [1.336528, 1.19926438, 0.05005821],
    ]
)


def graded_answers(random: RRandom, theta: np.ndarray) -> np.ndarray:
    columns = []
    for a, d1, d2 in zip(TRUE_A, TRUE_D1, TRUE_D2, strict=True):
        u = random.runif(theta.size)
        columns.append((u < expit(a * theta + d1)).astype(int) + (u < expit(a * theta + d2)))
    return np.stack(columns, axis=1)


@pytest.fixture(scope="module")
def recorded() -> tuple[np.ndarray, np.ndarray]:
    """Answers of 2,000 persons each from N(0, 1) and N(0.5, 1.2²) to 10 graded items."""
    random = RRandom(20260917)
    reference = graded_answers(random, random.rnorm(2000))
    return reference, graded_answers(random, 0.5 + 1.2 * random.rnorm(2000))


def slopes_and_thresholds(rows: np.ndarray) -> np.ndarray:
    """Return (a, b1, b2) from mirt's slopes and intercepts (a, d1, d2)."""
    return np.column_stack([rows[:, 0], -rows[:, 1:] / rows[:, :1]])


def test_the_old_calibration_is_that_of_mirt(recorded: tuple[np.ndarray, np.ndarray]) -> None:
    result = MarginalML(model="grm").fit(ResponseMatrix.from_dense(recorded[0][:, :6]))
    expected = slopes_and_thresholds(ANCHORS)
    np.testing.assert_allclose(result.parameters[["a", "b1", "b2"]], expected, atol=1e-3)


@pytest.mark.parametrize("distribution", ["histogram", "normal"])
def test_new_items_stand_where_mirt_puts_them(
    recorded: tuple[np.ndarray, np.ndarray], distribution: str
) -> None:
    """Old persons have no answers to the new items; the normal form misses two populations in one."""
    reference, focal = recorded
    log = np.concatenate([np.where(np.arange(10) < 6, reference, -1), focal])
    table = pd.DataFrame(slopes_and_thresholds(ANCHORS), columns=["a", "b1", "b2"])
    table.insert(0, "item", [f"I{j + 1}" for j in range(6)])
    anchors = ParameterSet.from_table(table.assign(model="grm"))
    settings = MarginalML(model="grm", anchors=anchors, distribution=distribution)
    found = settings.fit(ResponseMatrix.from_dense(log, missing=-1)).parameters[["a", "b1", "b2"]][6:]
    expected = slopes_and_thresholds(NEW)
    np.testing.assert_allclose(found, expected, atol=0.005 if distribution == "histogram" else 0.012)


Update = Callable[[np.ndarray, np.ndarray], np.ndarray]


def as_expected(shares: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """The empirical histogram: the new weights are the expected shares themselves."""
    return np.maximum(shares, 1e-300)


def as_normal(shares: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """A normal population with the moments of the expected shares."""
    mean = shares @ theta
    density = np.exp(-0.5 * (theta - mean) ** 2 / (shares @ theta**2 - mean**2))
    return density / density.sum()


def fixed_calibration(answers: np.ndarray, held: np.ndarray, theta: np.ndarray, update: Update) -> np.ndarray:
    """Return (a, b) of the items after the held ones: plain EM, as mirt until no parameter moves by 1e-4."""
    a = np.append(held[:, 0], np.ones(answers.shape[1] - len(held)))
    d = np.append(-held[:, 0] * held[:, 1], np.zeros(answers.shape[1] - len(held)))
    weights, moved = as_normal(np.exp(-0.5 * theta**2) / np.exp(-0.5 * theta**2).sum(), theta), np.inf
    while moved > 1e-4:
        z = np.outer(a, theta) + d[:, None]
        joint = -answers @ np.logaddexp(0, -z) - (1 - answers) @ np.logaddexp(0, z) + np.log(weights)
        posterior = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        persons, right, before = posterior.sum(axis=0), answers.T @ posterior, np.append(a, d)
        for j in range(len(held), a.size):
            for _ in range(20):
                p = expit(a[j] * theta + d[j])
                rest, v = right[j] - persons * p, persons * p * (1 - p)
                information = [[v @ theta**2, v @ theta], [v @ theta, v.sum()]]
                step = np.linalg.solve(information, [rest @ theta, rest.sum()])
                a[j], d[j] = a[j] + step[0], d[j] + step[1]
        weights = update(persons / len(answers), theta)
        moved = np.abs(np.append(a, d) - before).max()
    return np.column_stack([a, -d / a])[len(held) :]


def pilot(n: int, mean: float, sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Return complete answers of N(mean, sd²) to 30 items, and the (a, b) of the first 20."""
    rng = np.random.default_rng(7)
    true = np.column_stack([rng.lognormal(0.1, 0.3, 30), rng.normal(size=30)])
    theta = rng.normal(mean, sd, n)
    given = rng.random((n, 30)) < expit(true[:, 0] * (theta[:, None] - true[:, 1]))
    return given.astype(float), true[:20]


def ours(answers: np.ndarray, held: np.ndarray, distribution: str) -> CalibrationResult:
    table = pd.DataFrame(held, columns=["a", "b"])
    table.insert(0, "item", [f"I{j + 1}" for j in range(len(held))])
    anchors = ParameterSet.from_table(table.assign(model="2pl"))
    settings = MarginalML(anchors=anchors, distribution=distribution, standard_errors="none")
    return settings.fit(ResponseMatrix.from_dense(answers))


@pytest.mark.parametrize(
    ("distribution", "update", "within"), [("normal", as_normal, 0.001), ("histogram", as_expected, 0.01)]
)
def test_complete_answers_give_what_the_definition_gives(
    distribution: str, update: Update, within: float
) -> None:
    answers, held = pilot(1000, 0.5, 1.2)
    found = ours(answers, held, distribution).parameters[["a", "b"]][20:]
    np.testing.assert_allclose(found, fixed_calibration(answers, held, GRID, update), atol=within)


def test_an_estimated_form_follows_a_population_far_away() -> None:
    """The anchors set the scale, so place and spread are free, and the grid follows."""
    answers, held = pilot(3000, 3.0, 1.2)
    found = ours(answers, held, "histogram")
    mean, sd = found.population["all"]
    assert (mean, sd) == (pytest.approx(3.0, abs=0.1), pytest.approx(1.2, abs=0.1))
    assert found.quadrature["upper"] >= mean + 4.4 * sd
    assert "the grid was widened" in " ".join(found.messages)
    normal = fixed_calibration(answers, held, np.linspace(-10, 10, 101), as_normal)
    np.testing.assert_allclose(found.parameters[["a", "b"]][20:], normal, atol=0.03)
