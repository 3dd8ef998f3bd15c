"""Fit: brute force on tiny tests, and what happens where the model does not hold."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from calibration.abilities import Abilities
from calibration.dependence import cutoff_by_chance, dependence_table, largest_excess, residual_correlations
from calibration.fit import deviations_and_scores, fit_table, model_fit, observed_curves
from calibration.fit.limited_information import _Moments
from calibration.fit.multiple_testing import adjust
from calibration.fit.pseudo_counts import pseudo_count_fit
from calibration.fit.replicates import reference, replicate
from calibration.fit.s_x2 import expected_shares, join_sparse
from calibration.responses import ResponseMatrix
from calibration.sum_scores import rest_score_distributions, sum_score_distribution
from engine.pool import ItemPool
from items.errors import BadInput


def every_pattern(abilities: Abilities) -> tuple[np.ndarray, np.ndarray]:
    """Return all answer patterns (M, J) and their probabilities at the nodes (M, Q)."""
    patterns = np.array(list(product(*(range(k) for k in abilities.pool.n_categories))))
    probability = np.stack([abilities.prob[np.arange(len(row)), row].prod(axis=0) for row in patterns])
    return patterns, probability


def test_sum_score_distribution_by_enumeration(graded) -> None:
    abilities = graded(5, 4, 1, k=3)
    patterns, probability = every_pattern(abilities)
    total = patterns.sum(axis=1)
    brute = np.stack([probability[total == s].sum(axis=0) for s in range(9)])
    np.testing.assert_allclose(sum_score_distribution(abilities.prob), brute, atol=1e-14)
    rest = total - patterns[:, 2]
    without = np.stack([probability[(rest == s) & (patterns[:, 2] == 0)].sum(axis=0) for s in range(7)])
    found = rest_score_distributions(abilities.prob)[2]
    np.testing.assert_allclose(found[:7] * abilities.prob[2, 0], without, atol=1e-14)


def test_expected_shares_by_enumeration(graded) -> None:
    abilities = graded(5, 4, 2, k=3)
    patterns, probability = every_pattern(abilities)
    marginal = probability @ abilities.weights
    total = patterns.sum(axis=1)
    found = expected_shares(abilities.prob, abilities.weights)
    for s, k in ((3, 1), (5, 2), (1, 0)):
        here = total == s
        brute = marginal[here & (patterns[:, 1] == k)].sum() / marginal[here].sum()
        assert found[1, s, k] == pytest.approx(brute)


def test_joined_tables_keep_their_totals() -> None:
    rng = np.random.default_rng(3)
    share = rng.dirichlet(np.ones(4), size=11)
    share[0, 2:], share[-1, :2] = 0, 0
    share /= share.sum(axis=1, keepdims=True)
    observed = np.stack(
        [rng.multinomial(n, p) for n, p in zip(rng.integers(0, 12, 11), share, strict=True)]
    ).astype(float)
    o, e = join_sparse(observed, share)
    assert o.sum() == pytest.approx(observed.sum())
    assert e.sum() == pytest.approx(observed.sum())
    assert (e[e > 0] >= 1).all() or len(e) == 1


def test_covariance_of_the_moments_by_enumeration(graded, two_pl) -> None:
    for abilities in (two_pl(5, 4, 4), graded(5, 3, 5, k=3)):
        patterns, probability = every_pattern(abilities)
        weights = probability @ abilities.weights
        moments = _Moments.of(abilities)
        shares = (patterns[:, moments.item] == moments.category).astype(float)
        values = np.column_stack([shares, patterns[:, moments.first] * patterns[:, moments.second]])
        mean = weights @ values
        brute = (values * weights[:, None]).T @ values - np.outer(mean, mean)
        np.testing.assert_allclose(moments.expected, mean, atol=1e-12)
        np.testing.assert_allclose(moments.covariance(), brute, atol=1e-12)


def test_derivatives_of_the_moments_numerically(graded) -> None:
    abilities = graded(5, 3, 6, k=3)
    moments = _Moments.of(abilities)
    block = abilities.pool.blocks[0]
    for column in range(3):
        changed = []
        for step in (1e-5, -1e-5):
            working = block.working.copy()
            working[0, column] += step
            pool = replace(abilities.pool, blocks=(replace(block, working=working),))
            changed.append(
                _Moments.of(replace(abilities, pool=pool, log_prob=pool.log_prob(abilities.nodes))).expected
            )
        slope = (changed[0] - changed[1]) / 2e-5
        assert np.abs(moments.derivatives - slope[:, None]).max(axis=0).min() < 1e-6


def test_m2_says_why_it_is_not_defined(two_pl) -> None:
    sparse = model_fit(two_pl(300, 10, 7, share=0.5))
    assert sparse.value is None
    assert sparse.note.startswith("not defined:")
    assert model_fit(two_pl(300, 3, 8)).note == "not defined: 0 degrees of freedom"


def test_m2_sees_a_second_dimension(two_pl) -> None:
    one, other = two_pl(1500, 10, 9), two_pl(1500, 10, 10)
    answers = np.column_stack([one.responses.dense(), other.responses.dense()])
    table = pd.concat([one.pool.parameters.table, other.pool.parameters.table], ignore_index=True)
    pool = ItemPool.from_parameters(table.assign(item=[f"J{k}" for k in range(20)]))
    found = model_fit(Abilities.of(ResponseMatrix.from_dense(answers, items=list(pool.items)), pool))
    assert found.p < 1e-10
    assert found.rmsea_low > 0.05
    assert model_fit(one).p > 1e-3


def test_benjamini_hochberg_by_hand() -> None:
    np.testing.assert_allclose(adjust(np.array([0.01, np.nan, 0.04, 0.03])), [0.03, np.nan, 0.04, 0.04])
    assert np.isnan(adjust(np.full(3, np.nan))).all()


def test_a_guessing_item_does_not_follow_the_curve(two_pl) -> None:
    abilities = two_pl(2000, 25, 11)
    responses = abilities.responses
    rng = np.random.default_rng(1)
    first = responses.items_index == 0
    lucky = first & (rng.random(first.size) < 0.45)
    category = np.where(lucky, 1, responses.category).astype(np.int8)
    broken = abilities.with_answers(replace(responses, category=category))
    (simulated,) = reference(broken, [deviations_and_scores], rng, replicates=40)
    table = fit_table(broken, simulated)
    assert table["p_adjusted"][0] < 1e-6
    assert table["p_simulated_adjusted"][0] < 1e-6
    assert table["rmsd"][0] > 0.08
    assert (table["p_adjusted"][1:] > 0.01).mean() > 0.9


def test_fit_of_sparse_logs_keeps_its_level(two_pl) -> None:
    """Alarms at 5 % of χ²* with parameters estimated from the same answers."""
    from calibration import MarginalML

    alarms = []
    for seed in range(4):
        responses = two_pl(1200, 40, seed + 20, share=0.4).responses
        fitted = MarginalML(standard_errors="none").fit(responses).parameter_set()
        abilities = Abilities.of(responses, ItemPool.from_parameters(fitted))
        (simulated,) = reference(
            abilities, [deviations_and_scores], np.random.default_rng(seed), replicates=50
        )
        alarms.extend(pseudo_count_fit(abilities, simulated).p < 0.05)
    assert 0.01 <= np.mean(alarms) <= 0.11  # 160 items: 5 % ± 3.4 standard errors


def test_the_table_says_where_s_x2_is_not_defined(two_pl) -> None:
    table = fit_table(two_pl(200, 20, 12, share=0.4))
    assert table["s_x2"].isna().all()
    assert table["note"].str.contains("people who met every item").all()
    few = fit_table(two_pl(37, 10, 13), minimum=100)
    assert (few["note"] == "not enough answers (37 of at least 100)").all()
    assert few["infit"].isna().all()


def test_curves_gather_everybody(two_pl) -> None:
    abilities = two_pl(500, 10, 14, share=0.6)
    curves = observed_curves(abilities)
    n = np.bincount(abilities.responses.items_index)
    gathered = curves.groupby("item")["n"].sum().loc[list(abilities.responses.items)]
    np.testing.assert_allclose(gathered, n, rtol=0.02)
    assert (curves["low"] <= curves["observed"]).all()
    assert (curves["observed"] - curves["expected"]).abs().mean() < 0.08


def test_replicates_keep_who_met_what(two_pl) -> None:
    abilities = two_pl(3000, 12, 15, share=0.5)
    again = replicate(abilities, np.random.default_rng(2))
    np.testing.assert_array_equal(again.responses.items_index, abilities.responses.items_index)
    first, second = (np.bincount(a.responses.items_index, a.responses.category) for a in (abilities, again))
    np.testing.assert_allclose(first / first.sum(), second / second.sum(), atol=0.01)
    np.testing.assert_allclose(np.std(abilities.theta), np.std(again.theta), atol=0.04)


def test_dependent_items_stand_out_against_chance(two_pl) -> None:
    abilities = two_pl(1000, 20, 16)
    responses = abilities.responses
    answers = responses.dense()
    rng = np.random.default_rng(3)
    copied = rng.random(1000) < 0.5
    answers[copied, 5] = answers[copied, 4]
    dependent = abilities.with_answers(replace(responses, category=answers.ravel().astype(np.int8)))
    (largest,) = reference(dependent, [largest_excess], rng, replicates=30)
    table = dependence_table(dependent, cutoff=cutoff_by_chance(largest))
    assert set(table.loc[0, ["item_1", "item_2"]]) == {"I5", "I6"}
    assert table["q3_excess"][0] > 2 * table["cutoff"][0]
    assert (table["q3_excess"][1:] > table["cutoff"][1:]).mean() < 0.02
    assert table["p_adjusted"][0] < 0.001
    assert table["cramers_v"][0] > 0.1
    assert len(table) == 190


def test_q3_of_sparse_and_dense_storage_agree(two_pl) -> None:
    abilities = two_pl(800, 30, 17, share=0.09)
    responses = abilities.responses
    found, n = residual_correlations(abilities)
    from calibration.dependence import score_residuals

    y = np.full((800, 30), np.nan)
    y[responses.persons_index, responses.items_index] = score_residuals(abilities)
    frame = pd.DataFrame(y).corr(min_periods=3)
    shared = n >= 10
    np.testing.assert_allclose(found[shared], frame.to_numpy()[shared], atol=1e-9)


def test_logs_that_do_not_fit_the_parameters(two_pl) -> None:
    pool = two_pl(5, 3, 18).pool
    with pytest.raises(BadInput, match="not in the pool"):
        Abilities.of(ResponseMatrix.from_dense(np.array([[1, 0]]), items=["I1", "X"]), pool)
    with pytest.raises(BadInput, match="shows 3 categories, the model has 2"):
        Abilities.of(ResponseMatrix.from_dense(np.array([[0], [1], [2]]), items=["I1"]), pool)
