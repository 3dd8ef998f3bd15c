"""DIF: what the statistics must be on tables that can be worked out, and what is said where they cannot."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from calibration import MarginalML
from calibration.dif import compare_groups, find_groups
from calibration.dif.compare import UNDEFINED
from calibration.dif.curves import dif_curves
from calibration.dif.logistic import logistic_dif
from calibration.dif.lord import lord
from calibration.dif.mantel_haenszel import generalised_chi_squared, mantel_haenszel
from calibration.dif.matching import by_ability, by_sum_score
from calibration.dif.purification import purify
from calibration.dif.raju import raju
from calibration.ets import ets_class, smd_class
from calibration.responses import ResponseMatrix
from items.errors import BadInput
from items.parameters import Covariance, ParameterSet


def log(
    n: int, seed: int, *, j: int = 15, shift: float = 0.0, impact: float = 0.0, k: int = 2
) -> ResponseMatrix:
    """Return answers of two groups; item I1 is harder by `shift` logits for group "b"."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 2
    theta = rng.normal(size=n) - impact * group
    b = np.linspace(-1.5, 1.5, j) + np.outer(group, np.eye(j)[0] * shift)
    chance = 1 / (1 + np.exp(-(theta[:, None] - b)))
    answers = rng.binomial(k - 1, chance)
    frame = pd.DataFrame(answers, columns=[f"I{i + 1}" for i in range(j)])
    return ResponseMatrix.from_pandas(frame.assign(g_group=np.where(group == 1, "b", "a")))


def test_chi2_has_the_moments_of_the_permutation_distribution() -> None:
    """The expectation and variance in Mantel's statistic, against all orders of a stratum's scores."""
    ref, focal = [0, 1, 2], [2, 1, 2]
    every = np.array([sum(order[3:]) for order in permutations(ref + focal)])
    expected = (sum(focal) - every.mean()) ** 2 / every.var()
    table = np.zeros((1, 1, 2, 3))
    for group, scores in enumerate((ref, focal)):
        np.add.at(table[0, 0, group], scores, 1)
    found = mantel_haenszel(table, np.array([3]))
    assert found.chi2[0] == pytest.approx(expected)
    assert generalised_chi_squared(table)[0][0] == pytest.approx(expected)


def test_two_categories_are_a_special_case() -> None:
    rng = np.random.default_rng(1)
    table = rng.integers(1, 30, size=(4, 6, 2, 2)).astype(float)
    found = mantel_haenszel(table, np.full(4, 2))
    a, b, c, d = table[..., 0, 1], table[..., 0, 0], table[..., 1, 1], table[..., 1, 0]
    n = a + b + c + d
    np.testing.assert_allclose(found.alpha, (a * d / n).sum(axis=1) / (b * c / n).sum(axis=1))
    np.testing.assert_allclose(found.delta, -2.35 * np.log(found.alpha))
    padded = np.concatenate([table, np.zeros((4, 6, 2, 1))], axis=-1)
    np.testing.assert_allclose(mantel_haenszel(padded, np.full(4, 2)).chi2, found.chi2)


def test_an_odds_ratio_that_the_answers_do_not_bound_stays_empty() -> None:
    """Nobody of the focal group is right: α would be infinite, though the difference is beyond doubt."""
    table = np.array([[[[10, 20], [30, 0]], [[5, 25], [30, 0]]]])
    found = mantel_haenszel(table, np.array([2]))
    assert np.isnan([found.alpha[0], found.delta[0], found.se_delta[0]]).all()
    assert found.p[0] < 1e-6
    assert found.std_p_dif[0] == pytest.approx(-0.75)
    assert found.ets_class == ("",)


def test_several_groups_at_once_reduce_to_two() -> None:
    rng = np.random.default_rng(2)
    table = rng.integers(1, 30, size=(3, 5, 2, 2))
    several, p = generalised_chi_squared(table)
    two = mantel_haenszel(np.concatenate([table, np.zeros((3, 5, 2, 1))], axis=-1), np.full(3, 3)).chi2
    np.testing.assert_allclose(several, two)
    assert ((p > 0) & (p < 1)).all()


