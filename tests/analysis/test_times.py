"""Response times: the model against its own likelihood, and faults that are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from calibration.response_time import fit_times, independent_answers, item_times, person_times
from calibration.response_time.rapid import mixture_threshold, normative_thresholds, rapid
from calibration.responses import ResponseMatrix
from items.errors import BadInput


@pytest.fixture(scope="module")
def timed(two_pl):
    """Answers with log-normal times, the truth beside them."""
    abilities = two_pl(600, 15, 1)
    rng = np.random.default_rng(2)
    beta, sd, tau = rng.normal(3.5, 0.5, 15), rng.uniform(0.3, 0.6, 15), rng.normal(0, 0.3, 600)
    responses = abilities.responses
    mean = beta[responses.items_index] - tau[responses.persons_index]
    log_time = mean + sd[responses.items_index] * rng.normal(size=mean.size)
    return abilities.with_answers(replace(responses, time_s=np.exp(log_time))), beta, sd, tau


def test_the_model_recovers_what_made_the_times(timed) -> None:
    abilities, beta, sd, tau = timed
    found = fit_times(abilities.responses)
    assert found.converged
    np.testing.assert_allclose(found.intensity, beta, atol=0.08)
    np.testing.assert_allclose(1 / found.discrimination, sd, atol=0.05)
    assert np.corrcoef(found.speed, tau)[0, 1] > 0.9
    assert found.sigma == pytest.approx(0.3, abs=0.04)
    assert np.nanstd(found.residual) == pytest.approx(1, abs=0.05)


def test_the_estimate_maximises_the_marginal_likelihood(timed) -> None:
    """Independent: the likelihood as a multivariate normal, maximised by a general optimiser."""
    abilities = timed[0]
    responses = abilities.responses.take_items(np.arange(4)).take_persons(np.arange(150))
    y = np.log(responses.time_s).reshape(150, 4)

    def negative(x: np.ndarray) -> float:
        covariance = np.diag(np.exp(x[4:8])) + np.exp(x[8])
        return -multivariate_normal.logpdf(y, x[:4], covariance).sum()

    best = minimize(negative, np.r_[y.mean(axis=0), np.full(4, -1.5), -2.0], options={"gtol": 1e-4}).x
    found = fit_times(responses)
    np.testing.assert_allclose(found.intensity, best[:4], atol=1e-3)
    np.testing.assert_allclose(found.discrimination**-2, np.exp(best[4:8]), atol=1e-3)
    assert found.sigma**2 == pytest.approx(np.exp(best[8]), abs=1e-3)


@pytest.mark.parametrize("share", [1.0, 0.6, 0.05], ids=["complete", "in part", "sparse"])
def test_standard_errors_are_those_of_the_information_of_a_normal_distribution(timed, share) -> None:
    """Independent: ∂μ' Σ⁻¹ ∂μ and ½ tr(Σ⁻¹ ∂Σ Σ⁻¹ ∂Σ), person by person with full matrices."""
    responses = timed[0].responses.take_items(np.arange(6))
    known = np.random.default_rng(3).random(responses.n_responses) < share
    responses = replace(responses, time_s=np.where(known, responses.time_s, np.nan))
    found = fit_times(responses)
    by_mean, by_variance = np.zeros((6, 6)), np.zeros((6, 6))
    for times in responses.time_s.reshape(-1, 6):
        met = np.flatnonzero(np.isfinite(times))
        inverse = np.linalg.inv(np.diag(found.discrimination[met] ** -2) + found.sigma**2)
        by_mean[np.ix_(met, met)] += inverse
        for row, j in enumerate(met):
            for column, k in enumerate(met):
                one, two = np.zeros_like(inverse), np.zeros_like(inverse)
                one[row, row] = two[column, column] = 1.0
                by_variance[j, k] += np.trace(inverse @ one @ inverse @ two) / 2
    se_variance = np.sqrt(np.diag(np.linalg.inv(by_variance)))
    np.testing.assert_allclose(found.se_intensity, np.sqrt(np.diag(np.linalg.inv(by_mean))), rtol=1e-8)
    np.testing.assert_allclose(found.se_discrimination, found.discrimination**3 / 2 * se_variance, rtol=1e-8)


