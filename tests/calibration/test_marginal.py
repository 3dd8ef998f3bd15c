"""Marginal calibration as its users meet it: what is estimated, what is named, what is refused."""

import numpy as np
import pandas as pd
import pytest

from calibration import MarginalML, ResponseMatrix
from calibration.item_models import ItemModels
from items.errors import BadInput
from items.parameters import ParameterSet

LETTERS = tuple("abcdefghijkl")


def matrix(answers: np.ndarray, **columns: object) -> ResponseMatrix:
    frame = pd.DataFrame(answers, columns=[f"q_{LETTERS[j % 12]}{j // 12}" for j in range(answers.shape[1])])
    return ResponseMatrix.from_pandas(frame.assign(**columns))


def test_a_result_says_all_there_is_to_know(two_pl: np.ndarray) -> None:
    result = MarginalML(model="2pl").fit(matrix(two_pl))
    summary = result.summary()
    wanted = {
        "model", "n_persons", "n_items", "n_responses", "n_parameters", "log_likelihood", "aic", "bic",
        "iterations", "converged", "seconds", "quadrature",
    }  # fmt: skip
    assert wanted <= set(summary)
    assert (summary["n_persons"], summary["n_items"], summary["n_responses"]) == (800, 12, 9600)
    assert summary["n_parameters"] == 24
    assert summary["aic"] == pytest.approx(48 - 2 * result.log_likelihood)
    assert summary["bic"] == pytest.approx(24 * np.log(800) - 2 * result.log_likelihood)
    assert list(result.parameters) == ["item", "version", "model", "a", "b", "se_a", "se_b"]
    assert list(result.standard_errors) == ["item", "version", "a", "b"]
    assert result.status.startswith("converged after")
    assert result.population == {"all": (0.0, 1.0)}


def test_the_written_file_is_read_back(two_pl: np.ndarray, tmp_path) -> None:
    result = MarginalML(model="2pl").fit(matrix(two_pl))
    result.write(tmp_path / "p.csv", fingerprint="abc")
    back = ParameterSet.read(tmp_path / "p.csv")
    pd.testing.assert_frame_equal(back.table, result.parameters, rtol=1e-9)
    assert back.provenance["data"] == "abc"
    assert back.covariances["q_a0", 1].names == ("a", "b")
    variance = back.covariances["q_a0", 1].matrix[1][1]
    assert variance == pytest.approx(result.parameters["se_b"][0] ** 2)


@pytest.mark.parametrize(
    ("column", "answers", "verdict"),
    [
        (3, 1.0, "not identified: all correct"),
        (4, 0.0, "not identified: all wrong"),
        (5, np.nan, "not identified: never answered"),
    ],
)
def test_one_bad_item_is_named_and_the_others_calibrate(
    two_pl: np.ndarray, column: int, answers: float, verdict: str
) -> None:
    spoilt = two_pl.copy()
    spoilt[:, column] = answers
    result = MarginalML(model="2pl").fit(matrix(spoilt))
    alone = MarginalML(model="2pl").fit(matrix(spoilt).take_items(np.arange(12) != column))
    assert result.items["status"][column] == verdict
    assert f"{result.items['item'][column]}: {verdict}" in result.messages
    assert len(result.parameters) == 11
    assert result.converged
    assert result.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-9)


def test_an_item_with_few_answers_is_named(two_pl: np.ndarray) -> None:
    spoilt = two_pl.copy()
    spoilt[7:, 2] = np.nan
    result = MarginalML(model="2pl").fit(matrix(spoilt))
    assert result.items["status"][2] == "not identified: only 7 answers, at least 10 are needed"


def test_perfect_separation_is_named_and_the_others_calibrate(two_pl: np.ndarray) -> None:
    total = two_pl.sum(axis=1)
    result = MarginalML(model="2pl").fit(matrix(np.column_stack([two_pl, total > 5])))
    assert result.items["status"].iloc[-1].startswith("not identified: the slope grows without bound")
    assert (result.items["status"].iloc[:-1] == "ok").all()
    assert result.converged
    assert len(result.parameters) == 12


def test_a_reversed_item_keeps_its_sign_and_is_named(two_pl: np.ndarray) -> None:
    reversed_one = two_pl.copy()
    reversed_one[:, 0] = 1 - reversed_one[:, 0]
    straight = MarginalML(model="2pl").fit(matrix(two_pl)).parameters
    result = MarginalML(model="2pl").fit(matrix(reversed_one))
    assert result.parameters["a"][0] == pytest.approx(-straight["a"][0], abs=1e-3)
    assert result.parameters["b"][0] == pytest.approx(straight["b"][0], abs=1e-3)
    assert any(m.startswith("q_a0: the discrimination is negative") for m in result.messages)


def test_the_limit_of_iterations_is_told(two_pl: np.ndarray) -> None:
    result = MarginalML(model="2pl", max_iterations=3, standard_errors="none").fit(matrix(two_pl))
    assert not result.converged
    assert result.status.startswith("stopped at the limit of")