@pytest.mark.parametrize("k", [2, 4])
def test_a_harder_item_is_harder_in_every_statistic(k: int) -> None:
    responses = log(1500, 3, shift=0.9, impact=0.5, k=k)
    groups = find_groups(responses, "g_group", focal="b")
    row = compare_groups(responses, groups, purified=True).table.iloc[0]
    assert row["alpha_mh"] > 1
    assert row["delta_mh"] < -1
    assert row["std_p_dif"] < 0
    assert row["ets_class"] in ("B", "C")
    logistic = compare_groups(responses, groups, method="logistic", purified=True).table.iloc[0]
    assert logistic["shift"] < -0.5
    assert logistic["p"] < 0.001
    assert k > 2 or logistic["kind"] == "uniform"


def test_item_response_methods_find_the_size_of_the_difference() -> None:
    responses = log(1200, 4, j=6, shift=0.8, impact=0.4)
    groups = find_groups(responses, "g_group", focal="b")
    for method in ("lord", "raju", "lr"):
        found = compare_groups(responses, groups, method=method, purified=True, model="rasch")
        row = found.table.iloc[0]
        assert row["effect"] == pytest.approx(0.8, abs=0.25), method
        assert row["p"] < 1e-4, method
        assert "I1" not in found.anchors


def test_errors_of_differences_agree_with_walds_statistic() -> None:
    """With one difference each, χ² is its square over its variance, whichever way that is computed."""
    responses = log(800, 4, j=6, shift=0.8)
    groups = find_groups(responses, "g_group", focal="b")
    for method in ("lr", "andersen"):
        table = compare_groups(responses, groups, method=method, model="rasch").table
        wald = table["wald"] if method == "lr" else table["statistic"]
        np.testing.assert_allclose((table["effect"] / table["se_effect"]) ** 2, wald, rtol=1e-6)


@pytest.mark.parametrize("model", ["2pl", "gpcm"])
def test_errors_of_differences_are_those_of_separate_calibrations(model: str) -> None:
    """Anchors tie the scales, so that little is gained or lost against Lord's separate calibrations."""
    responses = log(1500, 6, j=8, k=2 if model == "2pl" else 3, shift=0.6)
    groups = find_groups(responses, "g_group", focal="b")
    errors = [
        compare_groups(responses, groups, method=method, model=model).table["se_effect"].to_numpy(float)
        for method in ("lr", "lord")
    ]
    np.testing.assert_allclose(errors[0], errors[1], rtol=0.35)
    assert np.median(errors[0] / errors[1]) == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize(("shift", "slope"), [(0.0, 0.0), (-0.5, 0.0), (-0.8, 0.3)])
def test_intervals_of_the_gain_hold_the_gain_in_the_population(shift: float, slope: float) -> None:
    """95 % of 1,000 intervals of 500 answers hold what two million answers show; 4 standard errors around."""
    rng = np.random.default_rng(3)
    values = np.arange(11.0)
    standing = (values - values.mean()) / values.std()
    people = np.exp(-(standing**2) / 2) / np.exp(-(standing**2) / 2).sum()

    def tables(items: int, n: int) -> np.ndarray:
        out = np.zeros((items, 11, 2, 2))
        for group in (0, 1):
            met = rng.multinomial(n // 2, people, size=items)
            right = 1 / (1 + np.exp(-(0.2 + 1.1 * standing + group * (shift + slope * standing))))
            out[:, :, group, 1] = rng.binomial(met, right)
            out[:, :, group, 0] = met - out[:, :, group, 1]
        return out

    truth = logistic_dif(tables(1, 2_000_000), values, np.full(1, 2)).effect[0]
    found = logistic_dif(tables(1000, 500), values, np.full(1000, 2))
    held = (found.effect_low <= truth + 1e-5) & (truth <= found.effect_high)
    assert held.mean() == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 1000))


