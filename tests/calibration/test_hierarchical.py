"""Hierarchical priors: densities, hyperparameters, and the gain with few answers."""

import re

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from scipy.stats import t as student

from calibration import CalibrationResult, MarginalML, ResponseMatrix
from calibration.hierarchical import HierarchicalPrior, answers_alone
from calibration.parameter_map import parameter_map
from calibration.priors import default_prior
from calibration.two_piece import VAGUE, TwoPiece, fit
from engine.models import model as model_named

SPREAD = {
    ("a", 2): TwoPiece(0.1, 0.3, 0.4, 20.0),
    ("b", 2): TwoPiece(0.2, 0.5, 1.2, 5.0),
    ("a", 3): TwoPiece(0.1, 0.3, 0.3, 100.0),
    ("b1", 3): TwoPiece(-0.5, 0.8, 0.6, 8.0),
    ("b2", 3): TwoPiece(0.6, 0.7, 0.9, 3.0),
}


NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def two_piece_log_density(density: TwoPiece, x: float) -> float:
    """Fernández & Steel (1998), JASA 93, eq. 1, with scipy's t and a scale for each side."""
    scale = density.below if x < density.centre else density.above
    z = (x - density.centre) / scale
    return float(np.log(2 / (density.below + density.above)) + student.logpdf(z, density.freedom))


@pytest.mark.parametrize("density", list(SPREAD.values()))
def test_a_two_piece_density_is_scipys_t_on_either_side(density: TwoPiece) -> None:
    mass = sum(
        quad(lambda x: np.exp(density.log_density(np.array(x))), *ends)[0]
        for ends in ((-np.inf, density.centre), (density.centre, np.inf))
    )
    assert mass == pytest.approx(1.0, abs=1e-8)
    for x in (-2.0, 0.0, 0.3, 1.0, 4.0):
        at, h = np.array(x), 1e-5
        assert density.log_density(at) == pytest.approx(two_piece_log_density(density, x))
        up, down = density.log_density(at + h), density.log_density(at - h)
        assert density.slope(at) == pytest.approx((up - down) / (2 * h), abs=1e-6)
        bend = -(density.slope(at + h) - density.slope(at - h)) / (2 * h)
        assert density.curvature(at) == pytest.approx(bend, abs=1e-6)
        assert density.slope(at) == pytest.approx(-density.hold(at) * (x - density.centre))


def test_the_fit_maximises_the_marginal_likelihood_of_the_bank() -> None:
    """No neighbour has a higher Σ log ∫ N(mean; x, variance) g(x) dx; densities by scipy, finer grid."""
    rng = np.random.default_rng(0)
    variance = rng.uniform(0.05, 0.3, 60)
    known = np.stack([rng.exponential(1.0, 60) - 1 + np.sqrt(variance) * rng.normal(size=60), variance])

    x = np.linspace(-6.0, 9.0, 2_001)
    near = norm.pdf(known[0][:, None], x, np.sqrt(variance)[:, None])

    def marginal(density: TwoPiece) -> float:
        g = np.exp([two_piece_log_density(density, point) for point in x])
        each = np.trapezoid(near * g, x, axis=1)
        return float(np.log(each).sum() - 0.5 * np.log(density.above / density.below) ** 2)

    found = fit(known, VAGUE)
    best = marginal(found)
    assert found.above > 2 * found.below
    for factor in (0.9, 1.1):
        assert marginal(TwoPiece(found.centre, found.below * factor, found.above, found.freedom)) < best
        assert marginal(TwoPiece(found.centre, found.below, found.above * factor, found.freedom)) < best
    for shift in (-0.05, 0.05):
        assert marginal(TwoPiece(found.centre + shift, found.below, found.above, found.freedom)) < best


def test_what_the_answers_alone_say_is_recovered_from_a_normal_posterior() -> None:
    """Normal answers N(1.2, 0.3²) times a nearly normal prior: dividing it out gives them back."""
    prior = TwoPiece(0.0, 0.8, 0.8, 1e7)
    precision = 1 / 0.3**2 + 1 / 0.8**2
    mode = (1.2 / 0.3**2) / precision
    mean, variance = answers_alone(np.array([mode]), np.array([1 / precision]), prior)
    assert mean[0] == pytest.approx(1.2, abs=1e-5)
    assert variance[0] == pytest.approx(0.09, abs=1e-5)


@pytest.mark.parametrize(("model", "natural"), [("3pl", [1.3, 0.4, 0.2, 1.0]), ("gpcm", [0.8, -0.7, 0.9])])
def test_the_prior_is_the_sum_of_two_piece_densities(model: str, natural: list[float]) -> None:
    kind = model_named(model)
    k = 2 if kind.dichotomous else 3
    block = parameter_map([kind] * 2, np.full(2, k)).blocks[0]
    prior = HierarchicalPrior(SPREAD, default_prior(block), np.array([True, False]))
    working = kind.to_working(np.array([natural, natural]))
    value, gradient = prior.density(block, working)
    names = ["a", "b"] if k == 2 else ["a", "b1", "b2"]
    t = [np.log(natural[0]), *natural[1 : len(names)]]
    own = default_prior(block).density(block, working)[0]
    expected = sum(two_piece_log_density(SPREAD[n, k], x) for n, x in zip(names, t, strict=True))
    assert value - own == pytest.approx(expected)
    for j, p in np.argwhere(np.isfinite(working)):
        step = np.zeros(working.shape)
        step[j, p] = 1e-6
        slope = (prior.density(block, working + step)[0] - prior.density(block, working - step)[0]) / 2e-6
        assert gradient[j, p] == pytest.approx(slope, abs=1e-5)
    assert (np.linalg.eigvalsh(prior.information(block, working)) > -1e-9).all()


