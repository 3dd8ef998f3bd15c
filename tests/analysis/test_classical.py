"""Classical statistics against plain NumPy and SciPy on dense arrays."""

import numpy as np
import pytest
from scipy import stats

from calibration.classical import item_statistics, reliability, score_distribution
from calibration.classical.items import not_reached
from calibration.classical.reliability import alpha_interval
from calibration.classical.standing import is_common_form, rest_abilities, standing
from calibration.fit.replicates import reference
from calibration.responses import ResponseMatrix


@pytest.fixture(scope="module")
def binary(two_pl):
    return two_pl(400, 12, 1)


def test_item_statistics_of_a_common_form(binary) -> None:
    x = binary.responses.dense().astype(float)
    total = x.sum(axis=1)
    table = item_statistics(binary)
    for item in range(12):
        row = table.iloc[item]
        assert row["n"] == 400
        assert row["p"] == pytest.approx(x[:, item].mean())
        assert row["rit"] == pytest.approx(stats.pearsonr(x[:, item], total).statistic)
        assert row["rir"] == pytest.approx(stats.pearsonr(x[:, item], total - x[:, item]).statistic)
        interval = stats.binomtest(int(x[:, item].sum()), 400).proportion_ci(method="wilson")
        assert (row["p_low"], row["p_high"]) == pytest.approx((interval.low, interval.high))


def test_biserial_of_a_median_split_recovers_the_correlation() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=40_000).T
    cut = (x > 0.4).astype(float)
    share = cut.mean()
    biserial = stats.pearsonr(cut, y).statistic * np.sqrt(share * (1 - share)) / stats.norm.pdf(0.4)
    assert biserial == pytest.approx(0.6, abs=0.02)


def test_polyserial_grows_with_categories(graded) -> None:
    table = item_statistics(graded(500, 8, 2))
    assert (table["biserial"] > table["rir"]).all()
    assert ((table["p"] >= 0) & (table["p"] <= 1)).all()


def test_upper_less_lower(binary) -> None:
    x = binary.responses.dense().astype(float)
    rest = x.sum(axis=1) - x[:, 0]
    order = np.argsort(rest, kind="stable")
    size = round(0.27 * 400)
    expected = x[order[-size:], 0].mean() - x[order[:size], 0].mean()
    assert item_statistics(binary)["uli"][0] == pytest.approx(expected)


def test_reliability_coefficients(binary) -> None:
    x = binary.responses.dense().astype(float)
    k, total = x.shape[1], x.sum(axis=1)
    found = reliability(binary.responses)
    alpha = k / (k - 1) * (1 - x.var(axis=0, ddof=1).sum() / total.var(ddof=1))
    odd, even = x[:, ::2].sum(axis=1), x[:, 1::2].sum(axis=1)
    flanagan = 4 * np.cov(odd, even)[0, 1] / total.var(ddof=1)
    dropped = np.delete(x, 3, axis=1)
    without = (k - 1) / (k - 2) * (1 - dropped.var(axis=0, ddof=1).sum() / dropped.sum(axis=1).var(ddof=1))
    assert found.alpha == pytest.approx(alpha)
    assert found.split_half == pytest.approx(flanagan)
    assert found.alpha_if_dropped[3] == pytest.approx(without)
    assert found.sem == pytest.approx(total.std(ddof=1) * np.sqrt(1 - alpha))
    assert alpha <= found.omega < 1


def test_reliability_is_not_defined_where_people_met_different_items(two_pl) -> None:
    found = reliability(two_pl(200, 20, 3, share=0.4).responses)
    assert found.alpha is None
    assert found.note == "not defined: people met different items"


def test_score_distribution_counts_everybody(binary) -> None:
    table = score_distribution(binary)
    assert table["n"].sum() == 400
    assert table["expected"].sum() == pytest.approx(1)
    observed, expected = (table["score"] * table["share"]).sum(), (table["score"] * table["expected"]).sum()
    assert observed == pytest.approx(expected, abs=0.5)


def test_in_sparse_logs_standing_is_the_ability_that_the_other_answers_show(two_pl) -> None:
    abilities = two_pl(50, 10, 4, share=0.5)
    assert not is_common_form(abilities.responses)
    np.testing.assert_array_equal(standing(abilities), rest_abilities(abilities))
    responses, answer = abilities.responses, 17
    person, item = responses.persons_index[answer], responses.items_index[answer]
    alone = abilities.without(np.arange(10) == item)
    assert rest_abilities(abilities)[answer] == pytest.approx(alone.theta[person])


def test_expected_values_stand_beside_the_observed(two_pl) -> None:
    abilities = two_pl(3000, 30, 6, share=0.4)
    from calibration.classical.items import item_rest

    (simulated,) = reference(abilities, [item_rest], np.random.default_rng(1), replicates=10)
    table = item_statistics(abilities, expected_rir=simulated.mean(axis=0))
    np.testing.assert_allclose(table["p"], table["expected_p"], atol=0.04)
    np.testing.assert_allclose(table["rir"], table["expected_rir"], atol=0.09)


def test_not_reached_are_blanks_to_the_end_of_the_form() -> None:
    """Of ten people one stops after the second item and one after the third; a gap inside does not count."""
    x = np.ones((10, 4))
    x[0, 2:], x[1, 3:], x[2, 1] = np.nan, np.nan, np.nan
    np.testing.assert_allclose(not_reached(ResponseMatrix.from_dense(x)), [0, 0, 0.1, 0.2])
    few = np.where(np.eye(10, 4) > 0, 1.0, np.nan)
    assert np.isnan(not_reached(ResponseMatrix.from_dense(few[:4]))).all()


def test_constant_items_have_no_correlation() -> None:
    from calibration.classical.items import correlation_by_item

    responses = ResponseMatrix.from_dense(np.array([[1, 0], [1, 1], [1, 0]]))
    found = correlation_by_item(responses, responses.category, np.array([0.0, 1.0, 1.0, 1.0, 0.0, 1.0]))
    assert np.isnan(found[0])


def test_intervals_of_alpha_hold_as_often_as_they_claim() -> None:
    """Parallel normal parts with correlation 0.3, alpha J ρ / (1 + (J − 1) ρ): 95 % of 2,000 samples."""
    rng = np.random.default_rng(6)
    truth, held = 5 * 0.3 / (1 + 4 * 0.3), 0
    for _ in range(2000):
        scores = np.sqrt(0.3) * rng.normal(size=(40, 1)) + np.sqrt(0.7) * rng.normal(size=(40, 5))
        covariance = np.cov(scores, rowvar=False)
        alpha = 5 / 4 * (1 - np.trace(covariance) / covariance.sum())
        low, high = alpha_interval(alpha, 40, 5)
        held += low <= truth <= high
    assert held / 2000 == pytest.approx(0.95, abs=0.015)
