"""The traps that other packages fall into, each shown not to be ours (girth 0.8, py-irt 0.7, mirt-py 1.2 …).

The letters are those of the list of peers that this project was planned with: G girth, P py-irt, M mirt-py,
A adaptivetesting, C catsim, J jscat. Traps of selecting items are under tests/engine and tests/contracts.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from calibration import MarginalML, ResponseMatrix
from calibration.dimensionality.polychoric import polychoric_correlations
from calibration.peers import calibrate_with_girth
from calibration.scoring import known_levels, score
from engine.models import model as model_named
from engine.pool import ItemPool
from items.errors import BadInput
from items.parameters import ParameterSet


def two_pl_items(n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.lognormal(0.1, 0.3, n), rng.normal(size=n), np.zeros(n), np.ones(n)])


def rmse(estimate: pd.Series, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((estimate.to_numpy() - truth) ** 2)))


def test_g1_routed_answers_do_not_bias(simulate) -> None:
    """Routing on observed answers is missing at random: no bias of easy or hard items."""
    items = two_pl_items(30, 1)
    items[:, 1] = np.sort(items[:, 1])
    order = np.concatenate([np.arange(10, 20), np.arange(10), np.arange(20, 30)])
    items = items[order]
    theta = np.random.default_rng(2).normal(size=12_000)
    answers = simulate("2pl", items, theta, seed=3)
    able = answers[:, :10].sum(axis=1) >= 5
    answers[able, 10:20] = np.nan
    answers[~able, 20:] = np.nan
    responses = ResponseMatrix.from_dense(answers)
    table = MarginalML(model="2pl", standard_errors="none").fit(responses).parameters
    assert rmse(table["b"], items[:, 1]) < 0.12
    assert abs(float((table["b"] - items[:, 1])[10:20].mean())) < 0.08
    assert abs(float((table["b"] - items[:, 1])[20:].mean())) < 0.08
    with pytest.raises(BadInput, match=r"biased then .* 0\.66 against 0\.04"):
        calibrate_with_girth(responses, "2pl")


def test_g2_the_3pl_works(simulate) -> None:
    items = two_pl_items(20, 4)
    items[:, 2] = 0.2
    responses = ResponseMatrix.from_dense(
        simulate("3pl", items, np.random.default_rng(5).normal(size=4000), 6)
    )
    result = MarginalML(model="3pl", standard_errors="none").fit(responses)
    assert result.converged
    assert abs(result.parameters["c"].mean() - 0.2) < 0.06
    with pytest.raises(BadInput, match="girth cannot estimate '3pl' here"):
        calibrate_with_girth(responses, "3pl")


def test_g3_polychoric_correlations_work_on_this_scipy(simulate) -> None:
    """Two items of a bivariate normal with ρ = 0.6, cut at −0.5 and 0.5: one that girth cannot compute."""
    rng = np.random.default_rng(2)
    both = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 6000)
    answers = np.digitize(both, [-0.5, 0.5])
    found = polychoric_correlations(answers, np.array([3, 3]))
    assert found[0, 1] == pytest.approx(0.6, abs=0.03)


def test_g4_fifteen_hundred_items_do_not_underflow(simulate) -> None:
    items = two_pl_items(1500, 7)
    responses = ResponseMatrix.from_dense(
        simulate("2pl", items, np.random.default_rng(8).normal(size=300), 9)
    )
    result = MarginalML(model="rasch", standard_errors="none").fit(responses)
    assert np.isfinite(result.log_likelihood)
    assert np.corrcoef(result.parameters["b"], items[:, 1])[0, 1] > 0.95
    eap = score(responses, result.parameter_set())
    assert eap["theta"].notna().all()
    assert eap["se"].max() < 0.2
    with pytest.raises(BadInput, match="underflows"):
        calibrate_with_girth(responses, "2pl")


def test_g5_an_item_all_passed_is_not_the_hardest(two_pl: np.ndarray) -> None:
    spoilt = two_pl.copy()
    spoilt[:, 0], spoilt[:, 1] = 1, 0
    result = MarginalML(model="2pl").fit(ResponseMatrix.from_dense(spoilt))
    assert result.items["status"][:2].tolist() == ["not identified: all correct", "not identified: all wrong"]
    assert "I1" not in set(result.parameters["item"])


def test_m2_g5_a_reversed_item_is_not_clipped(two_pl: np.ndarray) -> None:
    spoilt = two_pl.copy()
    spoilt[:, 3] = 1 - spoilt[:, 3]
    result = MarginalML(model="2pl").fit(ResponseMatrix.from_dense(spoilt))
    assert result.parameters["a"][3] < -0.5
    assert any(message.startswith("I4: the discrimination is negative") for message in result.messages)


def test_m2_a_duplicated_item_is_not_clipped(two_pl: np.ndarray) -> None:
    """Two identical columns: steep together, estimated as far as the likelihood goes, or named."""
    result = MarginalML(model="2pl").fit(ResponseMatrix.from_dense(np.column_stack([two_pl, two_pl[:, 0]])))
    pair = result.parameters[result.parameters["item"].isin(["I1", "I13"])]
    named = result.items["status"].isin(["ok"]).sum() < 13
    assert named or (len(pair) == 2 and np.ptp(pair["a"]) < 1e-3 and pair["a"].min() > 5.0)


def test_g6_booleans_and_nan_are_understood(two_pl: np.ndarray) -> None:
    numbers = MarginalML(model="2pl").fit(ResponseMatrix.from_dense(two_pl))
    truths = MarginalML(model="2pl").fit(ResponseMatrix.from_dense(two_pl.astype(bool)))
    assert truths.log_likelihood == numbers.log_likelihood
    holes = two_pl.copy()
    holes[::7, 2] = np.nan
    assert MarginalML(model="2pl").fit(ResponseMatrix.from_dense(holes)).converged
    holes[:, 5] = np.nan
    unseen = MarginalML(model="2pl").fit(ResponseMatrix.from_dense(holes))
    assert unseen.items["status"][5] == "not identified: never answered"
    assert unseen.converged


@pytest.mark.parametrize("model", ["grm", "gpcm"])
def test_g7_m4_an_unused_category_moves_no_threshold_in_silence(simulate, model: str) -> None:
    """Closed up with a message; the thresholds are those of the categories that were used, in order."""
    items = np.array([[1.2, -1.0, 0.0, 1.0]] * 8) + np.linspace(-0.5, 0.5, 8)[:, None] * [0, 1, 1, 1]
    answers = simulate(model, items, np.random.default_rng(0).normal(size=2000), 1)
    answers[answers[:, 0] == 2, 0] = 3
    responses = ResponseMatrix.from_dense(answers)
    assert responses.messages == ("item I1: category 2 was never observed; the others become 0..2",)
    assert responses.levels[0] == (0, 1, 3)
    result = MarginalML(model=model, standard_errors="none").fit(responses)
    first = result.parameters.iloc[0]
    assert np.isnan(first["b3"])
    assert first["b2"] - first["b1"] > 0.1
    assert result.parameter_set().provenance["levels"] == {"I1": (0, 1, 3)}


def test_p1_the_default_has_no_hidden_prior(simulate) -> None:
    """Without a prior on a and b the estimates reproduce a bank with large differences."""
    items = two_pl_items(20, 12)
    items[:, 1] = np.linspace(-2.5, 2.5, 20)
    responses = ResponseMatrix.from_dense(
        simulate("2pl", items, np.random.default_rng(1).normal(size=6000), 2)
    )
    result = MarginalML(model="2pl").fit(responses)
    assert result.log_prior == 0.0
    slope = np.polyfit(items[:, 1], result.parameters["b"], 1)[0]
    assert slope == pytest.approx(1.0, abs=0.05)


def test_p2_the_4pl_has_both_asymptotes() -> None:
    kind = model_named("4pl")
    working = kind.to_working(np.array([1.5, 0.0, 0.2, 0.9]))
    p = np.exp(kind.log_prob(working, np.array([-50.0, 50.0])))[:, 1]
    np.testing.assert_allclose(p, [0.2, 0.9], atol=1e-9)


@pytest.mark.parametrize("model", ["rasch", "2pl", "3pl", "grm", "gpcm"])
def test_p3_new_people_are_scored_with_known_items(simulate, model: str) -> None:
    """All models, all patterns: all correct and no answer at all have finite posterior means."""
    polytomous = model in ("grm", "gpcm")
    row = (
        [1.2, -0.5, 0.5]
        if polytomous
        else [1.0 if model == "rasch" else 1.2, 0.1, 0.2 * (model == "3pl"), 1.0]
    )
    items = np.array([row] * 6)
    known = MarginalML(model=model).fit(
        ResponseMatrix.from_dense(simulate(model, items, np.random.default_rng(3).normal(size=1500), 4))
    )
    top = 2.0 if polytomous else 1.0
    new = pd.DataFrame([[top] * 6, [0.0] * 6, [np.nan] * 6], columns=known.parameters["item"])
    levels = dict.fromkeys(known.parameters["item"], tuple(range(int(top) + 1)))
    table = score(ResponseMatrix.from_pandas(new, levels=levels), known.parameter_set(), method="eap")
    assert table["status"].tolist() == ["all_highest", "all_lowest", "no_answers"]
    assert table["theta"][0] > 0.3
    assert table["theta"][0] < 3
    assert table["theta"][1] < -0.3
    assert table["theta"][2] == pytest.approx(0.0, abs=1e-6)


def test_m1_the_reported_likelihood_is_the_likelihood(two_pl: np.ndarray) -> None:
    """Recomputed from the reported parameters alone, on a much finer grid."""
    result = MarginalML(model="2pl").fit(ResponseMatrix.from_dense(two_pl))
    theta = np.linspace(-8, 8, 801)
    weights = np.exp(-0.5 * theta**2)
    a, b = (result.parameters[name].to_numpy()[:, None] for name in "ab")
    p = 1 / (1 + np.exp(-a * (theta - b)))
    likelihood = np.exp(two_pl @ np.log(p) + (1 - two_pl) @ np.log(1 - p)) @ (weights / weights.sum())
    assert np.log(likelihood).sum() == pytest.approx(result.log_likelihood, abs=1e-4)


def test_m6_sparse_input_and_omissions_have_a_place(two_pl: np.ndarray) -> None:
    onehot = ResponseMatrix.from_dense(two_pl).onehot()
    assert isinstance(onehot, sparse.csr_array)
    frame = pd.DataFrame(two_pl.astype(int).astype(object), columns=[f"q{j}" for j in range(12)])
    frame.iloc[0, 0] = "omit"
    assert ResponseMatrix.from_pandas(frame).category_counts()[0].sum() == 800


def known_items(**columns: list[float]) -> ParameterSet:
    n = len(columns["b"])
    table = {"item": [f"q{j}" for j in range(n)], "model": "2pl", "a": [1.0] * n} | columns
    return ParameterSet.from_table(pd.DataFrame(table))


def scored(parameters: ParameterSet, answers: list[list[object]], method: str) -> pd.DataFrame:
    frame = pd.DataFrame(answers, columns=parameters.table["item"], dtype=object)
    return score(
        ResponseMatrix.from_pandas(frame, levels=known_levels(parameters)), parameters, method=method
    )


@pytest.mark.parametrize("method", ["mle", "eap"])
def test_a1_j3_three_thousand_answers_do_not_underflow(method: str) -> None:
    b = np.linspace(-3, 3, 3000)
    answers = (np.random.default_rng(1).random(3000) < 1 / (1 + np.exp(b - 0.8))).astype(int).tolist()
    found = scored(known_items(b=b.tolist()), [answers], method)
    assert found["status"][0] == "ok"
    assert found["theta"][0] == pytest.approx(0.8, abs=0.15)
    assert found["se"][0] < 0.06


def test_a2_an_extreme_maximum_stands_at_the_bound_with_an_empty_error() -> None:
    found = scored(known_items(b=[-1.0, 0.0, 1.0]), [[1, 1, 1], [0, 0, 0]], "mle")
    assert found["theta"].tolist() == [6.0, -6.0]
    assert found["se"].isna().all()
    assert found["status"].tolist() == ["all_highest", "all_lowest"]


def test_c5_j5_truth_values_are_answers_and_nothing_else_is_wrong_in_silence() -> None:
    items = known_items(b=[-1.0, 0.0, 1.0])
    numbers, truths = (scored(items, [row], "eap") for row in ([1, 0, 1], [True, False, True]))
    assert truths["theta"][0] == numbers["theta"][0]
    omitted, unseen = (scored(items, [row], "eap") for row in ([1, "omit", 1], [1, None, 1]))
    assert omitted["theta"][0] == numbers["theta"][0]
    assert unseen["theta"][0] > omitted["theta"][0]
    with pytest.raises(BadInput, match="the answer 2 is no category of item 'q1'; one of 0, 1"):
        scored(items, [[1, 2, 1]], "eap")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"a": [1.0, np.nan], "b": [0.0, 0.5]}, "item q1"),
        ({"a": [1.0, 1.0], "b": [0.0, np.inf]}, "item q1"),
        ({"b": [0.0, 0.5], "c": [0.1, 0.7], "d": [1.0, 0.6], "model": ["4pl", "4pl"]}, "item q1"),
    ],
)
def test_c6_a5_j5_parameters_that_make_no_curve_are_refused(columns: dict[str, list], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        ItemPool.from_parameters(known_items(**columns))


def test_j1_the_error_of_a_posterior_mean_knows_the_prior() -> None:
    """After one easy item passed the posterior SD is a little below the prior's 1."""
    found = scored(known_items(b=[-4.0]), [[1]], "eap")
    assert 0.9 < found["se"][0] < 1.0


def test_m1_twenty_one_nodes_are_refined_where_they_would_mislead(simulate) -> None:
    """With 21 nodes mirt-py and TAM report a wrong likelihood; here the grid is made finer, and told so."""
    items = two_pl_items(60, 31)
    items[:, 0] *= 1.5
    responses = ResponseMatrix.from_dense(
        simulate("2pl", items, np.random.default_rng(1).normal(size=800), 2)
    )
    coarse = MarginalML(model="2pl", nodes=21, standard_errors="none").fit(responses)
    fine = MarginalML(model="2pl", nodes=241, standard_errors="none").fit(responses)
    assert any(message.startswith("the grid was refined") for message in coarse.messages)
    assert coarse.log_likelihood == pytest.approx(fine.log_likelihood, abs=0.05)