def test_slopes_below_zero_have_no_density() -> None:
    kind = model_named("2pl")
    block = parameter_map([kind], np.full(1, 2)).blocks[0]
    prior = HierarchicalPrior(SPREAD, default_prior(block), np.array([True]))
    assert prior.density(block, np.array([[-0.1, 0.0, -np.inf, np.inf]]))[0] == -np.inf


def fit_both(
    simulate, b: np.ndarray, answers_an_item: int, seed: int
) -> tuple[CalibrationResult, CalibrationResult]:
    """Return the calibrations without and with the bank's help; each person answers 20 items."""
    rng = np.random.default_rng(seed)
    a = rng.lognormal(0.1, 0.35, b.size)
    items = np.column_stack([a, b, np.zeros(b.size), np.ones(b.size)])
    theta = rng.normal(size=answers_an_item * b.size // 20)
    responses = ResponseMatrix.from_dense(simulate("2pl", items, theta, seed=seed + 1, share=20 / b.size))
    plain = MarginalML(model="2pl", standard_errors="none").fit(responses)
    return plain, MarginalML(model="2pl", standard_errors="none", priors="hierarchical").fit(responses)


def squared_error(result: CalibrationResult, b: np.ndarray) -> float:
    """Return the mean squared error of b after mean-sigma linking to the truth."""
    table = result.parameters
    places = np.array([int(item[1:]) - 1 for item in table["item"]])
    scaled = (table["b"] - table["b"].mean()) / table["b"].std(ddof=0) * b[places].std() + b[places].mean()
    return float(np.mean((scaled - b[places]) ** 2))


def test_with_a_hundred_answers_an_item_the_bank_helps(simulate) -> None:
    """Pooled over three banks; docs/studies/hierarchical.md has the study."""
    errors = []
    for seed in (1, 2, 3):
        b = np.random.default_rng([seed, 0]).normal(size=100)
        plain, bank = fit_both(simulate, b, answers_an_item=100, seed=seed)
        errors.append((squared_error(plain, b), squared_error(bank, b)))
        assert any("prior from the bank: b around" in message for message in bank.messages)
    plain_rmse, bank_rmse = np.sqrt(np.mean(errors, axis=0))
    assert bank_rmse < 0.67 * plain_rmse


def test_hyperparameters_are_those_of_the_bank_not_of_the_joint_mode(simulate) -> None:
    """The joint mode would shrink the spreads to nothing; empirical Bayes recovers them."""
    b = np.random.default_rng(3).normal(0.3, 1.2, size=100)
    _, bank = fit_both(simulate, b, answers_an_item=800, seed=4)
    told = {
        message.removeprefix("prior from the bank: ").split(" around ")[0]: TwoPiece(
            *(float(number) for number in NUMBER.findall(message.split(" around ")[1]))
        )
        for message in bank.messages
    }
    x = np.linspace(-10, 10, 20_001)
    for name, mean, sd in (("b", 0.3, 1.2), ("log a", 0.1, 0.35)):
        cumulative = np.cumsum(np.exp(told[name].log_density(x))) * (x[1] - x[0])
        low, median, high = np.interp([0.25, 0.5, 0.75], cumulative, x)
        assert median == pytest.approx(mean, abs=0.2)
        assert (high - low) / 1.349 == pytest.approx(sd, rel=0.2)


@pytest.mark.parametrize("answers_an_item", [200, 800])
def test_a_skewed_bank_is_not_made_worse(simulate, answers_an_item: int) -> None:
    """Pooled over six banks whose difficulties trail off to one side."""
    errors = []
    for seed in range(6):
        skewed = np.random.default_rng([seed, 0]).exponential(1.0, size=80) - 1.0
        errors.append([squared_error(f, skewed) for f in fit_both(simulate, skewed, answers_an_item, seed)])
    plain, bank = np.mean(errors, axis=0)
    assert bank < plain


def test_items_with_very_few_answers_are_calibrated_with_the_banks_help(two_pl: np.ndarray) -> None:
    few = two_pl.copy()
    few[6:, 0] = np.nan
    responses = ResponseMatrix.from_dense(few)
    assert "I1" not in set(MarginalML(model="2pl").fit(responses).parameters["item"])
    bank = MarginalML(model="2pl", priors="hierarchical").fit(responses).parameters
    assert bank["item"][0] == "I1"
    assert bank["se_b"][0] > 2 * bank["se_b"][1]


def test_a_spread_that_the_answers_cannot_tell_is_said(simulate) -> None:
    """Items that are all alike: the prior shrinks to its bound, and the user is told."""
    items = np.tile([1.0, 0.0, 0.0, 1.0], (30, 1))
    answers = simulate("2pl", items, np.random.default_rng(1).normal(size=60), seed=2, share=0.4)
    told = MarginalML(model="1pl", priors="hierarchical", standard_errors="none").fit(
        ResponseMatrix.from_dense(answers)
    )
    assert any(m.startswith("the answers do not tell the items' b apart") for m in told.messages)
