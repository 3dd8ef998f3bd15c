"""Estimators against their definitions: brute force, closed forms, and the traps of other programs.

Codes as A1, X1 name rows of the table of peers' traps (adaptivetesting 1.1.4, catsim 0.21.0, jscat 5.2.3).
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, log_expit

from engine import CatRules, ItemPool, start, tell
from engine._types import Floats, Ints
from engine.design import Design
from engine.estimation import estimators
from engine.estimation.base import Answers, Estimate
from engine.priors import Normal, Points, Prior, Uniform
from engine.quadrature import grid
from engine.tables import Tables
from items.errors import BadInput
from tests.engine.pools import fixed_length, mixed, three_pl, two_pl

FINE = np.linspace(-6, 6, 24_001)


def estimate(
    name: str,
    pool: ItemPool,
    items: Ints,
    x: Ints,
    *,
    prior: Prior | None = None,
    nodes: Floats | None = None,
    **kw: float,
) -> Estimate:
    tables = Tables.of(pool, grid(241) if nodes is None else nodes)
    answers = Answers.of(pool, tables, np.atleast_2d(items), np.atleast_2d(x), prior or Normal())
    return estimators.build(name, kw).estimate(answers)


def likelihood(pool: ItemPool, items: Ints, x: Ints, nodes: Floats = FINE) -> Floats:
    """Return log L on a fine grid, straight from the formula of the 3PL."""
    table = pool.parameters.table
    a, b = (table[name].to_numpy()[items][:, None] for name in "ab")
    c = table["c"].fillna(0).to_numpy()[items][:, None] if "c" in table else np.zeros_like(a)
    p = c + (1 - c) * expit(a * (nodes - b))
    return np.where(np.asarray(x)[:, None] == 1, np.log(p), np.log1p(-p)).sum(axis=0)


def patterns(pool: ItemPool, n: int, length: int, seed: int = 1) -> list[tuple[Ints, Ints]]:
    rng = np.random.default_rng(seed)
    return [(rng.choice(len(pool), length, replace=False), rng.integers(0, 2, length)) for _ in range(n)]


def steep(n_items: int = 100) -> ItemPool:
    """Return a 3PL pool with high slopes and much guessing, whose likelihoods often have several maxima."""
    rng = np.random.default_rng(5)
    columns = {"a": rng.uniform(1.5, 4.0, n_items), "b": rng.uniform(-3, 3, n_items)}
    names = [f"i{row}" for row in range(n_items)]
    table = pd.DataFrame({**columns, "c": rng.uniform(0.2, 0.35, n_items), "item": names, "model": "3pl"})
    return ItemPool.from_parameters(table)


@pytest.mark.parametrize("length", [10, 20])
def test_the_global_maximum_of_a_3pl_likelihood_is_found(length: int) -> None:
    """J7, X1: a local search from 0 misses the global maximum in up to 6 % of such patterns."""
    pool, nodes, rng = steep(), np.linspace(-6, 6, 2401), np.random.default_rng(1)
    several = missed = 0
    for items, _ in patterns(pool, 300, length):
        x = (rng.random(length) < rng.uniform(0.3, 0.9)).astype(int)
        log_l = likelihood(pool, items, x, nodes)
        turns = np.flatnonzero((log_l[1:-1] > log_l[:-2]) & (log_l[1:-1] > log_l[2:])) + 1
        several += turns.size > 1
        missed += turns.size > 0 and log_l[turns[np.abs(nodes[turns]).argmin()]] < log_l.max() - 0.01
        theta = estimate("mle", pool, items, x).theta
        assert likelihood(pool, items, x, theta)[0] >= log_l.max() - 1e-9
    assert several >= 10, "some of the patterns have several maxima"
    assert missed >= 5, "and the one nearest to 0 is not always the highest"


@pytest.mark.parametrize(
    "prior", [Normal(0.3, 0.8), Uniform(-2.0, 1.5), Points((-3.0, 0.0, 3.0), (0.1, 1.0, 0.3))]
)
def test_eap_is_the_mean_and_sd_of_the_posterior(prior: Prior) -> None:
    pool = two_pl(60)
    for items, x in patterns(pool, 20, 12):
        found = estimate("eap", pool, items, x, prior=prior, nodes=grid(4801))
        log_post = likelihood(pool, items, x) + prior.log_density(FINE)
        weight = np.exp(log_post - log_post.max())
        mean = weight @ FINE / weight.sum()
        sd = np.sqrt(weight @ (FINE - mean) ** 2 / weight.sum())
        assert found.theta[0] == pytest.approx(mean, abs=2e-4 if isinstance(prior, Uniform) else 1e-5)
        assert found.se[0] == pytest.approx(sd, abs=2e-4 if isinstance(prior, Uniform) else 1e-5)


def test_map_is_the_highest_point_and_its_se_has_the_prior_in_it() -> None:
    """A3: a normal prior does not take the bounds away."""
    pool, prior = three_pl(60), Normal(0.5, 0.7)
    for items, x in patterns(pool, 20, 15):
        found = estimate("map", pool, items, x, prior=prior)
        log_post = likelihood(pool, items, x) + prior.log_density(FINE)
        assert found.theta[0] == pytest.approx(FINE[log_post.argmax()], abs=3e-4)
        info = pool.information(found.theta)[items, 0].sum()
        assert found.se[0] == pytest.approx(1 / np.sqrt(info + 1 / 0.49), rel=1e-9)
        kept = estimate("map", pool, items, x, prior=prior, lower=-0.1, upper=0.1)
        assert -0.1 <= kept.theta[0] <= 0.1


def test_weighted_likelihood_is_the_jeffreys_mode_for_the_2pl_and_not_for_the_3pl() -> None:
    for pool, same in ((two_pl(60), True), (three_pl(60), False)):
        both = [
            [estimate(name, pool, items, x).theta[0] for items, x in patterns(pool, 30, 15)]
            for name in ("wle", "jeffreys")
        ]
        assert np.allclose(*both, atol=1e-6) == same


def test_weighted_likelihood_takes_the_bias_out() -> None:
    """Warm (1989): ML is biased outwards at the first order, WLE is not."""
    pool = two_pl(25)
    rng, theta, n = np.random.default_rng(3), 1.5, 4000
    x = (rng.random((n, 25)) < np.exp(pool.log_prob(np.array([theta]))[:, 1, 0])).astype(int)
    items = np.tile(np.arange(25), (n, 1))
    bias = {name: (estimate(name, pool, items, x).theta - theta).mean() for name in ("mle", "wle")}
    assert bias["mle"] > 0.05
    assert abs(bias["wle"]) < 0.03


def test_fences_hold_extreme_answers_and_leave_the_middle_alone() -> None:
    pool = two_pl(60)
    items, right = np.arange(10), np.ones(10, int)
    top, bottom = (estimate("mlef", pool, items, x) for x in (right, 1 - right))
    assert 2 < top.theta[0] < 6
    assert -6 < bottom.theta[0] < -2
    assert np.isfinite([top.se[0], bottom.se[0]]).all()
    for items, x in patterns(pool, 20, 25):
        plain = estimate("mle", pool, items, x).theta[0]
        if abs(plain) < 1:
            assert estimate("mlef", pool, items, x).theta[0] == pytest.approx(plain, abs=0.05)


def test_the_biweight_leaves_a_careless_slip_out() -> None:
    b = np.r_[-3.0, np.linspace(-1, 3, 19)]
    table = pd.DataFrame({"item": [f"i{k}" for k in range(20)], "model": "2pl", "a": 1.5, "b": b})
    pool, items = ItemPool.from_parameters(table), np.arange(20)
    clean = (b < 1.5).astype(int)
    slip = np.r_[0, clean[1:]]
    shift = {
        name: abs(np.subtract(*[estimate(name, pool, items, x).theta[0] for x in (clean, slip)]))
        for name in ("mle", "biweight")
    }
    assert shift["mle"] > 0.2
    assert shift["biweight"] < 0.1 * shift["mle"]


@pytest.mark.parametrize(
    "table",
    [
        '[estimate]\nmethod = "biweight"',
        '[estimate]\nuntil_mixed = { method = "biweight" }',
        '[report]\nmethod = "biweight"',
    ],
)
def test_the_biweight_is_refused_before_the_test_where_an_item_has_no_difficulty(table: str) -> None:
    pool = mixed(4)
    with pytest.raises(BadInput, match="item 'nrm-1' has no a and b, which the biweight needs"):
        start(pool, fixed_length(3, table), np.zeros((1, 3)))


def test_one_estimator_until_the_answers_are_mixed() -> None:
    rules = fixed_length(6, '[estimate]\nmethod = "mle"\nuntil_mixed = { method = "map" }')
    state = start(two_pl(60), rules, np.zeros((1, 6)))
    for answer, mixed_by_now in ((1, False), (1, False), (0, True), (1, True)):
        state = tell(state, np.array([answer]))
        name = "mle" if mixed_by_now else "map"
        step = state.length[0]
        expected = estimate(name, state.design.pool, state.items[0, :step], state.categories[0, :step])
        assert state.theta[0] == pytest.approx(expected.theta[0], abs=1e-9)
        assert state.se[0] == pytest.approx(expected.se[0], abs=1e-9)


@pytest.mark.parametrize("name", ["eap", "map", "mle", "wle"])
def test_thousands_of_items_underflow_nothing(name: str) -> None:
    """A1, J3: raw products are wrong from 1,000 items and NaN from 3,000."""
    pool = three_pl(4000, seed=8)
    rng, theta = np.random.default_rng(2), 0.7
    x = (rng.random(4000) < np.exp(pool.log_prob(np.array([theta]))[:, 1, 0])).astype(int)
    rules = fixed_length(4000, f'[estimate]\nmethod = "{name}"')
    nodes = Design.of(pool, rules).tables.nodes
    found = estimate(name, pool, np.arange(4000), x, nodes=nodes)
    assert found.theta[0] == pytest.approx(theta, abs=0.1)
    info = pool.information(found.theta)[:, 0].sum()
    assert found.se[0] == pytest.approx(1 / np.sqrt(info), rel=0.05)


def test_the_grid_is_finer_than_the_narrowest_posterior() -> None:
    """The mean of a posterior that is narrower than 0.2 logits: refined, the grid gives it to 1e-6."""
    pool = two_pl(400)
    design = Design.of(pool, fixed_length(400))
    step = design.tables.nodes[1] - design.tables.nodes[0]
    items, x = np.arange(400), (likelihoods_at(pool, 0.43) > np.random.default_rng(1).random(400)).astype(int)
    found = estimate("eap", pool, items, x, nodes=design.tables.nodes)
    exact = estimate("eap", pool, items, x, nodes=grid(12_001))
    assert step <= found.se[0]
    assert step < 0.2
    assert found.theta[0] == pytest.approx(exact.theta[0], abs=1e-6)


def likelihoods_at(pool: ItemPool, theta: float) -> Floats:
    return np.exp(pool.log_prob(np.array([theta]))[:, 1, 0])


def test_a_right_answer_never_lowers_a_2pl_ability() -> None:
    """C2: catsim's first steps lower θ after a right answer when θ lies above the largest b."""
    pool = two_pl(30)
    for name in ("eap", "map", "mle", "mlef", "wle"):
        rules = fixed_length(30, f'[start]\ntheta = 3.7\n[estimate]\nmethod = "{name}"')
        state = start(pool, rules, np.zeros((1, 30)))
        for answer in np.tile([1, 1, 0, 1], 7):
            before, state = state, tell(state, np.array([answer]))
            if before.scored[0]:
                assert (state.theta[0] >= before.theta[0] - 1e-9) == bool(answer) or abs(state.theta[0]) == 6


def test_reported_statuses() -> None:
    pool, rules = (
        mixed(),
        CatRules.parse('[stop]\nrule = "length"\nlength = 4\n[report]\nmethod = "mle"\nmin_answers = 3'),
    )
    from engine.session import report

    state = start(pool, rules, np.zeros((5, 4)))
    for step in range(4):
        top = pool.n_categories[state.current] - 1
        x = np.array([0, top[1], step % 2, -1, 1 if step < 2 else -1])
        state = tell(state, x)
    found, words = report(state)
    assert words.tolist() == ["all_lowest", "all_highest", "ok", "no_answers", "not_enough_answers"]
    assert (found.theta[0], found.theta[1]) == (-6, 6)
    assert np.isnan(found.se[[0, 1, 3]]).all()


def test_log_probabilities_hold_far_out() -> None:
    """Nothing is clipped: log P(0) of a 2PL item at θ = 60 is −a (60 − b)."""
    pool = two_pl(5)
    a, b = (pool.parameters.table[name].to_numpy() for name in "ab")
    np.testing.assert_allclose(pool.log_prob(np.array([60.0]))[:, 0, 0], log_expit(-a * (60 - b)), rtol=1e-12)