@pytest.mark.parametrize("purified", [False, True])
def test_an_item_that_one_group_cannot_be_calibrated_on_is_said_not_to_be_defined(purified: bool) -> None:
    """In the second group Q5 is right exactly for those with all others right: its slope has no end."""
    rng = np.random.default_rng(3)
    theta = rng.normal(size=(1650, 1))
    x = (rng.random((1650, 6)) < 1 / (1 + np.exp(np.linspace(-1, 1, 6) - theta))).astype(int)
    x[1500:, 5] = x[1500:, :5].all(axis=1)
    frame = pd.DataFrame(x).add_prefix("Q").assign(g_side=np.repeat(["r", "f"], [1500, 150]))
    responses = ResponseMatrix.from_pandas(frame)
    groups = find_groups(responses, "g_side", focal="f")
    table = compare_groups(responses, groups, method="lr", purified=purified).table
    assert table["note"].tolist() == [""] * 5 + [UNDEFINED]
    assert table["p"].isna().tolist() == [False] * 5 + [True]


def test_the_ordinal_regression_is_the_logistic_one_for_two_categories() -> None:
    rng = np.random.default_rng(5)
    table = rng.integers(1, 20, size=(3, 8, 2, 2))
    values = np.arange(8.0)
    two = logistic_dif(table, values, np.full(3, 2))
    split = np.zeros((3, 8, 2, 3))
    split[..., :2] = table
    three = logistic_dif(split + 1e-9, values, np.full(3, 3))
    np.testing.assert_allclose(two.both, three.both, rtol=1e-3)


def test_raju_and_lord_on_known_parameters() -> None:
    def parameters(b: float, a: float) -> ParameterSet:
        frame = pd.DataFrame(
            {"item": ["x", "y", "z"], "model": "2pl", "a": [1.0, 1.0, a], "b": [-1.0, 1.0, b]}
        )
        matrix = Covariance(("a", "b"), ((0.01, 0.002), (0.002, 0.02)))
        return ParameterSet(
            ParameterSet.from_table(frame).table, covariances=dict.fromkeys([(i, 1) for i in "xyz"], matrix)
        )

    anchor = np.array([True, True, False])
    areas = raju(parameters(0.0, 1.0), parameters(0.5, 1.6), anchor)
    assert areas.effect[2] == pytest.approx(0.5)
    # Raju (1988), eq. 12: |2 (a₂ − a₁) / (a₁ a₂) · ln(1 + exp(a₁ a₂ (b₂ − b₁) / (a₂ − a₁))) − (b₂ − b₁)|
    unsigned = abs(2 * 0.6 / 1.6 * np.log1p(np.exp(1.6 * 0.5 / 0.6)) - 0.5)
    assert areas.unsigned[2] == pytest.approx(unsigned, abs=1e-4)
    assert areas.statistic[2] == pytest.approx(0.25 / 0.04)
    wald = lord(parameters(0.0, 1.0), parameters(0.5, 1.6), anchor)
    delta, covariance = np.array([0.6, 0.5]), 2 * np.array([[0.01, 0.002], [0.002, 0.02]])
    assert wald.statistic[2] == pytest.approx(delta @ np.linalg.solve(covariance, delta), rel=1e-4)
    assert wald.kind == ["uniform", "uniform", "non-uniform"]


def test_matching_keeps_the_studied_item_in_its_own_sum() -> None:
    responses = ResponseMatrix.from_dense(np.array([[1, 0, 1], [0, 1, 1]]))
    match = by_sum_score(responses)
    np.testing.assert_array_equal(match(np.array([True, True, True])).index, [2, 2, 2, 2, 2, 2])
    purified = match(np.array([False, True, True]))
    np.testing.assert_array_equal(purified.index, [2, 1, 1, 2, 2, 2])


def test_matching_on_ability_uses_strata_of_a_tenth_of_a_logit() -> None:
    responses = ResponseMatrix.from_dense(np.array([[1, 0], [0, 1], [1, 1]]))
    strata = by_ability(responses, lambda anchor: np.array([-0.26, 0.04, 0.31]))(np.ones(2, bool))
    np.testing.assert_allclose(strata.values[strata.index[::2]], [-0.3, 0.0, 0.3])


def test_purification_stops_when_the_same_items_are_found_twice() -> None:
    seen = []

    def compare(anchor: np.ndarray) -> np.ndarray:
        seen.append(anchor.sum())
        return np.array([True, False, False, False, len(seen) > 1])

    found = purify(compare, lambda result: result, 5)
    assert (seen, found.rounds, found.converged) == ([5, 4, 3], 2, True)


