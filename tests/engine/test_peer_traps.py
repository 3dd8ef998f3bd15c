"""Traps of other packages, each seen by running them, none of which may be ours.

C catsim 0.21.0, A adaptivetesting 1.1.4, J jscat 5.2.3, M mirt-py 1.2.0. C2, A1, A3, J3, J7 and X1 stand in
test_estimation.py.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from engine import CatRules, ItemPool, ask, simulate, start, tell
from engine.estimation import estimators
from engine.session import report
from items.errors import BadInput
from tests.engine.pools import fixed_length, three_pl, two_pl

THETA = np.random.default_rng(1).normal(size=200)


def pool_of(**columns: object) -> ItemPool:
    table = pd.DataFrame(columns)
    return ItemPool.from_parameters(table.assign(model="4pl", item=[f"i{row}" for row in range(len(table))]))


def test_c1_a_second_run_leaves_the_first_as_it_was() -> None:
    rng, rules = np.random.default_rng(1), fixed_length(10)
    first = simulate(three_pl(), rules, THETA, rng=rng)
    kept = first.tests.theta.copy()
    second = simulate(three_pl(), rules, THETA, rng=rng)
    np.testing.assert_array_equal(first.tests.theta, kept)
    assert np.unique(second.tests.theta).size > 100
    assert (first.tests.theta != second.tests.theta).any()


@pytest.mark.parametrize("method", ["restricted", "eligibility"])
def test_c3_a_limit_of_exposure_is_no_quota_filled_in_order(method: str) -> None:
    """catsim gives the busiest item to all of the first 60 people and to none of the last 60."""
    rules = fixed_length(10, f'[exposure]\nmethod = "{method}"\nmax_rate = 0.3')
    items = simulate(three_pl(), rules, THETA, rng=np.random.default_rng(2)).tests.items
    busiest = np.bincount(items.ravel()).argmax()
    held = (items == busiest).any(axis=1)
    assert 0.1 < held[:60].mean() < 0.45
    assert 0.1 < held[-60:].mean() < 0.45


def test_c4_a_limit_that_cannot_hold_is_refused() -> None:
    rules = fixed_length(20, '[exposure]\nmethod = "restricted"\nmax_rate = 0.1')
    with pytest.raises(BadInput, match=r"20 questions from 120 items are a rate of 0\.1667"):
        simulate(three_pl(), rules, THETA, rng=np.random.default_rng(2))


@pytest.mark.parametrize("kind", [np.int8, np.int64, np.uint8, bool])
def test_c5_answers_may_be_numbers_or_truths(kind: type) -> None:
    state = start(two_pl(), fixed_length(4), np.zeros((2, 4)))
    state = tell(state, np.array([1, 0], kind))
    assert state.theta[0] > 0 > state.theta[1]


def test_c5_no_answer_at_all_is_a_status() -> None:
    state = start(two_pl(), fixed_length(4), np.zeros((1, 4)))
    estimate, status = report(state)
    assert (status[0], estimate.theta[0]) == ("no_answers", pytest.approx(0.0, abs=1e-12))


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("a", np.nan, "a is missing"),
        ("b", np.nan, "b is missing"),
        ("a", np.inf, "a finite number"),
        ("c", 0.8, r"c = 0\.8 is not below d = 0\.7"),
        ("c", -0.1, "lies outside 0 to 1"),
        ("d", 1.2, "lies outside 0 to 1"),
        ("se_a", -0.1, "a finite number, 0 or above"),
    ],
)
def test_c6_a5_j5_impossible_parameters_are_refused_by_item(column: str, value: float, says: str) -> None:
    columns = {"a": [1.0, 1.2], "b": [0.0, 0.5], "c": [0.1, 0.1], "d": [1.0, 0.7]}
    columns.setdefault(column, [0.1, 0.1])[1] = value
    with pytest.raises(BadInput, match=f"item i1: .*{says}"):
        pool_of(**columns)


def test_a5_j5_an_item_that_falls_with_ability_is_named_and_never_asked() -> None:
    pool = pool_of(a=[1.0, -0.5, 0.0, 1.3], b=[0.0, 0.1, 0.2, 0.3])
    study = simulate(pool, fixed_length(4), np.zeros(20), rng=np.random.default_rng(1))
    assert set(study.tests.items[study.tests.items >= 0].tolist()) == {0, 3}
    assert study.summary["notes"] == ["never selected, because a is 0 or below: i1, i2"]


def test_of_many_items_that_are_never_asked_five_are_named() -> None:
    pool = pool_of(a=[1.0, 1.2, *[-0.5] * 12], b=np.linspace(-1, 1, 14).tolist())
    study = simulate(pool, fixed_length(2), np.zeros(5), rng=np.random.default_rng(1))
    told = "never selected, because a is 0 or below: i2, i3, i4, i5, i6 and 7 more"
    assert study.summary["notes"] == [told]


def test_a2_all_right_by_maximum_likelihood_stands_at_the_bound_without_an_error() -> None:
    """No infinite SE, no warning of a division (warnings are errors here), and back from there."""
    state = start(two_pl(), fixed_length(6, '[estimate]\nmethod = "mle"'), np.zeros((1, 6)))
    for _ in range(3):
        state = tell(state, np.array([1]))
        assert (state.theta[0], np.isnan(state.se[0])) == (6.0, True)
    state = tell(state, np.array([0]))
    assert abs(state.theta[0]) < 6
    assert 0 < state.se[0] < 10


@pytest.mark.parametrize("name", estimators)
def test_a4_every_estimator_works_as_it_comes(name: str) -> None:
    state = start(two_pl(), fixed_length(6, f'[estimate]\nmethod = "{name}"'), np.zeros((1, 6)))
    for answer in (1, 0, 1, 0):
        state = tell(state, np.array([answer]))
    assert np.isfinite([state.theta[0], state.se[0]]).all()


@pytest.mark.parametrize("b", [-6.0, 0.0, 6.0])
def test_j1_the_error_of_eap_is_the_posterior_sd(b: float) -> None:
    """jscat has 13.8 after an easy item, 3.59 after an ordinary one. By hand: the SD on a fine grid."""
    state = tell(start(pool_of(a=[1.0], b=[b]), fixed_length(1), np.zeros((1, 1))), np.array([1]))
    theta = np.linspace(-8, 8, 16_001)
    weight = np.exp(-(theta**2) / 2) * expit(theta - b)
    mean = weight @ theta / weight.sum()
    sd = np.sqrt(weight @ (theta - mean) ** 2 / weight.sum())
    assert state.se[0] == pytest.approx(sd, abs=1e-5)
    assert sd < 1.0001


def test_j2_information_knows_the_upper_asymptote() -> None:
    """By hand P'² / P Q: an item of a = 2 with slips is worth less than one of a = 1.2 without."""
    pool = pool_of(a=[2.0, 1.2], b=[0.0, 1.0], d=[0.7, 1.0])
    know = expit(2.0 * 1.0)
    p = 0.7 * know
    by_hand = (0.7 * 2 * know * (1 - know)) ** 2 / (p * (1 - p))
    assert pool.information(np.ones(1))[0, 0] == pytest.approx(by_hand, rel=1e-12)
    assert by_hand < 0.36 == pytest.approx(pool.information(np.ones(1))[1, 0])
    assert ask(start(pool, fixed_length(1, "[start]\ntheta = 1.0"), np.zeros((1, 1))))[0] == 1