def test_groups_have_their_own_mean_and_sd(simulate) -> None:
    rng = np.random.default_rng(2)
    natural = np.column_stack([rng.lognormal(0, 0.2, 30), rng.normal(size=30), np.zeros(30), np.ones(30)])
    theta = np.concatenate([rng.normal(size=1500), rng.normal(0.8, 1.4, 1500)])
    responses = matrix(simulate("2pl", natural, theta, seed=3), g_form=["x"] * 1500 + ["y"] * 1500)
    result = MarginalML(model="2pl", group="g_form").fit(responses)
    assert result.population["x"] == (0.0, 1.0)
    assert result.population["y"] == pytest.approx((0.8, 1.4), abs=0.12)
    np.testing.assert_allclose(result.parameters["b"], natural[:, 1], atol=0.35)
    assert result.n_parameters == 62


def test_an_estimated_distribution_finds_two_humps(simulate) -> None:
    rng = np.random.default_rng(4)
    natural = np.column_stack([np.full(40, 1.5), rng.normal(size=40), np.zeros(40), np.ones(40)])
    theta = np.where(rng.random(3000) < 0.5, -1.0, 1.0) + 0.3 * rng.normal(size=3000)
    responses = matrix(simulate("2pl", natural, theta, seed=5))
    normal = MarginalML(model="2pl", standard_errors="none").fit(responses)
    free = MarginalML(model="2pl", distribution="histogram").fit(responses)
    assert free.converged
    assert free.decrement <= 1e-6
    errors = MarginalML(model="2pl").fit(responses).parameters["se_b"]
    np.testing.assert_allclose(free.parameters["se_b"], errors, rtol=0.25)
    assert free.log_likelihood > normal.log_likelihood + 100
    assert free.population["all"] == pytest.approx((0.0, 1.0), abs=1e-6)
    weights, known = np.array(free.quadrature["weights"]["all"]), free.quadrature
    nodes = np.linspace(known["lower"], known["upper"], known["nodes"])
    assert weights[np.abs(nodes) < 0.25].sum() < 0.5 * weights[np.abs(np.abs(nodes) - 1) < 0.25].sum()
    scale = theta.std()
    np.testing.assert_allclose(free.parameters["b"], (natural[:, 1] - theta.mean()) / scale, atol=0.25)


def test_parameters_can_be_held_and_slopes_shared(two_pl: np.ndarray) -> None:
    responses = matrix(two_pl)
    models = ItemModels(
        "2pl",
        fixed={responses.items[0]: {"a": 1.2, "b": 0.4}, responses.items[1]: {"a": 0.9}},
        slopes={responses.items[2]: "x", responses.items[3]: "x"},
    )
    result = MarginalML(model=models).fit(responses)
    table = result.parameters
    assert (table["a"][0], table["b"][0], table["a"][1]) == pytest.approx((1.2, 0.4, 0.9))
    assert np.isnan(table["se_a"][0])
    assert np.isfinite(table["se_b"][1])
    assert table["a"][2] == table["a"][3]
    assert result.n_parameters == 24 - 3 - 1


def test_banks_may_mix_models(simulate, two_pl: np.ndarray, tmp_path) -> None:
    theta = np.random.default_rng(11).normal(size=800)
    graded = simulate("grm", np.array([[1.2, -0.8, 0.2, 1.0]] * 2), theta, seed=9)
    responses = matrix(np.column_stack([two_pl, graded]))
    file = tmp_path / "models.csv"
    kinds = ["rasch"] * 4 + ["2pl"] * 4 + ["3pl"] * 4 + ["grm", "gpcm"]
    pd.DataFrame({"item": responses.items, "model": kinds}).to_csv(file, index=False)
    result = MarginalML(model=file).fit(responses)
    assert result.parameters["model"].tolist() == kinds
    assert (result.parameters["a"][:4] == 1.0).all()
    assert result.parameters["c"].notna().sum() == 4
    assert result.population["all"][1] != 1.0
    assert result.converged


def test_a_warm_start_needs_fewer_cycles(two_pl: np.ndarray) -> None:
    responses = matrix(two_pl)
    cold = MarginalML(model="2pl", standard_errors="none").fit(responses)
    warm = MarginalML(model="2pl", standard_errors="none", start=cold.parameter_set()).fit(responses)
    assert warm.iterations < cold.iterations / 2
    assert warm.log_likelihood == pytest.approx(cold.log_likelihood, abs=1e-4)


def test_a_long_precise_test_refines_the_grid_and_says_so(simulate) -> None:
    rng = np.random.default_rng(8)
    natural = np.column_stack([np.full(120, 2.0), rng.normal(size=120), np.zeros(120), np.ones(120)])
    responses = matrix(simulate("2pl", natural, rng.normal(size=400), seed=1))
    result = MarginalML(model="rasch", standard_errors="none", nodes=41).fit(responses)
    assert result.quadrature["nodes"] > 41
    assert any(m.startswith("the grid was refined") for m in result.messages)


