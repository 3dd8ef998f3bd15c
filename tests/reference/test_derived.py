"""Metrics that follow from item parameters, with delta-method errors, against mirt 1.46.1 and by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration import MarginalML, ResponseMatrix
from calibration.derived import derived, intervals, most_informative
from items.errors import BadInput
from items.parameters import ParameterSet

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def lsat7(shared: Path) -> ParameterSet:
    responses = ResponseMatrix.read(shared / "data" / "lsat7.csv")
    return MarginalML(model="2pl").fit(responses).parameter_set()


def test_intercepts_have_mirts_errors(shared: Path, lsat7: ParameterSet) -> None:
    """mirt estimates the intercept itself; here it is −ab with the delta method: the same error."""
    printed = json.loads((shared / "reference" / "mirt_real.json").read_text())["fits"]["LSAT7"]["2PL"]
    table = derived(lsat7)
    theirs = printed["SE"]["slope_intercept"].values()
    np.testing.assert_allclose(table["se_intercept"], [row["d"] for row in theirs], rtol=0.02)
    values = printed["TOL_1e-09"]["slope_intercept"].values()
    np.testing.assert_allclose(table["intercept"], [row["d"] for row in values], atol=0.005)


def test_a_metric_of_ones_own_has_the_error_of_the_formula(lsat7: ParameterSet) -> None:
    """f = a b² has ∇f = (b², 2ab)."""
    table = derived(lsat7, {"odd": lambda item: item["a"] * item["b"] ** 2})
    a, b = lsat7.table["a"][1], lsat7.table["b"][1]
    gradient = np.array([b**2, 2 * a * b])
    covariance = np.array(lsat7.covariances["Item.2", 1].matrix)
    assert table["odd"][1] == pytest.approx(a * b**2)
    assert table["se_odd"][1] == pytest.approx(np.sqrt(gradient @ covariance @ gradient), rel=1e-6)


def test_a_metric_that_an_item_cannot_have_is_empty(lsat7: ParameterSet) -> None:
    assert derived(lsat7, {"guessing": lambda item: item["c"]})["guessing"].isna().all()
    plain = ParameterSet.from_table(pd.DataFrame({"item": ["x"], "model": ["2pl"], "a": [1.0], "b": [0.5]}))
    table = derived(plain)
    assert table["intercept"][0] == -0.5
    assert np.isnan(table["se_intercept"][0])


def test_a_guessed_item_informs_most_above_its_difficulty() -> None:
    """The maximum of I(θ) = a² (Q/P) ((P − c)/(1 − c))², searched for on a grid."""
    a, b, c = 1.3, -0.2, 0.25
    theta = np.linspace(-3, 3, 600_001)
    p = c + (1 - c) / (1 + np.exp(-a * (theta - b)))
    information = a**2 * (1 - p) / p * ((p - c) / (1 - c)) ** 2
    assert most_informative({"a": a, "b": b, "c": c}) == pytest.approx(theta[information.argmax()], abs=1e-4)


def test_intervals_of_asymptotes_stay_between_0_and_1(shared: Path) -> None:
    responses = ResponseMatrix.read(shared / "data" / "sat12_scored.csv")
    result = MarginalML(model="3pl").fit(responses)
    table = intervals(result.parameter_set(), level=0.99)
    c = result.parameters["c"]
    assert ((table["c_low"] > 0) & (table["c_low"] < c) & (c < table["c_high"]) & (table["c_high"] < 1)).all()
    np.testing.assert_allclose((table["b_high"] - table["b_low"]) / 2, 2.5758293 * result.parameters["se_b"])
    with pytest.raises(BadInput, match="level = 95; a probability"):
        intervals(result.parameter_set(), level=95)