def test_purification_ends_where_a_yardstick_comes_back() -> None:
    """An item that differs only while it is in the yardstick comes and goes for ever."""
    found = purify(lambda anchor: np.array([anchor[0], False, False]), lambda result: result, 3)
    assert (found.rounds, found.converged) == (1, False)
    np.testing.assert_array_equal(found.anchor, [False, True, True])


def test_purification_does_not_empty_the_yardstick() -> None:
    found = purify(lambda anchor: np.ones(4, bool), lambda result: result, 4)
    assert found.anchor.all()
    assert not found.converged


@pytest.mark.parametrize(
    ("delta", "se", "letter"),
    [
        (0.9, 0.1, "A"),
        (-1.2, 0.3, "B"),
        (1.6, 0.5, "B"),
        (-1.6, 0.2, "C"),
        (2.5, 0.6, "C"),
        (np.nan, 1.0, ""),
    ],
)
def test_ets_classes(delta: float, se: float, letter: str) -> None:
    assert ets_class(np.array([delta]), np.array([se]), significant=np.array([True])) == [letter]
    if letter:
        assert (
            ets_class(np.array([delta]), np.array([se]), significant=np.array([False]))[0] in ("A", "C")[:1]
        )


def test_classes_of_the_standardised_difference() -> None:
    effect = np.array([0.1, -0.2, 0.3])
    assert smd_class(effect, significant=np.full(3, True)) == ["A", "B", "C"]


def test_in_logs_where_people_met_different_items_they_match_on_ability(two_pl) -> None:
    responses = two_pl(1500, 30, 6, share=0.4).responses
    frame = pd.DataFrame({"g_x": np.where(np.arange(1500) % 2 == 0, "a", "b")})
    from dataclasses import replace

    responses = replace(responses, groups=frame)
    found = compare_groups(responses, find_groups(responses, "g_x"))
    assert found.matched_on == "ability"
    assert (found.table["p"] < 0.05).mean() < 0.2
    known = compare_groups(
        responses, find_groups(responses, "g_x"), parameters=two_pl(10, 30, 6).pool.parameters
    )
    np.testing.assert_allclose(known.table["delta_mh"], found.table["delta_mh"], atol=1.0)


def test_too_few_answers_are_said_in_words() -> None:
    responses = log(74, 7)
    table = compare_groups(responses, find_groups(responses, "g_group"), minimum=100).table
    assert table["note"][0] == "not enough answers (37 of at least 100) in group a"
    promised = ["chi2", "p", "p_adjusted", "alpha_mh", "delta_mh", "std_p_dif", "ets_class"]
    assert set(promised) <= set(table)
    assert table["p"].isna().all()


def test_items_without_differences_are_left_out() -> None:
    frame = pd.DataFrame(np.ones((200, 4), int), columns=list("wxyz")).assign(g_x=["a", "b"] * 100)
    frame.loc[::3, ["x", "y", "z"]] = 0
    frame.loc[::5, "z"] = 1
    responses = ResponseMatrix.from_pandas(frame)
    table = compare_groups(responses, find_groups(responses, "g_x")).table
    assert table["note"][0] == "all answers are in one category"
    assert np.isnan(table["chi2"][0])
    assert table["ets_class"][0] == ""


@pytest.mark.parametrize(
    ("values", "message"),
    [(["a"] * 60, "one value"), ([str(i % 30) for i in range(60)], "30 different values")],
)
def test_groups_that_cannot_be_compared(values: list[str], message: str) -> None:
    responses = ResponseMatrix.from_pandas(pd.DataFrame({"x": [0, 1] * 30, "y": [1, 0] * 30, "g_x": values}))
    with pytest.raises(BadInput, match=message):
        find_groups(responses, "g_x")


def test_unknown_names_are_named_with_the_nearest() -> None:
    responses = log(60, 8)
    with pytest.raises(BadInput, match="did you mean 'g_group'"):
        find_groups(responses, "g_grup")
    with pytest.raises(BadInput, match="never holds 'c'"):
        find_groups(responses, "g_group", focal="c")
    with pytest.raises(BadInput, match="unknown DIF method 'mantel'"):
        compare_groups(responses, find_groups(responses, "g_group"), method="mantel")


