"""The ratings model solves Henderson's equations and finds what the simulated raters hide."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from calibration.ratings_model import EFFECT_SD, fit_ratings
from calibration.ratings_simulated import RatingWorld, simulate_ratings


def _fitted(world, seed):
    table, quality = simulate_ratings(world, rng=np.random.default_rng(seed))
    names, item = np.unique(table["item"], return_inverse=True)
    person = np.unique(table["person"], return_inverse=True)[1]
    predictors = np.column_stack([~table["correct"], table["b"] - table["theta"]]).astype(float)
    fit = fit_ratings(table["stars"].to_numpy(), item, person, predictors)
    return table, quality[names], fit, (item, person, predictors)


def test_estimates_are_the_posterior_mean_of_the_dense_model():
    """At the fitted SDs, quality and its SE equal the dense posterior: Σ = (W'W/σ² + prior⁻¹)⁻¹."""
    table, _, fit, (item, person, predictors) = _fitted(RatingWorld(n_items=8, votes=12), 3)
    z = (predictors - predictors.mean(0)) / predictors.std(0)
    w = np.column_stack([np.ones(len(table)), z, np.eye(8)[item], np.eye(person.max() + 1)[person]])
    effects = np.full(2, (EFFECT_SD * fit.noise_sd) ** -2)
    prior = np.concatenate(
        [[0.0], effects, np.full(8, fit.quality_sd**-2), np.full(person.max() + 1, fit.severity_sd**-2)]
    )
    covariance = np.linalg.inv(w.T @ w / fit.noise_sd**2 + np.diag(prior))
    mean = covariance @ w.T @ table["stars"].to_numpy() / fit.noise_sd**2
    np.testing.assert_allclose(fit.quality, mean[3:11], atol=1e-8)
    np.testing.assert_allclose(fit.quality_se, np.sqrt(np.diag(covariance)[3:11]), rtol=1e-8)
    np.testing.assert_allclose(fit.severity, mean[11:], atol=1e-8)
    np.testing.assert_allclose(fit.effects, mean[1:3] / predictors.std(0), atol=1e-8)


def test_standard_deviations_and_effects_are_recovered():
    """With many ratings; the grid of whole stars from 1 to 5 shrinks everything by about a tenth."""
    _, quality, fit, _ = _fitted(RatingWorld(votes=120), 1)
    assert fit.severity_sd == pytest.approx(0.7, abs=0.15)
    assert fit.quality_sd == pytest.approx(0.5, abs=0.15)
    assert fit.effects == pytest.approx([-0.6, -0.3], abs=0.15)
    assert spearmanr(fit.quality, quality)[0] > 0.95


def test_adjusted_order_beats_the_raw_mean_where_severity_and_difficulty_matter():
    gains = []
    for seed in range(8):
        table, quality, fit, _ = _fitted(RatingWorld(votes=10), seed)
        raw = table.groupby("item")["stars"].mean()
        gains.append(spearmanr(fit.quality, quality)[0] - spearmanr(raw, quality)[0])
    assert np.mean(gains) > 0.05


def test_ratings_without_any_spread_give_no_quality():
    fit = fit_ratings(np.full(30, 4.0), np.arange(30) % 5, np.arange(30) % 6, np.zeros((30, 1)))
    assert fit.mean == pytest.approx(4.0)
    np.testing.assert_allclose(fit.quality, 0.0, atol=1e-9)


def test_too_few_ratings_are_refused():
    with pytest.raises(ValueError, match="at least three ratings"):
        fit_ratings(np.ones(2), np.zeros(2, int), np.zeros(2, int), np.zeros((2, 1)))
