"""Correlations behind the categories, and how many dimensions they hold."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal, norm

from calibration.dimensionality import dimensions, polychoric_correlations
from calibration.dimensionality.bivariate_normal import cumulative, density
from calibration.responses import ResponseMatrix


@pytest.mark.parametrize(("h", "k", "rho"), [(0, 0, 0.5), (0.3, -1.2, 0.8), (2, 1, -0.9), (-0.5, 0.5, 0.95)])
def test_bivariate_normal_against_scipy(h: float, k: float, rho: float) -> None:
    normal = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    arguments = np.array(h), np.array(k), np.array(rho)
    assert cumulative(*arguments) == pytest.approx(normal.cdf([h, k]), abs=1e-8)
    assert density(*arguments) == pytest.approx(normal.pdf([h, k]))


def test_infinite_limits() -> None:
    found = cumulative(np.array([np.inf, -np.inf, 0.3]), np.array([0.4, 0.1, np.inf]), np.array(0.6))
    np.testing.assert_allclose(found, [norm.cdf(0.4), 0, norm.cdf(0.3)], atol=1e-12)


def test_two_step_estimate_is_the_maximum_of_the_table_s_likelihood(graded) -> None:
    """Independent: each pair's likelihood by SciPy's distribution function and a general optimiser."""
    answers = graded(400, 3, 1, k=3).responses.dense()
    found = polychoric_correlations(answers, np.full(3, 3))
    for one, two in ((0, 1), (0, 2), (1, 2)):
        table = np.zeros((3, 3))
        np.add.at(table, (answers[:, one], answers[:, two]), 1)
        h, k = (norm.ppf(np.cumsum(table.sum(axis=axis))[:-1] / 400) for axis in (1, 0))

        def negative(rho: float, table: np.ndarray = table, h: np.ndarray = h, k: np.ndarray = k) -> float:
            normal = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
            corner = np.zeros((4, 4))
            for a in range(4):
                for b in range(4):
                    limits = [(-9, *h, 9)[a], (-9, *k, 9)[b]]
                    corner[a, b] = normal.cdf(limits)
            p = np.diff(np.diff(corner, axis=0), axis=1)
            return float(-(table * np.log(np.maximum(p, 1e-12))).sum())

        best = minimize_scalar(negative, bounds=(-0.95, 0.95), method="bounded", options={"xatol": 1e-7}).x
        assert found[one, two] == pytest.approx(best, abs=1e-4)


def test_tetrachoric_correlations_recover_the_truth() -> None:
    rng = np.random.default_rng(2)
    truth = np.array([[1, 0.6, 0.3], [0.6, 1, 0.0], [0.3, 0.0, 1]])
    x = rng.multivariate_normal(np.zeros(3), truth, size=20_000) > [0.5, -0.3, 0.0]
    np.testing.assert_allclose(polychoric_correlations(x.astype(int), np.full(3, 2)), truth, atol=0.03)


def test_blanks_count_pair_by_pair_and_constant_items_have_none() -> None:
    rng = np.random.default_rng(3)
    x = (rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=5000) > 0).astype(int)
    x = np.column_stack([x, np.ones(5000, int)])
    x[rng.random(x.shape) < 0.2] = -1
    found = polychoric_correlations(x, np.full(3, 2))
    assert found[0, 1] == pytest.approx(0.5, abs=0.05)
    assert np.isnan(found[0, 2])


def test_an_empty_cell_does_not_make_the_correlation_one() -> None:
    x = np.array([[0, 0]] * 20 + [[1, 1]] * 20 + [[1, 0]] * 5)
    assert polychoric_correlations(x, np.full(2, 2))[0, 1] < 0.99


def test_one_and_two_dimensions(two_pl) -> None:
    one, other = (two_pl(1500, 10, seed).responses.dense() for seed in (4, 5))
    rng = np.random.default_rng(6)
    single = dimensions(two_pl(1500, 20, 7).responses, rng=rng)
    double = dimensions(ResponseMatrix.from_dense(np.column_stack([one, other])), rng=rng)
    assert (single.count, double.count) == (1, 2)
    assert single.ratio > 3 > double.ratio
    assert single.ecv > 0.7 > double.ecv
    assert list(single.table.columns) == ["dimension", "eigenvalue", "by_chance"]


def test_where_it_is_not_defined_it_says_so(two_pl) -> None:
    rng = np.random.default_rng(8)
    assert (
        dimensions(two_pl(300, 20, 1, share=0.3).responses, rng=rng).note
        == "not defined: people met different items"
    )
    assert "37 of at least 100 people" in dimensions(two_pl(37, 10, 1).responses, rng=rng).note
    constant = ResponseMatrix.from_dense(np.ones((200, 5), int))
    assert "0 of at least 3" in dimensions(constant, rng=rng).note


def test_principal_axes_are_girth_s_where_both_settle(two_pl) -> None:
    """A second opinion: girth 0.8.0, principal_axis_factor."""
    from girth.factoranalysis import principal_axis_factor

    from calibration.dimensionality.principal_axes import principal_axes

    answers = two_pl(2000, 12, 9).responses
    correlations = polychoric_correlations(answers.dense(), answers.n_categories)
    theirs = np.asarray(principal_axis_factor(correlations, 1)[0])[:, 0]
    np.testing.assert_allclose(principal_axes(correlations, 1)[:, 0], np.abs(theirs), atol=2e-3)
