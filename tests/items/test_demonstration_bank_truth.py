"""The stated parameters fit the demonstration bank; the truth of its simulations is what the script draws."""

from pathlib import Path

import numpy as np
import pandas as pd

import items.banks.deep_learning.draw_truth as truth
from items.bank import ItemBank
from items.item import Status
from items.parameters import ParameterSet
from items.scoring import Answer, score

FOLDER = Path(truth.__file__).parent
BANK = ItemBank.read(FOLDER / "bank.yaml")
OPERATIONAL = BANK.filter(status={Status.OPERATIONAL})


def test_stated_parameters_fit_the_operational_items() -> None:
    table = ParameterSet.read(FOLDER / "parameters.csv").table.set_index("item")
    assert list(table.index) == [item.id for item in OPERATIONAL.items]
    for item in OPERATIONAL.items:
        steps = table.loc[item.id, ["b1", "b2", "b3"]].count() or 1
        assert steps == item.n_categories - 1, item.id
        assert (table.loc[item.id, "model"] == "2pl") == (item.n_categories == 2)
        assert table.loc[item.id, "version"] == item.version


def test_difficulties_and_discriminations_are_spread() -> None:
    table = ParameterSet.read(FOLDER / "parameters.csv").table
    b = table["b"].dropna()
    assert b.min() <= -2.4
    assert b.max() >= 2.7
    assert np.histogram(b, bins=[-3, -2, -1, 0, 1, 2, 3])[0].min() >= 5
    assert (table["a"].min(), table["a"].max()) == (0.7, 2.0)
    skills = [BANK.item(item).skill for item in table["item"]]
    assert table.groupby(skills)["b"].agg(np.ptp).min() >= 2.5


def test_truth_is_what_the_script_draws() -> None:
    stated = ParameterSet.read(FOLDER / "parameters.csv")
    committed = ParameterSet.read(FOLDER / "true_parameters.csv")
    drawn = truth.true_parameters(BANK, stated)
    pd.testing.assert_frame_equal(committed.table, drawn.table, rtol=1e-6)
    assert committed.provenance == drawn.provenance
    written = pd.read_csv(FOLDER / "true_distractors.csv", dtype={"option": str})
    pd.testing.assert_frame_equal(written, truth.true_distractors(BANK), rtol=1e-6, check_dtype=False)


def test_truth_is_the_statement_somewhat_off() -> None:
    stated = ParameterSet.read(FOLDER / "parameters.csv").table.set_index("item")
    told = ParameterSet.read(FOLDER / "true_parameters.csv").table.set_index("item").loc[stated.index]
    sound = ~stated.index.isin([*truth.POOR, *truth.HARDER])
    off = (told["b"] - 0.1 - 0.9 * stated["b"])[sound].dropna()
    assert 0.28 <= off.std() <= 0.42
    assert abs(off.mean()) <= 0.12
    assert 0.15 <= np.log(told["a"] / stated["a"])[sound].std() <= 0.25


def test_wrong_answers_of_the_truth_are_wrong() -> None:
    weights = pd.read_csv(FOLDER / "true_distractors.csv", dtype={"option": str})
    for item, option in zip(weights["item"], weights["option"], strict=True):
        assert score(BANK.item(item), Answer("answered", option)).category == 0, (item, option)
    np.testing.assert_allclose(weights.groupby("item")["weight"].sum(), 1, atol=0.003)
    drawn_from = {item.id for item in BANK.filter(status={Status.OPERATIONAL, Status.PILOT}).items}
    by_category = {i.id for i in OPERATIONAL.items if i.n_categories > 2}
    assert set(weights["item"]) == drawn_from - by_category


def test_planted_flaws_are_there() -> None:
    weights = pd.read_csv(FOLDER / "true_distractors.csv").set_index(["item", "option"])["weight"]
    assert [weights[flaw] for flaw in truth.DEAD.items()] == [0.005]
    assert [weights[flaw] for flaw in truth.TEMPTING.items()] == [0.9]