def test_a_far_population_widens_the_grid_and_says_so(simulate) -> None:
    rng = np.random.default_rng(8)
    b = rng.normal(0, 3, size=60)
    natural = np.column_stack([np.ones(60), b, np.zeros(60), np.ones(60)])
    responses = matrix(simulate("2pl", natural, rng.normal(0, 3, size=1500), seed=1))
    result = MarginalML(model="rasch", standard_errors="none").fit(responses)
    assert result.population["all"][1] == pytest.approx(3.0, abs=0.3)
    assert result.quadrature["upper"] > 12
    assert any(m.startswith("the grid was widened") for m in result.messages)


def test_sandwich_errors_agree_where_the_model_holds(simulate) -> None:
    rng = np.random.default_rng(14)
    natural = np.column_stack([rng.lognormal(0, 0.2, 15), rng.normal(size=15), np.zeros(15), np.ones(15)])
    responses = matrix(simulate("2pl", natural, rng.normal(size=4000), seed=15))
    observed = MarginalML(model="2pl").fit(responses).standard_errors
    sandwich = MarginalML(model="2pl", standard_errors="sandwich").fit(responses).standard_errors
    np.testing.assert_allclose(sandwich["b"], observed["b"], rtol=0.15)
    assert not np.allclose(sandwich["b"], observed["b"], rtol=1e-4)


def test_the_full_covariance_is_kept_on_request(two_pl: np.ndarray) -> None:
    result = MarginalML(model="1pl", full_covariance=True).fit(matrix(two_pl))
    assert result.covariance.shape == (13, 13)
    slope = result.covariance.columns[0]
    assert result.parameters["se_a"][0] == pytest.approx(np.sqrt(result.covariance[slope][slope]))


def test_unlinked_blocks_need_a_word_about_random_assignment(two_pl: np.ndarray) -> None:
    split = two_pl.copy()
    split[:400, 6:] = np.nan
    split[400:, :6] = np.nan
    responses = matrix(split, g_half=["x"] * 400 + ["y"] * 400)
    with pytest.raises(
        BadInput, match=r"2 blocks of items that no person links: \{q_a0, q_b0, q_c0, …\}"
    ) as said:
        MarginalML(model="2pl").fit(responses)
    assert "--random-groups" in str(said.value)
    result = MarginalML(model="2pl", random_groups=True).fit(responses)
    assert any("rests on random assignment" in message for message in result.messages)
    with pytest.raises(BadInput, match="each block belongs to other groups"):
        MarginalML(model="2pl", group="g_half", random_groups=True).fit(responses)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model": "2lp"}, "unknown model '2lp'; did you mean '2pl'"),
        ({"priors": "vague"}, "priors = 'vague' is unknown; default or none or hierarchical"),
        ({"tolerance": 0.0}, "tolerance = 0, bound = 6; both above 0"),
        ({"nodes": 2}, "nodes = 2; at least 5"),
        ({"group": "g_none"}, "has no column 'g_none'; a group column of the log: g_a"),
        ({"group": "g_a"}, "g_a = tiny has 3 persons; at least 20"),
        ({"model": {"q_a0": "2pl"}}, "model file: names no model for item 'q_b0'"),
    ],
)
def test_settings_that_cannot_be_used(two_pl: np.ndarray, settings: dict, message: str) -> None:
    responses = matrix(two_pl, g_a=["tiny"] * 3 + ["large"] * 797)
    with pytest.raises(BadInput, match=message):
        MarginalML(**settings).fit(responses)


def test_a_person_without_a_group_is_named(two_pl: np.ndarray) -> None:
    responses = matrix(two_pl, g_a=[None, *["x"] * 799])
    with pytest.raises(BadInput, match="person 1 has no g_a"):
        MarginalML(model="2pl", group="g_a").fit(responses)


def test_a_dichotomous_model_refuses_more_categories(two_pl: np.ndarray) -> None:
    responses = matrix(two_pl + np.eye(1, 12, 3) * two_pl[:, 4:5])
    with pytest.raises(BadInput, match="item q_d0: has 3 categories, the model 2pl takes 2"):
        MarginalML(model="2pl").fit(responses)


def test_no_item_left_is_refused() -> None:
    with pytest.raises(BadInput, match="no item can be calibrated"):
        MarginalML(model="2pl").fit(ResponseMatrix.from_dense(np.ones((30, 3))))


def test_strict_stops_at_a_category_never_observed() -> None:
    answers = np.random.default_rng(0).choice([0, 1, 3], size=(200, 4))
    responses = ResponseMatrix.from_dense(answers)
    with pytest.raises(BadInput, match="a category was never observed"):
        MarginalML(model="grm", strict=True).fit(responses)
    assert MarginalML(model="grm").fit(responses).parameters["b2"].notna().all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("item,model\nq_a0,9pl\n", "line 2: unknown model '9pl'"),
        ("item\nq_a0\n", "lacks 'model' in some row"),
        ("item,model\nq_a0,2pl\nq_a0,2pl\n", "item q_a0: the item has two rows"),
        ("item,model,fixed_a\nq_a0,2pl,steep\n", "line 2: fixed_a is 'steep'; a number"),
    ],
)
def test_a_broken_model_file_is_told(tmp_path, text: str, message: str) -> None:
    path = tmp_path / "models.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=message):
        MarginalML(model=path).fit(ResponseMatrix.from_dense(np.eye(2)))
