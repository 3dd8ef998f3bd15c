"""Numbers about finished tests, against counts that can be made by hand."""

from itertools import combinations

import numpy as np
import pytest

from engine.simulation.metrics import EDGES, ability_edges, along_ability, coverage, mean_overlap


def test_overlap_is_the_mean_over_all_pairs() -> None:
    """Counted pair by pair, as the rate is defined (Chen, Ankenmann & Spray, 2003)."""
    rng = np.random.default_rng(1)
    tests = [set(rng.choice(20, 6, replace=False).tolist()) for _ in range(15)]
    pairs = [len(one & other) / 6 for one, other in combinations(tests, 2)]
    asked = np.bincount([item for test in tests for item in test], minlength=20)
    assert mean_overlap(asked, 15, 6.0) == pytest.approx(np.mean(pairs), rel=1e-12)
    assert np.isnan(mean_overlap(asked, 1, 6.0))


def test_coverage_leaves_out_tests_without_a_standard_error() -> None:
    error, se = np.array([0.0, 1.97, 1.95, 5.0]), np.array([1.0, 1.0, 1.0, np.nan])
    assert coverage(error, se) == pytest.approx(2 / 3)
    assert np.isnan(coverage(error, np.full(4, np.nan)))


def test_bins_stand_around_the_points_of_a_grid() -> None:
    points = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    np.testing.assert_allclose(ability_edges(np.resize(points, 50)), [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
    assert ability_edges(np.random.default_rng(1).normal(size=50)) is EDGES
    assert ability_edges(np.zeros(50)) is EDGES


def test_errors_along_ability_are_those_of_each_bin() -> None:
    theta = np.array([-1.0, -1.0, 1.0, 1.0])
    estimate, se = np.array([-0.8, -1.4, 1.0, np.nan]), np.array([0.3, 0.1, np.nan, 0.2])
    table = along_ability(theta, estimate, se, edges=np.array([-2.0, 0.0, 2.0]))
    assert table["n"].tolist() == [2, 1]
    assert table["bias"].tolist() == pytest.approx([-0.1, 0.0])
    assert table["rmse"].tolist() == pytest.approx([np.sqrt((0.04 + 0.16) / 2), 0.0])
    assert table["mean_se"][0] == pytest.approx(0.2)
    assert table["coverage_95"][0] == 0.5
    assert np.isnan(table["mean_se"][1])