def test_missing_and_impossible_times_are_left_out(timed) -> None:
    responses = timed[0].responses
    times = responses.time_s.copy()
    times[::7], times[::11] = np.nan, 0.0
    found = fit_times(replace(responses, time_s=times))
    assert np.isnan(found.residual[0])
    assert np.isfinite(found.intensity).all()


def test_a_log_without_times_is_refused(two_pl) -> None:
    with pytest.raises(BadInput, match="no response times"):
        fit_times(two_pl(20, 5, 3).responses)


def test_rapid_guesses_and_effort(timed) -> None:
    abilities = timed[0]
    responses = abilities.responses
    times = responses.time_s.copy()
    times[: 20 * 15] = 1.0
    category = responses.category.copy()
    hurried = abilities.with_answers(replace(responses, time_s=times, category=category))
    table = person_times(hurried, fit_times(hurried.responses))
    assert (table["effort"][:20] == 0).all()
    assert table["effort"][20:].mean() > 0.99
    items = item_times(hurried, fit_times(hurried.responses))
    np.testing.assert_allclose(items["rapid"], 20 / 600, atol=0.005)
    assert (items["threshold_s"] <= 10).all()


def test_normative_threshold_is_a_tenth_of_the_mean_at_most_ten_seconds() -> None:
    frame = pd.DataFrame(
        {
            "person": [1, 2, 1, 2],
            "item": ["x", "x", "y", "y"],
            "response": [1, 0, 0, 1],
            "time_s": [20, 40, 200, 300],
        }
    )
    responses = ResponseMatrix.from_pandas(frame)
    np.testing.assert_allclose(normative_thresholds(responses), [3.0, 10.0])
    assert not rapid(responses, normative_thresholds(responses)).any()


def test_mixture_threshold_lies_between_two_humps_and_is_none_for_one() -> None:
    rng = np.random.default_rng(4)
    main, fast = rng.normal(3.5, 0.4, 900), rng.normal(0.7, 0.3, 100)
    threshold = mixture_threshold(np.concatenate([main, fast]))
    assert 3 < threshold < 12
    assert np.isnan(mixture_threshold(main))


def test_known_items_stand_out(timed) -> None:
    """One person in ten knows items 1–3 beforehand: right within seconds."""
    abilities = timed[0]
    responses = abilities.responses
    times, category = responses.time_s.copy(), responses.category.copy()
    told = (responses.persons_index < 60) & np.isin(responses.items_index, [0, 1, 2])
    times[told], category[told] = times[told] / 5, 1
    leaked = abilities.with_answers(replace(responses, time_s=times, category=category))
    kappa = item_times(leaked, fit_times(leaked.responses))["kappa"]
    known = kappa[:3].dropna()
    assert known.max() > kappa[3:].max()


def test_time_is_set_against_information(timed) -> None:
    abilities = timed[0]
    table = item_times(abilities, fit_times(abilities.responses))
    people = abilities.expected_counts().sum(axis=1)
    information = (people * abilities.pool.information(abilities.nodes)).sum(axis=1) / people.sum(axis=1)
    np.testing.assert_allclose(table["info_per_minute"], information / table["median_s"] * 60)


def test_answers_of_people_who_differ_tell_as_much_as_fewer_independent_ones() -> None:
    """The truth is known: the share of people from a beta distribution, of whom each answers n times."""
    rng = np.random.default_rng(8)
    share, n_people, n = rng.beta(0.2, 1.8, (2000, 60)), 60, rng.integers(5, 35, 60)
    rapid = rng.binomial(n, share)
    told = np.array([independent_answers(row / n, n) for row in rapid])
    mean = rapid.sum(axis=1) / n.sum()
    claimed = np.sqrt((mean * (1 - mean) / told).mean())
    assert claimed == pytest.approx(mean.std(), rel=0.05)
    assert claimed > 2 * np.sqrt(0.1 * 0.9 / n.sum())
    once = rng.integers(0, 2, n_people).astype(float)
    assert independent_answers(once, np.ones(n_people)) == pytest.approx(n_people, rel=0.02)
    assert independent_answers(np.zeros(3), np.array([4.0, 0, 6])) == 10
