"""What is expected of a person beforehand: from rules and covariates to the first question."""

from pathlib import Path

import numpy as np
import pytest

from engine import CatRules, ask, simulate, start
from engine.design import Design
from engine.latent_regression import LatentRegression
from engine.priors import Individual, Normal, Uniform
from engine.quadrature import grid
from engine.roster import read_roster
from engine.session import report, restore
from engine.state import view_of
from engine.steps import steered
from items.errors import BadInput
from tests.engine.pools import two_pl

SCHOOLS = {"years": 0.2, "school:rural": -0.3, "school:urban": 0.0}
REGRESSION = LatentRegression(intercept=-0.5, sd=0.6, slopes=SCHOOLS)
RULES = """
[start]
theta = -1.0
[start.prior]
intercept = -0.5
sd = 0.6
slopes = { years = 0.2, "school:rural" = -0.3, "school:urban" = 0.0 }
[stop]
rule = "length"
length = 10
"""
PEOPLE = ({"years": 3, "school": "rural"}, {"years": "8", "school": "urban"}, {"years": 5}, {})


def test_what_is_expected_is_the_sum_of_what_is_known() -> None:
    assert REGRESSION.covariates == ("years", "school")
    expected = REGRESSION.expected([*PEOPLE, {"years": "", "school": "urban"}])
    np.testing.assert_allclose(expected, [-0.2, 1.1, np.nan, np.nan, np.nan])


@pytest.mark.parametrize(
    ("person", "says"),
    [
        ({"years": "three", "school": "urban"}, "person 2: years is 'three'; a finite number is needed"),
        ({"years": np.inf, "school": "urban"}, "person 2: years is 'inf'; a finite number is needed"),
        ({"years": 3, "school": "Urban"}, "person 2: school is 'Urban'; one of rural, urban is needed"),
    ],
)
def test_a_covariate_that_cannot_be_used_is_named(person: dict[str, float | str], says: str) -> None:
    with pytest.raises(ValueError, match=f"^{says}$"):
        REGRESSION.expected([PEOPLE[0], person])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sd = 0.6\nslopes = { years = 1 }", r"start.prior needs the setting 'intercept'"),
        ("intercept = 0\nsd = 0\nslopes = { years = 1 }", r"sd = 0; a finite number above 0 is needed"),
        ("intercept = 0\nsd = 1\nslopes = {}", r"no covariate has a slope"),
        ("intercept = nan\nsd = 1\nslopes = { years = 1 }", r"must be finite numbers"),
        ("intercept = 0\nsd = 1\nslopes = { years = 'x' }", r"slopes.years = 'x' is not a number"),
        ("intercept = 0\nsd = 1\nslopes = { a = 1, 'a:b' = 2 }", r"'a' has a slope of its own and slopes"),
        ("intercept = 0\nsd = 1\nslope = { years = 1 }", r"did you mean 'slopes'"),
    ],
)
def test_a_regression_that_cannot_be_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        CatRules.parse(f"[start.prior]\n{text}")
    with pytest.raises(BadInput, match="is not a table of intercept, sd and slopes"):
        CatRules.parse("[start]\nprior = 0.5")


def test_the_test_begins_where_ability_is_expected_and_else_at_theta() -> None:
    pool, rules = two_pl(60), CatRules.parse(RULES)
    state = start(pool, rules, np.zeros((4, 10)), prior=Design.of(pool, rules).prior_of(PEOPLE))
    np.testing.assert_allclose(state.begin, [-0.2, 1.1, -1.0, -1.0], atol=1e-9)
    best = pool.information(np.array([-0.2, 1.1, -1.0, -1.0])).argmax(axis=0)
    assert ask(state).tolist() == best.tolist()


def test_without_a_prior_in_the_rules_nothing_is_made_of_what_is_known() -> None:
    assert Design.of(two_pl(10), CatRules.parse("")).prior_of(PEOPLE) is None


def test_what_is_known_steers_and_does_not_score() -> None:
    """Equal answers earn equal scores; questions go by the posterior under each person's prior."""
    pool, rules = two_pl(60), CatRules.parse(RULES)
    same, answers = np.arange(6)[None].repeat(4, axis=0), np.tile([1, 0], (4, 3))
    prior = Design.of(pool, rules).prior_of(PEOPLE)
    state = restore(pool, rules, np.zeros((4, 10)), same, answers, prior=prior)
    assert len(set(report(state)[0].theta)) == len(set(state.theta)) == len(set(state.se)) == 1
    seen = steered(state, view_of(state))
    theta = np.linspace(-8, 8, 4001)
    log_prob = pool.log_prob(theta)[np.arange(6), [1, 0] * 3].sum(axis=0)
    for row, (mean, sd) in enumerate([(-0.2, 0.6), (1.1, 0.6), (0.0, 1.0), (0.0, 1.0)]):
        posterior = np.exp(log_prob - 0.5 * ((theta - mean) / sd) ** 2)
        assert seen.theta[row] == pytest.approx((posterior * theta).sum() / posterior.sum(), abs=1e-7)


def test_a_test_is_as_precise_as_promised_whatever_was_known() -> None:
    """What is known is no answer: were it counted, tests would report a larger SE than asked."""
    stop = '[stop]\nany_of = [{ rule = "precision", se = 0.4 }, { rule = "length", length = 50 }]'
    rules = CatRules.parse(RULES.partition("[stop]")[0].replace("sd = 0.6", "sd = 0.3") + stop)
    theta = np.random.default_rng(1).normal(size=500)
    tests = simulate(two_pl(120), rules, theta, rng=np.random.default_rng(2)).tests
    assert (tests.reason == "precision").mean() > 0.9
    assert tests.se[tests.reason == "precision"].max() <= 0.4


