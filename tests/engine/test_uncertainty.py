"""Parameters that are estimates: their distribution, and answers averaged over it."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from engine import CatRules, ItemPool, simulate
from engine.design import Design
from engine.uncertainty import Belief, averaged_log_prob, draw_pools, towards_bank
from items.errors import BadInput
from items.parameters import Covariance, ParameterSet
from tests.engine.pools import three_pl, two_pl


def rasch(n: int, se: float) -> ItemPool:
    b = np.linspace(-2, 2, n)
    table = pd.DataFrame({"item": [f"i{k}" for k in range(n)], "model": "rasch", "b": b, "se_b": se})
    return ItemPool.from_parameters(table)


def draws(pool: ItemPool, n: int) -> np.ndarray:
    """Return n draws (n, J, P) of the natural parameters of a pool of one model."""
    belief, rng = Belief.of(pool, pool.blocks[0]), np.random.default_rng(1)
    return np.array([belief.draw(rng)[1] for _ in range(n)])


def test_the_move_towards_the_bank_is_that_of_two_normal_densities() -> None:
    """Efron & Morris (1975), JASA 70, 311-319: y + V / (T + V) (m − y), variance T V / (T + V)."""
    y, v = np.random.default_rng(1).normal(0.5, 1.3, (60, 1)), np.random.default_rng(2).uniform(0.1, 0.9, 60)
    move, left = towards_bank(y, v[:, None, None], np.array([True]), np.ones(60, bool))
    m, t = y.mean(), np.var(y, ddof=1) - v.mean()
    np.testing.assert_allclose(move[:, 0], v / (t + v) * (m - y[:, 0]), rtol=1e-12)
    np.testing.assert_allclose(left[:, 0, 0], t * v / (t + v), rtol=1e-12)


def test_parameters_that_are_learnt_about_move_those_that_go_with_them() -> None:
    """The joint normal conditioned by hand: c follows b through their covariance."""
    y = np.random.default_rng(1).normal(size=(50, 2))
    errors = np.tile([[0.2, 0.1], [0.1, 0.3]], (50, 1, 1))
    move, left = towards_bank(y, errors, np.array([True, False]), np.ones(50, bool))
    t = np.var(y[:, 0], ddof=1) - 0.2
    np.testing.assert_allclose(move[:, 1], 0.1 / (t + 0.2) * (y[:, 0].mean() - y[:, 0]))
    np.testing.assert_allclose(left[:, 1, 1], 0.3 - 0.1**2 / (t + 0.2))


def test_answers_are_averaged_over_the_difficulty() -> None:
    """∫ logistic(θ − b) N(b; b̂, 0.4²) db by quadrature; too few items to learn anything about the bank."""
    pool, nodes = rasch(5, 0.4), np.array([-1.0, 0.3, 2.0])
    found = np.exp(averaged_log_prob(pool, nodes, draws=4000))
    for item, b in enumerate(np.linspace(-2, 2, 5)):
        for place, theta in enumerate(nodes):
            expected = quad(lambda x, t=theta, m=b: norm(m, 0.4).pdf(x) / (1 + np.exp(x - t)), b - 4, b + 4)[
                0
            ]
            assert found[item, 1, place] == pytest.approx(expected, abs=0.01)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_known_parameters_stay_as_they_are() -> None:
    pool = rasch(30, 0.0)
    np.testing.assert_allclose(averaged_log_prob(pool, np.zeros(1)), pool.log_prob(np.zeros(1)))


def test_draws_are_spread_as_the_bank_and_the_errors_say() -> None:
    """Over many draws the mean difficulty of each item is shrunk, and asymptotes keep their order."""
    pool = rasch(40, 0.5)
    b = pool.parameters.table["b"].to_numpy()
    drawn = draws(pool, 4000)[:, :, 1]
    t = np.var(b, ddof=1) - 0.25
    np.testing.assert_allclose(drawn.mean(axis=0), b * t / (t + 0.25), atol=0.04)
    np.testing.assert_allclose(drawn.std(axis=0), np.sqrt(t * 0.25 / (t + 0.25)), rtol=0.06)
    for one in islice(draw_pools(three_pl(), np.random.default_rng(1)), 20):
        table = one.parameters.table
        assert (table["a"] > 0).all()
        assert ((table["c"] > 0) & (table["c"] < 1)).all()


def test_what_has_a_prior_from_the_bank_is_not_moved_again() -> None:
    pool = rasch(40, 0.5)
    settled = replace(
        pool, parameters=replace(pool.parameters, provenance={"settings": {"priors": "hierarchical"}})
    )
    drawn = draws(settled, 4000)[:, :, 1]
    np.testing.assert_allclose(np.mean(drawn, axis=0), pool.parameters.table["b"], atol=0.04)


def test_covariances_of_a_calibration_count_before_standard_errors() -> None:
    matrix = ((0.04, 0.03), (0.03, 0.09))
    covariances = {("i0", 1): Covariance(("a", "b"), matrix)}
    table = pd.DataFrame({"item": ["i0"], "version": 1, "model": "2pl", "a": [1.0], "b": [0.5]})
    pool = ItemPool.from_parameters(ParameterSet(table, covariances=covariances))
    drawn = draws(pool, 20_000)[:, 0]
    moves = np.stack([np.log(drawn[:, 0]), drawn[:, 1]], axis=1)
    np.testing.assert_allclose(np.cov(moves, rowvar=False), matrix, atol=0.003)


def test_a_rule_that_needs_errors_says_so() -> None:
    with pytest.raises(ValueError, match="neither covariances nor standard errors"):
        next(draw_pools(two_pl(), np.random.default_rng(1)))
    rules = CatRules.parse("[estimate]\nparameter_uncertainty = true")
    with pytest.raises(BadInput, match="neither covariances nor standard errors"):
        simulate(two_pl(), rules, np.zeros(2), rng=np.random.default_rng(1))
    rules = CatRules.parse('[estimate]\nparameter_uncertainty = true\nmethod = "wle"')
    with pytest.raises(BadInput, match="needs the method eap"):
        simulate(three_pl(), rules, np.zeros(2), rng=np.random.default_rng(1))


def test_the_option_carries_into_the_error_and_the_stop() -> None:
    """The same people need more questions for the same standard error, and get a larger one for as many."""
    theta, more = np.random.default_rng(1).normal(size=300), "[estimate]\nparameter_uncertainty = true\n"
    stop = '[stop]\nany_of = [{ rule = "precision", se = 0.35 }, { rule = "length", length = 60 }]\n'
    pool, fixed = three_pl(), '[stop]\nrule = "length"\nlength = 20\n'
    lengths, errors = [], []
    for option in ("", more):
        rng = np.random.default_rng(2)
        lengths.append(simulate(pool, CatRules.parse(stop + option), theta, rng=rng).tests.length.mean())
        errors.append(simulate(pool, CatRules.parse(fixed + option), theta, rng=rng).tests.se.mean())
    assert lengths[1] > 1.1 * lengths[0]
    assert errors[1] > 1.05 * errors[0]


@pytest.mark.parametrize(
    "text",
    [
        "[estimate]\nparameter_uncertainty = true",
        '[select]\ncriterion = "thompson"',
        '[select]\nearly = { criterion = "thompson", questions = 2 }',
    ],
)
def test_items_without_errors_are_named_where_errors_count(text: str) -> None:
    table = rasch(6, 0.3).parameters.table
    table.loc[[1, 4], "se_b"] = np.nan
    pool = ItemPool.from_parameters(table)
    told = "taken as known exactly, for want of standard errors: i1, i4"
    assert Design.of(pool, CatRules.parse(text)).notes == (told,)
    assert Design.of(pool, CatRules.default()).notes == ()
    assert Design.of(rasch(6, 0.3), CatRules.parse(text)).notes == ()
