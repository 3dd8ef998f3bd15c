"""Sub-scores: PRMSE against the squared correlation with true scores that the simulation knows."""

import numpy as np
import pandas as pd
import pytest

from calibration.abilities import Abilities
from calibration.responses import ResponseMatrix
from calibration.subscores import augmented_subscores, subscore_table
from engine.pool import ItemPool


def two_skills(rho: float, seed: int, *, share: float = 1.0):
    rng = np.random.default_rng(seed)
    n, j = 5000, 40
    a, b = rng.lognormal(0, 0.2, j), rng.normal(size=j) * 0.8
    theta = rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=n)
    own = np.arange(j) % 4 == 0
    chance = 1 / (1 + np.exp(-a * (np.where(own, theta[:, :1], theta[:, 1:]) - b)))
    answers = (rng.random((n, j)) < chance).astype(float)
    answers[rng.random((n, j)) > share] = np.nan
    items = [f"I{k}" for k in range(j)]
    pool = ItemPool.from_parameters(pd.DataFrame({"item": items, "model": "2pl", "a": a, "b": b}))
    abilities = Abilities.of(ResponseMatrix.from_dense(answers, items=items), pool)
    skills = {item: "small" if mine else "large" for item, mine in zip(items, own, strict=True)}
    return abilities, skills, theta, chance, own


@pytest.mark.parametrize(("rho", "adds"), [(1.0, False), (0.9, False), (0.5, True)])
def test_on_a_common_form(rho: float, adds: bool) -> None:
    abilities, skills, _, chance, own = two_skills(rho, 1)
    row = subscore_table(abilities, skills).set_index("skill").loc["small"]
    x = abilities.responses.dense()
    true = chance[:, own].sum(axis=1)
    augmented = augmented_subscores(abilities, skills)["small"]
    for name, predictor in (("sub", x[:, own].sum(axis=1)), ("total", x.sum(axis=1)), ("both", augmented)):
        assert row[f"prmse_{name}"] == pytest.approx(np.corrcoef(true, predictor)[0, 1] ** 2, abs=0.03), name
    assert row["adds_value"] == adds
    assert row["prmse_both"] >= max(row["prmse_sub"], row["prmse_total"]) - 1e-9


@pytest.mark.parametrize(("rho", "adds"), [(1.0, False), (0.5, True)])
def test_where_people_met_different_items(rho: float, adds: bool) -> None:
    abilities, skills, theta, _, own = two_skills(rho, 2, share=0.5)
    row = subscore_table(abilities, skills).set_index("skill").loc["small"]
    alone = abilities.without(~own).theta
    for name, predictor in (("sub", alone), ("total", abilities.theta)):
        assert row[f"prmse_{name}"] == pytest.approx(
            np.corrcoef(theta[:, 0], predictor)[0, 1] ** 2, abs=0.04
        ), name
    assert row["adds_value"] == adds


def test_too_few_items_are_said_in_words() -> None:
    abilities, skills, *_ = two_skills(0.5, 3)
    few = {item: "pair" if place < 2 else "rest" for place, item in enumerate(skills)}
    table = subscore_table(abilities, few).set_index("skill")
    assert table.loc["pair", "note"] == "not enough items (2 of at least 3)"
    assert not table.loc["pair", "adds_value"]
    assert "pair" not in augmented_subscores(abilities, few)
