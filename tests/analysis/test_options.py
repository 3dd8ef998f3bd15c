"""Option analysis on logs whose faults are known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from calibration.abilities import Abilities
from calibration.nominal_curves import fit_nominal, nominal_shares
from calibration.options import find_options, has_options, option_curves, option_table
from calibration.responses import ResponseMatrix
from engine.models import model
from engine.pool import ItemPool
from items.errors import BadInput

Log = Callable[..., ResponseMatrix]


@pytest.fixture(scope="module")
def choices() -> Log:
    """Return a function: raw answers A–D to J questions whose key is A; the key file may say otherwise."""

    def make(
        n: int = 800, j: int = 20, seed: int = 1, *, key: dict[int, str] | None = None
    ) -> ResponseMatrix:
        rng = np.random.default_rng(seed)
        theta = rng.normal(size=n)
        know = rng.random((n, j)) < 1 / (1 + np.exp(-1.3 * (theta[:, None] - rng.normal(size=j) * 0.7)))
        wrong = rng.choice(list("BCD"), p=[0.5, 0.4, 0.1], size=(n, j))
        frame = pd.DataFrame(np.where(know, "A", wrong), columns=[f"Q{k + 1}" for k in range(j)])
        keys = {f"Q{k + 1}": (key or {}).get(k + 1, "A") for k in range(j)}
        return ResponseMatrix.from_pandas(frame, key=keys)

    return make


def abilities_of(responses: ResponseMatrix) -> Abilities:
    share = np.bincount(responses.items_index, responses.category) / responses.n_persons
    b = -np.log(np.clip(share, 0.02, 0.98) / (1 - np.clip(share, 0.02, 0.98)))
    table = pd.DataFrame({"item": responses.items, "model": "2pl", "a": 1.0, "b": b})
    return Abilities.of(responses, ItemPool.from_parameters(table))


def test_shares_and_point_biserials_by_hand(choices: Log) -> None:
    responses = choices()
    table = option_table(abilities_of(responses)).set_index(["item", "option"])
    x = responses.dense()
    rest = x.sum(axis=1) - x[:, 4]
    raw = np.array(responses.options)[responses.raw].reshape(x.shape)[:, 4]
    for option in "ABCD":
        chosen = (raw == option).astype(float)
        row = table.loc[("Q5", option)]
        assert row["n"] == chosen.sum()
        assert row["share"] == pytest.approx(chosen.mean())
        assert row["rpb"] == pytest.approx(np.corrcoef(chosen, rest)[0, 1])
    assert table.loc[("Q5", "A"), "key"]
    assert table.loc["Q5"]["share"].sum() == pytest.approx(1)
    assert table.loc["Q5"]["share_top"].sum() == pytest.approx(1)


def test_a_good_key_leads_and_distractors_trail(choices: Log) -> None:
    table = option_table(abilities_of(choices()))
    assert (table.loc[table["key"], "rpb"] > 0).all()
    assert (table.loc[~table["key"], "rpb"] < 0).all()
    assert (table.loc[~table["key"], "lead"] < 0).all()


def test_a_wrong_key_shows_in_the_option_that_leads(choices: Log) -> None:
    table = option_table(abilities_of(choices(key={3: "B"}))).set_index(["item", "option"])
    assert table.loc[("Q3", "B"), "key"]
    assert table.loc[("Q3", "A"), "lead"] > 5
    assert table.loc[("Q3", "A"), "rpb"] > table.loc[("Q3", "B"), "rpb"] + 0.3
    assert table.loc[("Q3", "A"), "share_top"] > table.loc[("Q3", "A"), "share_bottom"]


def test_an_option_that_nobody_chose_is_listed(choices: Log) -> None:
    responses = choices()
    frame = pd.DataFrame(np.array(responses.options)[responses.raw].reshape(800, 20), columns=responses.items)
    frame["Q7"] = frame["Q7"].replace("D", "C")
    again = ResponseMatrix.from_pandas(frame, key=dict.fromkeys(responses.items, "A"))
    table = option_table(abilities_of(again)).set_index(["item", "option"])
    assert table.loc[("Q7", "D"), "n"] == 0
    assert not table.loc[("Q7", "D"), "key"]


def test_typed_answers_are_not_offered_and_do_not_borrow_the_options_of_other_items(choices: Log) -> None:
    responses = choices()
    frame = pd.DataFrame(np.array(responses.options)[responses.raw].reshape(800, 20), columns=responses.items)
    frame["Q7"] = frame["Q7"].replace(dict(zip("ABCD", ("0.5", "5", "50", "2"), strict=True)))
    key = dict.fromkeys(responses.items, "A") | {"Q7": "0.5"}
    again = abilities_of(ResponseMatrix.from_pandas(frame, key=key))
    table = option_table(again).set_index("item")
    assert list(table.loc["Q7", "option"]) == ["0.5", "2", "5", "50"]
    assert not table.loc["Q7", "offered"].any()
    assert table.drop("Q7")["offered"].all()


def test_what_a_bank_offers_is_offered_whether_chosen_or_not(choices: Log) -> None:
    offered = dict.fromkeys((f"Q{k + 1}" for k in range(20)), ("A", "B", "C", "D")) | {
        "Q7": (),
        "Q8": ("A", "E"),
    }
    table = option_table(abilities_of(choices()), offered).set_index(["item", "option"])
    assert table.loc[("Q8", "E"), "n"] == 0
    assert list(table.index[~table["offered"]]) == [("Q7", x) for x in "ABCD"] + [("Q8", x) for x in "BCD"]
    assert table["n"].sum() == 800 * 20


def test_reserved_answers_stand_apart(choices: Log) -> None:
    responses = choices(n=300)
    frame = pd.DataFrame(np.array(responses.options)[responses.raw].reshape(300, 20), columns=responses.items)
    frame.loc[:29, "Q1"], frame.loc[30:49, "Q1"] = "idk", "omit"
    again = ResponseMatrix.from_pandas(frame, key=dict.fromkeys(responses.items, "A"))
    table = option_table(abilities_of(again)).set_index(["item", "option"])
    assert (table.loc[("Q1", "idk"), "n"], table.loc[("Q1", "omit"), "n"]) == (30, 20)
    assert not table.loc[("Q1", "idk"), "answered"]
    assert table.loc[("Q1", "A"), "answered"]


def test_alternative_keys_are_all_keys(choices: Log) -> None:
    responses = choices(key={2: "A;B"})
    table = option_table(abilities_of(responses)).set_index(["item", "option"])
    assert list(table.loc["Q2"].index[table.loc["Q2"]["key"]]) == ["A", "B"]


def test_curves_add_up_and_follow_the_nominal_model(choices: Log) -> None:
    curves = option_curves(abilities_of(choices(n=3000)))
    by_point = curves[curves["item"] == "Q4"].groupby("theta")
    np.testing.assert_allclose(by_point["share"].sum(), 1)
    np.testing.assert_allclose(by_point["model"].sum(), 1)
    inner = curves[curves["theta"].abs() < 1.5]
    assert (inner["share"] - inner["model"]).abs().mean() < 0.03


def test_the_nominal_fit_is_that_of_the_registered_model() -> None:
    """Maximum of the same likelihood: the gradient of the engine's nominal model vanishes at the estimate."""
    rng = np.random.default_rng(3)
    nodes = np.linspace(-3, 3, 13)
    truth = nominal_shares(np.array([[1.0, 0.2], [-0.3, 0.5], [-0.7, -0.7]]), nodes)
    counts = truth * rng.uniform(500, 900, size=13)
    beta = fit_nominal(counts, nodes)
    np.testing.assert_allclose(nominal_shares(beta, nodes), truth, atol=2e-3)
    working = np.concatenate([beta[1:, 0] - beta[0, 0], beta[1:, 1] - beta[0, 1]])
    gradient, _ = model("nrm").working_derivatives(working[None, :], nodes)
    score = np.einsum("kq,qkp->p", counts, gradient)
    assert np.abs(score).max() < 1.0  # the pull towards flat curves, half a person


def test_logs_without_raw_answers() -> None:
    scores = ResponseMatrix.from_dense(np.array([[1, 0], [0, 1]]))
    assert not has_options(scores)
    with pytest.raises(BadInput, match="no raw answers"):
        find_options(scores)


def test_raw_answers_that_are_the_scores_are_no_options() -> None:
    frame = pd.DataFrame(
        {"person": [1, 1, 2, 2], "item": list("xyxy"), "response": [1, 0, 0, 1], "score": [1, 0, 0, 1]}
    )
    assert not has_options(ResponseMatrix.from_pandas(frame, use_score=True))


def test_one_option_an_item_is_no_error() -> None:
    frame = pd.DataFrame({"x": ["A"] * 30, "y": ["A", "B"] * 15, "z": ["B", "A"] * 15})
    responses = ResponseMatrix.from_pandas(frame, key={"x": "A", "y": "A", "z": "A"})
    table = option_table(abilities_of(responses)).set_index(["item", "option"])
    assert table.loc[("x", "A"), "share"] == 1
    assert np.isnan(table.loc[("x", "A"), "rpb"])
