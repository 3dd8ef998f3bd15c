"""Equal to catR 3.17 on the 85 items of TCALS 1998: chances, information, orders, a whole test, and scores.

Source: shared/reference/catr_tcals_*.csv, described in published.md beside them. The same differences of
definition as in test_catr.py; all pairs of a pattern and a method are compared, the likelihoods with several
maxima among them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine import ItemPool, start, tell
from engine.estimation import estimators
from engine.estimation.base import Answers
from engine.priors import Normal
from engine.quadrature import grid
from engine.tables import Tables
from tests.reference.catr import GRID, Trapezoid, rules

pytestmark = pytest.mark.reference

METHODS = {"ML": "mle", "BM": "map", "WL": "wle", "EAP": "eap"}


@pytest.fixture(scope="module")
def pool(shared: Path) -> ItemPool:
    return ItemPool.from_parameters(pd.read_csv(shared / "data/bank_tcals.csv").assign(model="4pl"))


@pytest.mark.parametrize("kind", ["prob", "info"])
def test_every_item_at_nine_abilities(shared: Path, pool: ItemPool, kind: str) -> None:
    theirs = pd.read_csv(shared / f"reference/catr_tcals_{kind}.csv").set_index("item")
    theta = np.array([-3, -2, -1, -0.5, 0, 0.5, 1, 2, 3])
    ours = np.exp(pool.log_prob(theta))[:, 1] if kind == "prob" else pool.information(theta)
    assert tuple(theirs.index) == pool.items
    np.testing.assert_allclose(ours, theirs.to_numpy(), rtol=1e-9)


def test_the_ten_most_informative_items(shared: Path, pool: ItemPool) -> None:
    orders = pd.read_csv(shared / "reference/catr_tcals_mfi_order.csv")
    for theta, order in orders.groupby("theta"):
        state = start(pool, rules(f"[start]\ntheta = {float(str(theta))}", length=10), np.zeros((1, 10)))
        info = pool.information(state.theta)[:, 0]
        assert [pool.items[row] for row in np.argsort(-info, kind="stable")[:10]] == order["item"].tolist()
        assert pool.items[state.current[0]] == order["item"].iloc[0]
        np.testing.assert_allclose(np.sort(info)[::-1][:10], order["info"], rtol=1e-10)


def test_a_whole_test(shared: Path, pool: ItemPool) -> None:
    path = pd.read_csv(shared / "reference/catr_tcals_cat_path.csv")
    state = start(pool, rules(f"[estimate]\n{GRID}", length=20, prior=Trapezoid()), np.zeros((1, 20)))
    for step in path.itertuples():
        assert pool.items[state.current[0]] == step.item
        state = tell(state, np.array([step.response]))
        assert state.theta[0] == pytest.approx(step.eap, abs=1e-7)
        assert state.se[0] == pytest.approx(step.se, abs=1e-7)


@pytest.mark.parametrize("method", METHODS)
def test_scores_of_whole_and_short_tests(shared: Path, pool: ItemPool, method: str) -> None:
    scores = pd.read_csv(shared / "reference/catr_tcals_theta.csv", dtype={"responses": str})
    scores = scores[scores["method"] == method]
    assert len(scores) >= 16
    nodes = grid(33, bound=4.0) if method == "EAP" else grid(161, bound=4.0)
    prior = Trapezoid() if method == "EAP" else Normal()
    settings = {} if method == "EAP" else {"lower": -4.0, "upper": 4.0}
    for case in scores.itertuples():
        items = np.array([case.item_index.split()], int) - 1
        answers = Answers.of(
            pool, Tables.of(pool, nodes), items, np.array([list(case.responses)], int), prior
        )
        estimate = estimators.build(METHODS[method], settings).estimate(answers)
        assert estimate.theta[0] == pytest.approx(case.theta, abs=5e-5)
        if abs(case.theta) < 4:
            assert estimate.se[0] == pytest.approx(case.se, abs=1e-4)