@pytest.mark.parametrize("others", [Normal(0.3, 1.2), Uniform(-2, 2)], ids=["normal", "uniform"])
def test_people_of_whom_nothing_is_known_have_the_others_prior(others: Normal | Uniform) -> None:
    prior, nodes = Individual(np.array([0.7, np.nan]), 0.5, others), grid(121)
    own = Normal(0.7, 0.5)
    np.testing.assert_array_equal(
        prior.log_weights(nodes), np.vstack([own.log_weights(nodes), others.log_weights(nodes)])
    )
    at = np.array([0.1, 0.1])
    for found, first, second in zip(
        prior.derivatives(at), own.derivatives(at[:1]), others.derivatives(at[:1]), strict=True
    ):
        np.testing.assert_array_equal(found, [first[0], second[0]])
    np.testing.assert_array_equal(prior.take(np.array([1])).log_weights(nodes), others.log_weights(nodes))


def test_the_grid_makes_out_a_narrow_prior() -> None:
    """An exact posterior beside 4,001 nodes: the grid is as fine as the prior needs, not only the answers."""
    pool, rules = two_pl(5), CatRules.parse(RULES.replace("sd = 0.6", "sd = 0.08").replace("10", "3"))
    design = Design.of(pool, rules)
    step = design.tables.nodes[1] - design.tables.nodes[0]
    assert step < 0.08
    prior = design.prior_of([PEOPLE[0]])
    state = restore(pool, rules, np.zeros((1, 3)), np.array([[0, 1]]), np.array([[1, 1]]), prior=prior)
    theta = np.linspace(-2, 2, 4001)
    posterior = np.exp(pool.log_prob(theta)[[0, 1], [1, 1]].sum(axis=0) - 0.5 * ((theta + 0.2) / 0.08) ** 2)
    mean = (posterior * theta).sum() / posterior.sum()
    seen = steered(state, view_of(state))
    assert seen.theta[0] == pytest.approx(mean, abs=1e-7)
    assert seen.se[0] == pytest.approx(np.sqrt((posterior * (theta - mean) ** 2).sum() / posterior.sum()))


def test_simulated_people_are_such_that_the_regression_is_true() -> None:
    """Ability regressed on what is drawn has slope 1 and the residual SD that the rules state."""
    rng, n = np.random.default_rng(1), 200_000
    theta = rng.normal(0.4, 1.3, n)
    expected = REGRESSION.simulated(theta, 0.4, 1.3, rng=rng)
    slope, intercept = np.polyfit(expected, theta, 1)
    assert slope == pytest.approx(1, abs=4 * 0.6 / np.sqrt(n) / expected.std())
    assert intercept == pytest.approx(0, abs=0.01)
    assert np.std(theta - expected) == pytest.approx(0.6, abs=4 * 0.6 / np.sqrt(2 * n))
    assert np.isnan(REGRESSION.simulated(np.array([np.nan]), 0, 1, rng=rng)).all()


def test_a_simulation_knows_of_people_what_the_rules_ask_for() -> None:
    """By itself, as it will be live: the same rules without a prior ask other first questions."""
    pool, theta = two_pl(60), np.random.default_rng(1).normal(size=2000)
    study = simulate(pool, CatRules.parse(RULES), theta, rng=np.random.default_rng(2))
    assert len(np.unique(study.tests.items[:, 0])) > 3
    plain = RULES.replace("[start.prior]", "[scale]").replace("intercept = -0.5\nsd = 0.6\n", "")
    plain = "\n".join(line for line in plain.splitlines() if not line.startswith("slopes"))
    assert (
        len(
            np.unique(
                simulate(pool, CatRules.parse(plain), theta, rng=np.random.default_rng(2)).tests.items[:, 0]
            )
        )
        == 1
    )


def test_covariates_that_tell_nothing_are_refused_in_a_simulation() -> None:
    rules = CatRules.parse(RULES.replace("sd = 0.6", "sd = 1.0"))
    with pytest.raises(BadInput, match=r"\[start.prior\]: sd = 1 is not below the population's 1"):
        simulate(two_pl(20), rules, np.zeros(3), rng=np.random.default_rng(1))


def test_a_file_of_people_is_read_with_what_is_not_known(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("person,years,school,theta_true\n007,3,rural,0.5\nbo, ,urban,\n", encoding="utf-8")
    people = read_roster(file, REGRESSION)
    assert people.names == ("007", "bo")
    assert people.known == ({"years": "3", "school": "rural"}, {"school": "urban"})
    np.testing.assert_array_equal(people.theta, [0.5, np.nan])
    file.write_text("years,school\n3,rural\n", encoding="utf-8")
    assert read_roster(file, REGRESSION).names == ("1",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "person,years\nana,3\n",
            r"people.csv: has no column 'school'; a table with the columns person,years,school",
        ),
        ("person,years,school\n", r"people.csv: holds nobody"),
        ("person,years,school\na,1,rural\na,2,rural\n", r"person 'a' stands twice; one row a person"),
        ("person,years,school\na,1,rural\nb,x,rural\n", r"people.csv, line 3: years is 'x'; a finite"),
        ("person,years,school\na,1,city\n", r"line 2: school is 'city'; one of rural, urban"),
        ("person,years,school,theta_true\na,1,rural,high\n", r"line 2: theta_true is 'high'; a finite"),
    ],
)
def test_a_file_of_people_that_cannot_be_used_is_said_to_be_so(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        read_roster(file, REGRESSION)
