"""Who answers: shares of answers against the formulas, kinds of people by name, real answers again."""

import numpy as np
import pytest

from engine import CatRules, simulate
from engine.design import Design
from engine.simulation.admitting import guess_admit_gap
from engine.simulation.crowds import CROWDS, crowd
from engine.simulation.responders import Admitting, Guessing, Misfitting, ModelResponder, Replay, Uncertain
from items.errors import BadInput
from tests.engine.pools import fixed_length, mixed, three_pl, two_pl

N = 40_000
PEOPLE, U = np.arange(N), np.random.default_rng(3).random(N)
ITEM = np.full(N, 4)
START = np.zeros(N, int)


def shares(answers, k: int):
    return np.bincount(answers, minlength=k) / N


@pytest.mark.parametrize("item", range(5))
def test_categories_come_as_often_as_the_model_says(item: int) -> None:
    pool = mixed(1)
    answers = ModelResponder(pool, np.full(N, 0.3)).respond(PEOPLE, np.full(N, item), START, U)
    expected = pool.prob_at(np.array([item]), np.array([0.3]))[0]
    assert np.abs(shares(answers, expected.size) - expected).max() < 0.01


def test_items_outside_the_pool_get_no_category() -> None:
    answers = ModelResponder(two_pl(5), np.zeros(2)).respond(
        np.array([0, 1]), np.array([7, 3]), START[:2], U[:2]
    )
    assert answers[0] == -1
    assert answers[1] >= 0


def test_admitters_never_gain_by_guessing() -> None:
    """P(right) = d · logistic(a(θ − b)) without c for who admits; the 3PL for who guesses."""
    pool = three_pl(10)
    row = pool.parameters.table.iloc[4]
    known = 1 / (1 + np.exp(-row["a"] * (0.2 - row["b"])))
    for readiness, expected in ((1.0, known), (0.0, row["c"] + (1 - row["c"]) * known)):
        people = Admitting(pool, np.full(N, 0.2), np.full(N, readiness))
        assert people.respond(PEOPLE, ITEM, START, U).mean() == pytest.approx(expected, abs=0.01)


def test_any_kind_may_end_up_guessing_and_no_other_comes_second() -> None:
    design, theta = Design.of(three_pl(30), fixed_length(5)), np.zeros(2000)
    both = crowd("admitting=0.5,guessing=1", design, theta, rng=np.random.default_rng(4))
    assert isinstance(both, Guessing)
    assert isinstance(both.others, Admitting)
    assert both.others.readiness.mean() == pytest.approx(0.5, abs=0.05)
    with pytest.raises(BadInput, match="one kind, and guessing after it"):
        crowd("guessing=0.1,admitting", design, theta, rng=np.random.default_rng(4))


def test_guessers_answer_at_random_from_their_first_guess_on() -> None:
    pool = mixed(1)
    people = Guessing(
        ModelResponder(pool, np.full(N, 3.0)), pool.n_categories, np.where(PEOPLE < N / 2, 2, 9)
    )
    later = people.respond(PEOPLE, np.full(N, 2), np.full(N, 2), np.random.default_rng(5).random(N))
    assert np.abs(np.bincount(later[: N // 2], minlength=4) / (N / 2) - 0.25).max() < 0.01
    model = ModelResponder(pool, np.full(N, 3.0)).respond(PEOPLE, np.full(N, 2), START, U)
    np.testing.assert_array_equal(people.respond(PEOPLE, np.full(N, 2), START + 1, U), model)


def test_misfitting_people_fall_short_where_they_do() -> None:
    pool, who = two_pl(10), PEOPLE % 2 == 0
    people = Misfitting(pool, np.full(N, 0.5), who, np.arange(10) == 4, 1.0)
    answers = people.respond(PEOPLE, ITEM, START, U)
    low, high = (pool.prob_at(np.array([4]), np.array([theta]))[0, 1] for theta in (-0.5, 0.5))
    assert answers[who].mean() == pytest.approx(low, abs=0.01)
    assert answers[~who].mean() == pytest.approx(high, abs=0.01)


def test_uncertain_people_have_parameters_of_their_own() -> None:
    """Shares of right answers vary between the draws as b's standard error of 0.2 makes them."""
    pool = three_pl(10)
    people = Uncertain.of(pool, np.zeros(N), rng=np.random.default_rng(1), draws=40)
    answers = people.respond(PEOPLE, ITEM, START, U)
    by_draw = np.array([answers[draw == PEOPLE % 40].mean() for draw in range(40)])
    chance = [own.prob_at(np.array([4]), np.array([0.0]))[0, 1] for own in people.pools]
    assert np.corrcoef(by_draw, chance)[0, 1] > 0.95
    with pytest.raises(ValueError, match="neither covariances nor standard errors"):
        Uncertain.of(two_pl(), np.zeros(2), rng=np.random.default_rng(1))


def test_recorded_answers_are_given_again() -> None:
    pool = two_pl(30)
    recorded = np.random.default_rng(1).integers(0, 2, (20, 30)).astype(np.int8)
    study = simulate(
        pool, fixed_length(12), np.zeros(20), rng=np.random.default_rng(2), responder=Replay(recorded)
    )
    given = np.take_along_axis(recorded, study.tests.items, axis=1)
    np.testing.assert_array_equal(study.tests.categories, given)
    recorded[:, 7] = -1
    answers = Replay(recorded).respond(np.arange(2), np.array([7, 40]), START[:2], U[:2])
    assert answers.tolist() == [-1, -1]


@pytest.mark.parametrize("kind", CROWDS)
def test_every_kind_of_people_takes_a_whole_test(kind: str) -> None:
    pool, rules, theta = three_pl(), fixed_length(10), np.linspace(-1, 1, 50)
    design = Design.of(pool, rules)
    both = [
        simulate(
            pool,
            rules,
            theta,
            rng=np.random.default_rng(1),
            responder=crowd(f"{kind}=0.5", design, theta, rng=np.random.default_rng(4)),
            workers=workers,
        )
        for workers in (1, 3)
    ]
    np.testing.assert_array_equal(both[0].tests.theta, both[1].tests.theta)
    assert (both[0].tests.categories >= 0).all()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("gessing=0.1", "did you mean 'guessing'"),
        ("guessing=1.5", "a number from 0 to 1"),
        ("guessing=some", "a number from 0 to 1"),
        ("uncertain", "neither covariances nor standard errors"),
    ],
)
def test_people_that_cannot_be_made_are_refused(words: str, says: str) -> None:
    design = Design.of(two_pl(), CatRules.default())
    with pytest.raises(BadInput, match=says):
        crowd(words, design, np.zeros(3), rng=np.random.default_rng(1))


def test_admitting_costs_what_the_product_was_warned_of() -> None:
    """γ = 0.25 and 20 items: an always-guesser ends 0.24 to 0.35 logits above an always-admitter."""
    pool = three_pl(200)
    table = pool.parameters.table.assign(c=0.25)
    study = guess_admit_gap(
        type(pool).from_parameters(table),
        fixed_length(20),
        np.random.default_rng(1).normal(size=1000),
        seed=2,
    )
    assert 0.20 < study.gap < 0.40
    assert study.se < 0.02


def test_without_asymptotes_the_gap_cannot_be_told() -> None:
    assert np.isnan(guess_admit_gap(two_pl(), fixed_length(5), np.zeros(10), seed=1).gap)
