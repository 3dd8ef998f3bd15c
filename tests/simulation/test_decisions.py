"""Levels: accuracy and consistency against enumeration, against integration, and against known truth."""

from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from engine import CatRules, simulate
from engine._types import Floats
from engine.scale import Scale
from engine.simulation.decisions import (
    at_cuts,
    by_level,
    expected_scores,
    lee,
    level_probabilities,
    rudner,
    score_distribution,
)
from tests.engine.pools import mixed, three_pl

CUTS = np.array([-0.6, 0.7])


def enumerated(pool, items: list[int], theta: float) -> Floats:
    """Return P(sum score) by summing over every possible pattern of answers."""
    chances = [pool.prob_at(np.array([item]), np.array([theta]))[0] for item in items]
    found = np.zeros(sum(int(pool.n_categories[item]) - 1 for item in items) + 1)
    for pattern in product(*(range(int(pool.n_categories[item])) for item in items)):
        found[sum(pattern)] += np.prod([chance[x] for chance, x in zip(chances, pattern, strict=True)])
    return found


def test_the_distribution_of_sum_scores_is_the_sum_over_all_patterns() -> None:
    """Lord & Wingersky's recursion on items of two to four categories, with different lengths."""
    pool = mixed(2)
    items = np.array([[0, 3, 5, 7, 9], [4, 6, 2, -1, -1]])
    found = score_distribution(pool, items, np.array([0.4, -1.1]))
    for row, (test, theta) in enumerate([([0, 3, 5, 7, 9], 0.4), ([4, 6, 2], -1.1)]):
        expected = enumerated(pool, test, theta)
        np.testing.assert_allclose(found[row, : expected.size], expected, atol=1e-14)
        assert found[row].sum() == pytest.approx(1.0)
        mean = expected_scores(pool, items[[row]], np.array([theta]))[0, 0]
        assert mean == pytest.approx(expected @ np.arange(expected.size))


def test_lee_is_the_sum_over_all_patterns() -> None:
    """Accuracy and consistency of one person's test of eight items, pattern by pattern."""
    pool, items, theta = three_pl(8), np.arange(8)[None], 0.2
    chance = enumerated(pool, list(range(8)), theta)
    edges = expected_scores(pool, items, CUTS)[0]
    level = np.searchsorted(edges, np.arange(9), side="right")
    shares = np.array([chance[level == k].sum() for k in range(3)])
    found = lee(pool, items, np.array([theta]), CUTS)
    assert (found.accuracy, found.consistency) == pytest.approx((shares[1], (shares**2).sum()))


def test_rudner_is_the_integral_of_the_normal_error() -> None:
    theta, se = np.array([-0.9, 0.1, np.nan, 2.0]), np.array([0.3, 0.5, 0.2, np.nan])
    inside = [
        quad(norm(m, s).pdf, *bounds)[0] for m, s, bounds in [(-0.9, 0.3, (-9, -0.6)), (0.1, 0.5, CUTS)]
    ]
    assert rudner(theta, se, CUTS).accuracy == pytest.approx(np.mean(inside), abs=1e-8)
    shares = level_probabilities(theta[:2], se[:2], CUTS)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert rudner(theta, se, CUTS).consistency == pytest.approx((shares**2).sum(axis=1).mean())


def test_at_a_cut_those_near_it_are_counted_and_all_decisions_judged() -> None:
    theta, estimate = np.array([-0.7, -0.5, 0.0, 2.0]), np.array([-0.9, -0.8, 0.1, 1.5])
    table = at_cuts(theta, estimate, np.array([0.2, 0.4, 0.3, np.nan]), CUTS)
    assert table["n_near"].tolist() == [2, 0]
    assert table["mean_se_near"][0] == pytest.approx(0.3)
    assert table["right"].tolist() == [0.75, 1.0]


def test_levels_are_told_by_their_names() -> None:
    scale = Scale(levels={"Low": 1, "Middle": 121, "High": 186})
    theta = np.array([-2.0, -1.0, 0.0, 0.1, 2.0])
    table = by_level(theta, np.array([-2.1, 0.0, 0.0, 0.2, np.nan]), np.full(5, 0.3), scale).set_index(
        "level"
    )
    assert table.index.tolist() == ["Low", "Middle", "High"]
    assert table["true"].tolist() == [0.5, 0.5, 0.0]
    assert table["placed"].tolist() == [0.25, 0.75, 0.0]
    assert table["right"].tolist()[:2] == [0.5, 1.0]
    assert table["claimed"].sum() == pytest.approx(1.0)


def test_claimed_decisions_are_those_that_turn_out() -> None:
    """8,000 people, twice: Rudner and Lee claim what the truth and the second test show, within 2 points."""
    rules = CatRules.parse(
        '[stop]\nrule = "length"\nlength = 20\n[scale]\nlevels = { Low = 1, Middle = 121, High = 186 }'
    )
    theta = np.random.default_rng(1).normal(size=8000)
    both = [simulate(three_pl(), rules, theta, rng=np.random.default_rng(seed)) for seed in (2, 3)]
    levels = [study.simulees["level"].to_numpy() for study in both]
    found = both[0].decisions
    agreement = float((levels[0] == levels[1]).mean())
    assert found["decision_accuracy"] == pytest.approx(found["decision_right"], abs=0.02)
    assert found["decision_accuracy_lee"] == pytest.approx(found["decision_right"], abs=0.02)
    assert found["decision_consistency"] == pytest.approx(agreement, abs=0.02)
    assert found["decision_consistency_lee"] == pytest.approx(agreement, abs=0.02)
