"""Equal to catR 3.17: next items by every rule it has, and θ and SE by every estimator.

Source of all numbers: shared/reference/catr_reference.json, made by ref_catr.R (catR 3.17, D = 1, N(0, 1),
33 nodes on [−4, 4], estimates kept within [−4, 4]).

Where catR differs by definition:

* Its EAP integrates by the trapezoid rule, so the two end nodes count half; ours sums normalised weights on
  the reference grid. `Trapezoid` below makes the prior that gives the same integral.
* Its ML, BM and WL are roots good to about 3e-5.
* Its ML and WL estimates at a bound carry 1/√I there; ours have no standard error.
* Its GDI and GDIP are plain sums over the nodes, its KL, MLWI and MPWI trapezoids; ours are all trapezoids,
  so GDI is compared through `variation` with its own weights.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from engine import CatRules, ItemPool, restore, start, tell
from engine.estimation import estimators
from engine.estimation.base import Answers
from engine.priors import Normal
from engine.quadrature import grid
from engine.selection.global_discrimination import variation
from engine.selection.weights import normalised
from engine.state import State, view_of
from engine.tables import Tables
from tests.reference.catr import GRID, Trapezoid, logistic, results, rules

pytestmark = pytest.mark.reference

CRITERIA = {
    "MFI": 'criterion = "mfi"',
    "bOpt": 'criterion = "b_opt"',
    "thOpt": 'criterion = "th_opt"',
    "KL": 'criterion = "kl"',
    "KLP": 'criterion = "klp"',
    "MLWI": 'criterion = "mlwi"',
    "MPWI": 'criterion = "mpwi"',
    "MEI": 'criterion = "mei"',
    "MEI_Fisher": 'criterion = "mei"\nobserved = false',
    "MEPV": 'criterion = "mepv"\nat_theta = true',
}
ESTIMATORS = {
    "ML": ("mle", Normal()),
    "BM": ("map", Normal()),
    "WL": ("wle", Normal()),
    "BM_Jeffreys": ("jeffreys", Normal()),
    "BM_prior_0.5_1.5": ("map", Normal(0.5, 1.5)),
}
METHODS = {
    "EAP": 'method = "eap"\n' + GRID,
    "BM": 'method = "map"\nlower = -4.0\nupper = 4.0',
    "WL": 'method = "wle"\nlower = -4.0\nupper = 4.0',
    "ML": 'method = "mle"\nlower = -4.0\nupper = 4.0',
}


@pytest.fixture(scope="module")
def catr(shared: Path) -> dict[str, Any]:
    return results(shared)


@pytest.fixture(scope="module")
def pools(shared: Path, catr: dict[str, Any]) -> dict[str, ItemPool]:
    bank500 = pd.read_csv(shared / "reference/bank500.csv").to_numpy()
    return {"tcals": logistic(np.array(catr["tcals"])), "bank500": logistic(bank500)}


def selecting(select: str) -> CatRules:
    return rules(f"[estimate]\n{GRID}\n[select]\n{select}", prior=Trapezoid())


def after_five(pool: ItemPool, case: dict[str, Any], made: CatRules) -> State:
    items, x = np.array([case["items"]]) - 1, np.array([case["x"]])
    return restore(pool, made, np.zeros((1, 30)), items, x)


def cases_after_five(catr: dict[str, Any], bank: str) -> Iterator[dict[str, Any]]:
    for by_theta in catr["select_after5"][bank].values():
        yield from by_theta.values()


@pytest.mark.parametrize("bank", ["tcals", "bank500"])
@pytest.mark.parametrize("name", CRITERIA)
def test_next_item_after_five_answers(
    catr: dict[str, Any], pools: dict[str, ItemPool], bank: str, name: str
) -> None:
    made = selecting(CRITERIA[name])
    for case in cases_after_five(catr, bank):
        state = after_five(pools[bank], case, made)
        assert state.theta[0] == pytest.approx(case["theta_eap"], abs=1e-6)
        assert state.current[0] + 1 == case[name]["item"]


@pytest.mark.parametrize("bank", ["tcals", "bank500"])
def test_global_discrimination_after_five_answers(
    catr: dict[str, Any], pools: dict[str, ItemPool], bank: str
) -> None:
    made = selecting('criterion = "gdi"')
    for case in cases_after_five(catr, bank):
        view = view_of(after_five(pools[bank], case, made))
        for name, weights in (("GDI", view.likelihood), ("GDIP", view.posterior)):
            index = variation(normalised(weights), view.tables)[0]
            index[np.array(case["items"]) - 1] = -1
            assert index.argmax() + 1 == case[name]["item"]


@pytest.mark.parametrize(
    ("name", "select", "scale"),
    [
        ("MFI", 'criterion = "mfi"', 1.0),
        ("MEI", 'criterion = "mei"', 1.0),
        ("EPV", 'criterion = "mepv"\nat_theta = true', -1.0),
        ("KL", 'criterion = "kl"', None),
        ("KLP", 'criterion = "klp"', None),
        ("MLWI", 'criterion = "mlwi"', None),
        ("MPWI", 'criterion = "mpwi"', None),
    ],
)
def test_every_item_s_value(
    catr: dict[str, Any], pools: dict[str, ItemPool], name: str, select: str, scale: float | None
) -> None:
    """Values of all 80 items left; catR does not normalise the likelihood, so some differ by one factor."""
    pool, made = pools["tcals"], selecting(select)
    for case in cases_after_five(catr, "tcals"):
        state = after_five(pool, case, made)
        items = np.array(case["all"]["items"]) - 1
        ours = state.design.criterion.score(view_of(state), pool)[0][items]
        theirs = np.array(case["all"][name])
        factor = scale or float(ours @ theirs / (theirs @ theirs))
        np.testing.assert_allclose(ours, factor * theirs, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("bank", ["tcals", "bank500"])
@pytest.mark.parametrize("name", ["MFI", "bOpt", "thOpt"])
def test_the_first_twenty_items_at_a_given_ability(
    catr: dict[str, Any], pools: dict[str, ItemPool], bank: str, name: str
) -> None:
    for theta, case in catr["nextitem_at_theta"][bank].items():
        made = rules(f"[start]\ntheta = {float(theta)}\n[select]\n{CRITERIA[name]}", length=20)
        state = start(pools[bank], made, np.zeros((1, 20)))
        score, theirs = state.design.criterion.score(view_of(state), pools[bank])[0], case[f"{name}_order20"]
        best = np.sort(score)[::-1][:20]
        np.testing.assert_allclose(score[np.array(theirs) - 1], best, rtol=1e-9)
        assert state.current[0] + 1 == theirs[0]


@pytest.mark.parametrize("bank", ["tcals", "bank500"])
@pytest.mark.parametrize("name", METHODS)
def test_whole_tests_by_maximum_information(
    catr: dict[str, Any], pools: dict[str, ItemPool], bank: str, name: str
) -> None:
    cases = [by_method[name] for by_method in catr["cat"][bank].values()]
    length = len(cases[0]["items"])
    made = rules(f"[estimate]\n{METHODS[name]}", length=length, prior=Trapezoid())
    for case in cases:
        state = start(pools[bank], made, np.zeros((1, length)))
        for step, x in enumerate(case["x"]):
            assert state.current[0] + 1 == case["items"][step]
            state = tell(state, np.array([x]))
            assert state.theta[0] == pytest.approx(case["theta"][step], abs=5e-5)
            if abs(state.theta[0]) < 4:
                assert state.se[0] == pytest.approx(case["se"][step], abs=1e-4)


@pytest.mark.parametrize("bank", ["tcals", "bank500"])
@pytest.mark.parametrize("name", [*ESTIMATORS, "EAP", "EAP_61"])
def test_scoring(catr: dict[str, Any], pools: dict[str, ItemPool], bank: str, name: str) -> None:
    pool = pools[bank]
    coarse = {"EAP": grid(33, bound=4.0), "EAP_61": grid(61)}.get(name)
    tables = Tables.of(pool, grid(161, bound=4.0) if coarse is None else coarse)
    key, prior = ESTIMATORS.get(name, ("eap", Trapezoid()))
    settings = {} if key == "eap" else {"lower": -4.0, "upper": 4.0}
    for by_pattern in catr["scoring"][bank].values():
        for case in by_pattern.values():
            items, x = np.array([case["items"]]) - 1, np.array([case["x"]])
            estimate = estimators.build(key, settings).estimate(Answers.of(pool, tables, items, x, prior))
            assert estimate.theta[0] == pytest.approx(case[name]["theta"], abs=5e-5)
            if abs(estimate.theta[0]) < 4:
                assert estimate.se[0] == pytest.approx(case[name]["se"], abs=1e-4)
