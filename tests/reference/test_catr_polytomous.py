"""Equal to catR 3.17 with graded and generalised partial credit items.

Source: shared/reference/catr_reference.json, entry `polytomous`: 40 items of up to 5 categories each, from
catR's genPolyMatrix with seeds 11 and 12. The same differences of definition as in test_catr.py.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import ItemPool, restore, start, tell
from engine.estimation import estimators
from engine.estimation.base import Answers
from engine.priors import Normal
from engine.quadrature import grid
from engine.tables import Tables
from tests.reference.catr import GRID, Trapezoid, polytomous, results, rules

pytestmark = pytest.mark.reference

CRITERIA = {
    "MFI": 'criterion = "mfi"',
    "KL": 'criterion = "kl"',
    "KLP": 'criterion = "klp"',
    "MLWI": 'criterion = "mlwi"',
    "MPWI": 'criterion = "mpwi"',
    "MEI": 'criterion = "mei"',
    "MEPV": 'criterion = "mepv"\nat_theta = true',
}
ESTIMATORS = {"ML": "mle", "BM": "map", "WL": "wle", "EAP": "eap"}


@pytest.fixture(scope="module", params=["GRM", "GPCM"])
def case(request: pytest.FixtureRequest, shared: Path) -> tuple[ItemPool, dict[str, Any]]:
    found = results(shared)["polytomous"][request.param]
    return polytomous(request.param.lower(), found["bank"]), found["cat"]


def test_whole_tests_by_maximum_information(case: tuple[ItemPool, dict[str, Any]]) -> None:
    pool, by_theta = case
    made = rules(f"[estimate]\n{GRID}", length=12, prior=Trapezoid())
    for cat in by_theta.values():
        state = start(pool, made, np.zeros((1, 12)))
        for step, x in enumerate(cat["x"]):
            assert state.current[0] + 1 == cat["items"][step]
            state = tell(state, np.array([x]))
            assert state.theta[0] == pytest.approx(cat["theta"][step], abs=1e-6)
            assert state.se[0] == pytest.approx(cat["se"][step], abs=1e-6)


@pytest.mark.parametrize("name", CRITERIA)
def test_next_item_after_five_answers(case: tuple[ItemPool, dict[str, Any]], name: str) -> None:
    pool, by_theta = case
    made = rules(f"[estimate]\n{GRID}\n[select]\n{CRITERIA[name]}", prior=Trapezoid())
    for cat in by_theta.values():
        items, x = np.array([cat["items"][:5]]) - 1, np.array([cat["x"][:5]])
        state = restore(pool, made, np.zeros((1, 30)), items, x)
        assert state.current[0] + 1 == cat["select_after5"][name]["item"]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_scoring(case: tuple[ItemPool, dict[str, Any]], name: str) -> None:
    pool, by_theta = case
    settings = {} if name == "EAP" else {"lower": -4.0, "upper": 4.0}
    estimator = estimators.build(ESTIMATORS[name], settings)
    tables = Tables.of(pool, grid(33 if name == "EAP" else 161, bound=4.0))
    prior = Trapezoid() if name == "EAP" else Normal()
    for cat in by_theta.values():
        items, x = np.array([cat["items"]]) - 1, np.array([cat["x"]])
        estimate = estimator.estimate(Answers.of(pool, tables, items, x, prior))
        assert estimate.theta[0] == pytest.approx(cat["scoring"][name]["theta"], abs=5e-5)
        if abs(estimate.theta[0]) < 4:
            assert estimate.se[0] == pytest.approx(cat["scoring"][name]["se"], abs=1e-4)