def test_j4_the_closest_item_is_closest_to_ability_itself() -> None:
    """jscat adds 0.481 to θ."""
    pool = pool_of(a=[1.0, 1.0], b=[0.1, 0.45])
    rules = fixed_length(1, '[select]\ncriterion = "b_opt"')
    assert ask(start(pool, rules, np.zeros((1, 1))))[0] == 0


@pytest.mark.parametrize("answer", [np.array([2]), np.array([-2]), np.array([np.nan]), np.array([None])])
def test_j5_an_answer_that_is_none_of_the_categories_is_refused(answer: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"categories 0 to 1, not|one whole number a person is needed"):
        tell(start(two_pl(), fixed_length(3), np.zeros((1, 3))), answer)


def test_j6_an_item_that_stands_twice_is_refused() -> None:
    table = two_pl().parameters.table
    with pytest.raises(BadInput, match=r"2pl-3"):
        ItemPool.from_parameters(pd.concat([table, table.iloc[[2]]], ignore_index=True))


def test_m3_sympson_hetter_without_its_parameters_is_refused() -> None:
    rules = fixed_length(10, '[exposure]\nmethod = "sympson_hetter"\nmax_rate = 0.25')
    with pytest.raises(BadInput, match="limits nothing without the parameters of its calibration run"):
        simulate(three_pl(), rules, THETA, rng=np.random.default_rng(2))