def test_the_smaller_group_is_focal_unless_one_is_named() -> None:
    frame = pd.DataFrame({"x": [0, 1] * 5, "y": [1, 0] * 5, "g_x": list("aaaaabbbcc")})
    responses = ResponseMatrix.from_pandas(frame)
    assert find_groups(responses, "g_x").labels == ("a", "b", "c")
    named = find_groups(responses, "g_x", focal="b")
    assert named.labels == ("a or c", "b")
    np.testing.assert_array_equal(named.sizes, [7, 3])


def test_more_than_two_groups() -> None:
    responses = log(900, 9, shift=1.0)
    thirds = pd.DataFrame(
        {
            "g_three": np.where(
                responses.groups["g_group"] == "b", "c", np.array(["a", "b"])[np.arange(900) // 2 % 2]
            )
        }
    )
    from dataclasses import replace

    responses = replace(responses, groups=thirds)
    groups = find_groups(responses, "g_three")
    table = compare_groups(responses, groups).table
    assert table["p"][0] < 0.01
    assert set(table["focal"]) <= {"a", "b", "c"}
    assert compare_groups(responses, groups, method="logistic").table["df"].eq(4).all()
    with pytest.raises(BadInput, match="3 groups; this method compares two"):
        compare_groups(responses, groups, method="lord")


def test_curves_show_what_each_group_scores() -> None:
    responses = log(2000, 10, shift=1.0)
    groups = find_groups(responses, "g_group", focal="b")
    curves = dif_curves(responses, groups, by_sum_score(responses)(np.ones(15, bool)))
    first = curves[curves["item"] == "I1"].pivot_table(index="standing", columns="group", values="mean")
    assert curves["n"].sum() == responses.n_responses
    assert (curves["low"] <= curves["mean"]).all()
    by_group = curves[curves["item"] == "I1"].groupby("group")["mean"].mean()
    assert by_group["b"] < by_group["a"]
    assert len(first) > 0


def test_calibrations_must_hold_covariances() -> None:
    responses = log(400, 11)
    found = MarginalML(standard_errors="none").fit(responses).parameter_set()
    with pytest.raises(ValueError, match="no covariance of item 'I1'"):
        lord(found, found, np.ones(15, bool))


def test_andersen_finds_which_item_differs() -> None:
    """Without difference the whole test holds; one shifted item fails it, and is the one that stands out."""
    rng = np.random.default_rng(8)
    b, theta = np.linspace(-1, 1, 6), rng.normal(size=2000)
    shift = np.where(np.arange(2000) % 2 == 1, 0.9, 0.0)[:, None] * (np.arange(6) == 2)
    u = rng.random((2000, 6))
    side = np.where(np.arange(2000) % 2 == 1, "f", "r")
    found = []
    for move in (0.0, shift):
        frame = pd.DataFrame((u < 1 / (1 + np.exp(b + move - theta[:, None]))).astype(int))
        responses = ResponseMatrix.from_pandas(frame.add_prefix("Q").assign(g_side=side))
        groups = find_groups(responses, "g_side", focal="f")
        found.append(compare_groups(responses, groups, method="andersen"))
    same, other = (analysis.table for analysis in found)
    assert same["lr_p"][0] > 0.01
    assert other["lr_p"][0] < 1e-6
    assert other["statistic"].idxmax() == 2
    assert other["effect"][2] == pytest.approx(
        0.9 * 5 / 6, abs=0.25
    )  # difficulties sum to zero in each group
    assert found[1].matched_on == ""
    with pytest.raises(BadInput, match="all items at once"):
        compare_groups(responses, groups, method="andersen", purified=True)


def test_andersen_leaves_out_items_that_lack_a_category_in_one_group() -> None:
    rng = np.random.default_rng(9)
    x = rng.integers(0, 2, (400, 5))
    x[:200, 1] = 1
    frame = pd.DataFrame(x).add_prefix("Q").assign(g_side=np.repeat(["r", "f"], 200))
    responses = ResponseMatrix.from_pandas(frame)
    table = compare_groups(responses, find_groups(responses, "g_side"), method="andersen").table
    assert table["note"].tolist() == ["", UNDEFINED, "", "", ""]
    assert table["lr_df"][0] == 3
    assert table["statistic"].isna().tolist() == [False, True, False, False, False]
