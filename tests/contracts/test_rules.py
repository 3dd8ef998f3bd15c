"""What every registered rule of an adaptive test promises; a new member is tested by being registered."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from engine import CatRules, ItemPool, simulate, start, tell
from engine.catalogue import ROLES, entries
from engine.design import Design
from engine.estimation import estimators
from engine.estimation.base import STATUSES, Answers, status
from engine.priors import Normal, priors
from engine.ranking import first_k
from engine.registry import Registry, settings_of
from engine.selection.base import choosers, criteria
from engine.session import report
from engine.state import State, view_of
from engine.stopping import stopping_rules
from tests.engine.pools import fixed_length, mixed, three_pl

EXAMPLES = {int: 10, float: 0.3, "tuple[float, ...]": (-0.5, 0.5), "tuple[str, ...]": ()}
"""Values for settings that have no default, by kind."""
SPECIAL = {"points": {"theta": (-3.0, 0.0, 3.0), "density": (0.1, 1.0, 0.1)}}
"""Settings that belong together, by rule."""
DICHOTOMOUS = {"b_opt", "thompson", "biweight"}
"""Rules that need a, b (thompson: standard errors) and refuse other pools with a sentence."""


def build(registry: Registry[Any], name: str) -> Any:
    settings = {
        field.name: EXAMPLES[field.type if isinstance(field.type, type) else str(field.type)]
        for field in settings_of(registry[name])
        if "MISSING" in repr(field.default) and "MISSING" in repr(field.default_factory)
    }
    return registry.build(name, SPECIAL.get(name, settings))


def under_way(pool: ItemPool, rules: CatRules, *, n: int = 12, steps: int = 6) -> State:
    """Return the state of n people after some questions, answered at random."""
    rng = np.random.default_rng(5)
    state = start(pool, rules, rng.random((n, Design.of(pool, rules).max_length)))
    for _ in range(steps):
        state = tell(state, (rng.random(n) * pool.n_categories[state.current]).astype(int))
    return state


@pytest.fixture(scope="module", params=["dichotomous", "mixed"])
def state(request: pytest.FixtureRequest) -> State:
    pool = three_pl() if request.param == "dichotomous" else mixed()
    return under_way(pool, fixed_length(20))


def applies(name: str, pool: ItemPool) -> bool:
    return name not in DICHOTOMOUS or pool.max_categories == 2


@pytest.mark.parametrize("name", [entry.name for entry in entries()])
def test_every_rule_explains_itself(name: str) -> None:
    for entry in entries():
        if entry.name == name:
            assert len(entry.summary) > 10
            assert entry.summary.endswith(".")
            assert entry.reference or entry.role == "prior"
            assert entry.place.startswith("[")


@pytest.mark.parametrize(
    ("role", "name"),
    [(role, name) for role in ("criterion", "chooser", "estimator") for name in ROLES[role][0]],
)
def test_every_rule_can_be_read_from_a_rules_file(role: str, name: str) -> None:
    table, key = {"criterion": ("select", "criterion"), "chooser": ("select", "chooser")}.get(
        role, ("estimate", "method")
    )
    rules = CatRules.parse(f'[{table}]\n{key} = "{name}"')
    field = {"criterion": "criterion", "chooser": "chooser"}.get(role, "estimator")
    assert isinstance(getattr(rules, field), ROLES[role][0][name])


# Criteria


@pytest.mark.parametrize("name", criteria)
class TestCriterion:
    def test_scores_are_numbers_for_every_person_and_item(self, name: str, state: State) -> None:
        pool, view = state.design.pool, view_of(state)
        if not applies(name, pool):
            with pytest.raises(ValueError, match=r"needed|neither"):
                build(criteria, name).score(view, pool)
            return
        scores = build(criteria, name).score(view, pool)
        assert scores.shape == (len(state), len(pool))
        assert np.isfinite(scores).all()

    def test_nobody_s_scores_depend_on_the_batch(self, name: str, state: State) -> None:
        pool, view = state.design.pool, view_of(state)
        if applies(name, pool):
            criterion = build(criteria, name).bind(pool, view.tables, view.max_length)
            whole, rows = criterion.score(view, pool), np.array([7, 2])
            np.testing.assert_allclose(
                criterion.score(view.take(rows), pool), whole[rows], rtol=1e-9, atol=1e-12
            )

    def test_a_shortlist_is_the_head_of_the_scores(self, name: str, state: State) -> None:
        pool, view = state.design.pool, view_of(state)
        if applies(name, pool):
            criterion = build(criteria, name).bind(pool, view.tables, view.max_length)
            eligible = ~view.administered & (np.arange(len(pool)) % 7 > 0)
            short = criterion.shortlist(view, pool, eligible, 4)
            if short is not None:
                whole = first_k(np.where(eligible, criterion.score(view, pool), -np.inf), 4)
                np.testing.assert_array_equal(short[0], whole[0])
                np.testing.assert_allclose(short[1], whole[1], rtol=1e-12)

    def test_a_shortlist_by_kind_holds_the_head_of_each(self, name: str, state: State) -> None:
        pool, view = state.design.pool, view_of(state)
        if applies(name, pool):
            kind = np.arange(len(pool)) % 3
            bound = build(criteria, name).bind(pool, view.tables, view.max_length).among(pool, kind)
            eligible = ~view.administered & (np.arange(len(pool)) % 7 > 0)
            eligible[:4] &= kind != 1
            short = bound.shortlist(view, pool, eligible, 4) if bound.by_kind else None
            for number, part in enumerate(np.split(short[0], 3, axis=1) if short else ()):
                scores = np.where(eligible & (kind == number), bound.score(view, pool), -np.inf)
                np.testing.assert_array_equal(part, first_k(scores, 4)[0])

    def test_whole_tests_ask_nothing_twice(self, name: str) -> None:
        rules = fixed_length(15, f'[select]\ncriterion = "{name}"')
        study = simulate(three_pl(), rules, np.linspace(-2, 2, 30), rng=np.random.default_rng(3))
        assert all(len(set(items)) == 15 for items in study.tests.items.tolist())
        assert np.abs(study.tests.theta - study.theta).mean() < 0.7


# Choosers


@pytest.mark.parametrize("name", choosers)
class TestChooser:
    @staticmethod
    def cases() -> Iterator[tuple[Any, Any, Any]]:
        rng = np.random.default_rng(8)
        scores, eligible = rng.normal(size=(400, 9)), rng.random((400, 9)) < 0.5
        eligible[0], eligible[1] = False, np.arange(9) == 4
        for u in (np.zeros(400), rng.random(400), np.full(400, np.nextafter(1.0, 0.0))):
            yield scores, eligible, u

    def test_only_eligible_columns_are_chosen(self, name: str) -> None:
        for scores, eligible, u in self.cases():
            chosen = build(choosers, name).choose(scores, eligible, u)
            assert chosen.shape == (400,)
            assert chosen[0] == -1
            assert chosen[1] == 4
            some = eligible.any(axis=1)
            assert eligible[some, chosen[some]].all()
            assert (chosen[~some] == -1).all()

    def test_the_width_says_how_far_it_looks(self, name: str) -> None:
        chooser = build(choosers, name)
        for scores, eligible, u in self.cases():
            rank = np.argsort(np.argsort(np.where(eligible, -scores, np.inf), axis=1), axis=1)
            chosen = chooser.choose(scores, eligible, u)
            some = chosen >= 0
            width = scores.shape[1] if chooser.width is None else chooser.width
            assert (rank[some, chosen[some]] < width).all()

    def test_better_items_are_not_chosen_less_often(self, name: str) -> None:
        u, scores = np.random.default_rng(1).random(4000), np.tile([0.0, 1.0, 0.5], (4000, 1))
        share = np.bincount(build(choosers, name).choose(scores, np.ones((4000, 3), bool), u), minlength=3)
        assert share[1] >= share[2] - 200
        assert share[2] >= share[0] - 200


# Stopping rules


@pytest.mark.parametrize("name", stopping_rules)
class TestStoppingRule:
    def test_answers_point_into_the_reasons(self, name: str, state: State) -> None:
        rule, view = build(stopping_rules, name), view_of(state)
        found = rule.bind(state.design.pool, view.tables).check(view, state.design.pool)
        assert found.shape == (len(state),)
        assert rule.reasons
        assert all(rule.reasons)
        assert ((found >= -1) & (found < len(rule.reasons))).all()

    def test_nobody_s_answer_depends_on_the_batch(self, name: str, state: State) -> None:
        view, pool = view_of(state), state.design.pool
        rule = build(stopping_rules, name).bind(pool, view.tables)
        rows = np.array([3, 1])
        np.testing.assert_array_equal(rule.check(view.take(rows), pool), rule.check(view, pool)[rows])

    def test_no_test_is_shorter_than_the_rule_allows(self, name: str) -> None:
        rule = build(stopping_rules, name)
        state = under_way(three_pl(), fixed_length(20), steps=0)
        rng = np.random.default_rng(2)
        for _ in range(rule.shortest - 1):
            assert (rule.check(view_of(state), state.design.pool) < 0).all()
            state = tell(state, rng.integers(0, 2, len(state)))
        assert rule.longest is None or rule.longest >= rule.shortest


# Estimators


@pytest.mark.parametrize("name", estimators)
class TestEstimator:
    def test_mixed_answers_have_a_finite_estimate(self, name: str, state: State) -> None:
        if applies(name, state.design.pool):
            answers = state.answers
            estimate = build(estimators, name).estimate(answers)
            fine = status(answers, estimate) == STATUSES.index("ok")
            assert fine.mean() > 0.7
            assert np.isfinite(estimate.theta).all()
            assert (estimate.se[fine] > 0).all()

    def test_nobody_s_estimate_depends_on_the_batch(self, name: str, state: State) -> None:
        if applies(name, state.design.pool):
            estimator, whole = build(estimators, name), build(estimators, name).estimate(state.answers)
            for row in range(len(state)):
                alone = estimator.estimate(state.take(np.array([row])).answers)
                np.testing.assert_array_equal(alone.theta[0], whole.theta[row])
                np.testing.assert_array_equal(alone.se[0], whole.se[row])

    def test_the_order_of_the_answers_does_not_matter(self, name: str, state: State) -> None:
        pool, tables = state.design.pool, state.design.tables
        if applies(name, pool):
            items, categories = state.items[:, :6], state.categories[:, :6]
            both = [
                build(estimators, name).estimate(
                    Answers.of(pool, tables, items[:, way], categories[:, way], Normal())
                )
                for way in (slice(None), slice(None, None, -1))
            ]
            np.testing.assert_allclose(both[0].theta, both[1].theta, atol=1e-7)

    def test_extreme_and_missing_answers_are_statuses(self, name: str) -> None:
        pool = three_pl()
        items = np.tile(np.arange(8), (3, 1))
        categories = np.array([[0] * 8, [1] * 8, [-1] * 8])
        answers = Answers.of(
            pool, under_way(pool, fixed_length(20)).design.tables, items, categories, Normal()
        )
        estimate = build(estimators, name).estimate(answers)
        words = [STATUSES[code] for code in status(answers, estimate)]
        assert words == ["all_lowest", "all_highest", "no_answers"]
        assert -6 <= estimate.theta[0] < estimate.theta[1] <= 6

    def test_two_category_partial_credit_is_the_2pl(self, name: str) -> None:
        """GPCM and GRM with two categories equal the 2PL through every estimator."""
        import pandas as pd

        plain = pd.DataFrame({"a": [0.8, 1.3, 1.0, 1.7, 0.6], "b": [-1.0, -0.3, 0.2, 0.7, 1.4]})
        thetas = []
        for model, column in (("2pl", "b"), ("gpcm", "b1"), ("grm", "b1")):
            table = plain.rename(columns={"b": column}).assign(model=model, item=list("vwxyz"))
            pool = ItemPool.from_parameters(table)
            tables = Design.of(pool, fixed_length(5)).tables
            items, x = np.arange(5)[None], np.array([[1, 1, 0, 1, 0]])
            answers = Answers.of(pool, tables, items, x, Normal())
            thetas.append(build(estimators, name).estimate(answers).theta[0])
        np.testing.assert_allclose(thetas, thetas[0], atol=1e-7)


@pytest.mark.parametrize("name", priors)
def test_priors_are_weights_with_right_slopes(name: str) -> None:
    prior, nodes = build(priors, name), np.linspace(-6, 6, 61)
    np.testing.assert_allclose(np.exp(prior.log_weights(nodes)).sum(axis=1), 1.0)
    theta, step = np.array([-2.1, -0.3, 0.4, 1.7]), 1e-5
    slope = (prior.log_density(theta + step) - prior.log_density(theta - step)) / (2 * step)
    np.testing.assert_allclose(prior.derivatives(theta)[0], slope, atol=1e-6)


def test_reports_carry_a_status_for_everybody() -> None:
    state = under_way(mixed(), fixed_length(20))
    estimate, words = report(state)
    assert set(words) <= set(STATUSES)
    assert np.isfinite(estimate.theta).all()