def test_m5_no_estimate_takes_the_place_of_one_that_failed() -> None:
    """mirt-py reports the logit of the proportion correct; here a status and NaN or the bound tell."""
    rules = fixed_length(5, '[report]\nmethod = "mle"')
    state = start(two_pl(), rules, np.zeros((3, 5)))
    for step in range(5):
        state = tell(state, np.array([1, -1, int(step < 4)]))
    estimate, status = report(state)
    assert status.tolist() == ["all_highest", "no_answers", "ok"]
    assert estimate.theta[0] == 6.0
    assert np.isnan(estimate.theta[1])
    assert estimate.theta[2] != pytest.approx(np.log(4), abs=0.01)


def test_m6_an_answer_left_out_is_recorded_and_counts_for_nothing() -> None:
    state = start(two_pl(), fixed_length(4), np.zeros((1, 4)))
    state = tell(state, np.array([1]))
    after = tell(state, np.array([-1]))
    assert (after.length[0], after.scored[0], after.theta[0]) == (2, 1, state.theta[0])


# What makes no sense, beyond other packages' traps


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(BadInput, match="no item"):
        ItemPool.from_parameters(two_pl().parameters.table.iloc[:0])
    with pytest.raises(BadInput, match="no item that can be selected"):
        start(pool_of(a=[-1.0], b=[0.0]), fixed_length(1), np.zeros((1, 1)))


def test_a_pool_that_ends_before_the_rule_is_a_reason_not_an_error() -> None:
    study = simulate(two_pl(6), fixed_length(30), np.zeros(5), rng=np.random.default_rng(1))
    assert study.tests.length.tolist() == [6] * 5
    assert study.summary["stop_reasons"] == {"pool exhausted": 5}


@pytest.mark.parametrize("answer", [0, 1, -1])
@pytest.mark.parametrize("name", estimators)
def test_all_right_all_wrong_and_all_dont_know_come_to_an_end(name: str, answer: int) -> None:
    """An "I don't know yet" counts as category 0; −1 is an answer that is never scored."""
    rules = fixed_length(12, f'[estimate]\nmethod = "{name}"\n[report]\nmethod = "{name}"')
    state = start(two_pl(), rules, np.zeros((1, 12)))
    while ask(state)[0] >= 0:
        state = tell(state, np.array([answer]))
    estimate, status = report(state)
    assert (state.length[0], state.stop_reason[0]) == (12, "length")
    assert status[0] == {0: "all_lowest", 1: "all_highest", -1: "no_answers"}[answer]
    assert answer < 0 or abs(estimate.theta[0]) <= 6


@pytest.mark.parametrize(
    "text", ['[select]\ncriterion = "thompson"', "[estimate]\nparameter_uncertainty = true"]
)
def test_rules_that_need_standard_errors_say_so(text: str) -> None:
    with pytest.raises(BadInput, match=r"neither covariances nor standard errors \(se_a, se_b"):
        start(two_pl(), fixed_length(5, text), np.zeros((1, 5)))


def test_an_answer_to_a_question_that_was_not_asked_is_refused() -> None:
    state = start(two_pl(), fixed_length(3), np.zeros((2, 3)))
    asked = ask(state)
    with pytest.raises(ValueError, match=r"an answer to item '.*' does not fit: item '.*' is asked"):
        tell(state, np.array([1, 1]), items=np.array([asked[0], (asked[1] + 1) % 60]))


def test_the_same_answer_told_twice_is_refused_and_changes_nothing() -> None:
    state = start(two_pl(), fixed_length(3), np.zeros((1, 3)))
    asked = ask(state)
    after = tell(state, np.array([1]), items=asked)
    with pytest.raises(ValueError, match="does not fit"):
        tell(after, np.array([1]), items=asked)
    assert after.length[0] == 1
    over = start(two_pl(), fixed_length(1), np.zeros((1, 1)))
    last = ask(over)
    with pytest.raises(ValueError, match="the test is over"):
        tell(tell(over, np.array([1])), np.array([1]), items=last)


def test_a_rule_that_is_unknown_names_the_nearest() -> None:
    for text, name in (
        ('[select]\ncriterion = "mfj"', "mfi"),
        ('[select]\nchooser = "randomesk"', "randomesque"),
        ('[estimate]\nmethod = "ep"', "eap"),
        ('[constraints]\nmethod = "shaddow"', "shadow"),
    ):
        with pytest.raises(BadInput, match=f"did you mean '{name}'"):
            CatRules.parse(text)
