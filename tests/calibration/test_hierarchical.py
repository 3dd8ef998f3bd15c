"""Hierarchical priors: derivatives, hyperparameters, and the gain with few answers."""

import numpy as np
import pytest
from scipy.stats import t as student

from calibration import CalibrationResult, MarginalML, ResponseMatrix
from calibration.hierarchical import FREEDOM, HierarchicalPrior
from calibration.parameter_map import parameter_map
from calibration.priors import default_prior
from engine.models import model as model_named
from engine.models.base import NormalPrior

SPREAD = {
    ("a", 2): NormalPrior(0.1, 0.3),
    ("b", 2): NormalPrior(0.2, 0.9),
    ("a", 3): NormalPrior(0.1, 0.3),
    ("b1", 3): NormalPrior(-0.5, 0.8),
    ("b2", 3): NormalPrior(0.6, 0.7),
}


@pytest.mark.parametrize(("model", "natural"), [("3pl", [1.3, 0.4, 0.2, 1.0]), ("gpcm", [0.8, -0.7, 0.9])])
def test_the_prior_is_the_sum_of_t_densities(model: str, natural: list[float]) -> None:
    kind = model_named(model)
    k = 2 if kind.dichotomous else 3
    block = parameter_map([kind] * 2, np.full(2, k)).blocks[0]
    prior = HierarchicalPrior(SPREAD, default_prior(block), np.array([True, False]))
    working = kind.to_working(np.array([natural, natural]))
    value, gradient = prior.density(block, working)
    names = ["a", "b"] if k == 2 else ["a", "b1", "b2"]
    t = [np.log(natural[0]), *natural[1 : len(names)]]
    own = default_prior(block).density(block, working)[0]
    expected = sum(
        student.logpdf(x, FREEDOM, SPREAD[n, k].mean, SPREAD[n, k].sd) for n, x in zip(names, t, strict=True)
    )
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
    simulate, b: np.ndarray, n: int, seed: int
) -> tuple[CalibrationResult, CalibrationResult, np.ndarray]:
    rng = np.random.default_rng(seed)
    a = rng.lognormal(0.1, 0.35, b.size)
    items = np.column_stack([a, b, np.zeros(b.size), np.ones(b.size)])
    answers = simulate("2pl", items, rng.normal(size=n), seed=seed + 1, share=20 / b.size)
    responses = ResponseMatrix.from_dense(answers)
    plain = MarginalML(model="2pl", standard_errors="none").fit(responses)
    bank = MarginalML(model="2pl", standard_errors="none", priors="hierarchical").fit(responses)
    return plain, bank, b


def rmse(result: CalibrationResult, b: np.ndarray) -> float:
    table = result.parameters
    places = np.array([int(item[1:]) - 1 for item in table["item"]])
    scaled = (table["b"] - table["b"].mean()) / table["b"].std(ddof=0) * b[places].std() + b[places].mean()
    return float(np.sqrt(np.mean((scaled - b[places]) ** 2)))


def test_with_a_hundred_answers_an_item_the_bank_helps(simulate) -> None:
    plain, bank, b = fit_both(simulate, np.random.default_rng(1).normal(size=100), n=750, seed=2)
    assert rmse(bank, b) < 0.75 * rmse(plain, b)
    assert any("prior from the bank: b around" in message for message in bank.messages)


def test_hyperparameters_are_those_of_the_bank_not_of_the_joint_mode(simulate) -> None:
    """The joint mode would shrink the spreads; empirical Bayes recovers them."""
    _, bank, _ = fit_both(simulate, np.random.default_rng(3).normal(0.3, 1.2, size=100), n=4000, seed=4)
    told = dict(m.removeprefix("prior from the bank: ").split(" around ") for m in bank.messages)
    for name, mean, sd in (("b", 0.3, 1.2), ("log a", 0.1, 0.35)):
        centre, scale = (float(x) for x in told[name].split(", scale "))
        assert centre == pytest.approx(mean, abs=0.2)
        assert scale == pytest.approx(0.84 * sd, rel=0.25)  # the t(4) nearest to a normal density


def test_a_skewed_bank_is_not_made_worse(simulate) -> None:
    """Mean square over three banks whose difficulties trail off to one side, 200 and 800 answers an item."""
    for n in (800, 3200):
        ratio = []
        for seed in (5, 6, 7):
            skewed = np.random.default_rng(seed).exponential(1.0, size=80) - 1.0
            plain, bank, b = fit_both(simulate, skewed, n=n, seed=seed)
            ratio.append(rmse(bank, b) / rmse(plain, b))
        assert np.sqrt(np.mean(np.square(ratio))) < 1.0


def test_items_with_very_few_answers_are_calibrated_with_the_banks_help(two_pl: np.ndarray) -> None:
    few = two_pl.copy()
    few[6:, 0] = np.nan
    responses = ResponseMatrix.from_dense(few)
    assert "I1" not in set(MarginalML(model="2pl").fit(responses).parameters["item"])
    bank = MarginalML(model="2pl", priors="hierarchical").fit(responses).parameters
    assert bank["item"][0] == "I1"
    assert bank["se_b"][0] > 2 * bank["se_b"][1]
