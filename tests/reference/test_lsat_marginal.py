"""LSAT sections 6 and 7 by marginal maximum likelihood, against printed and computed tables.

Sources: shared/reference/published.md §1–2 (ltm's printed 2PL table, Rizopoulos 2006; mirt's test-suite) and
mirt_real.json (mirt 1.46.1, TOL 1e-9, 61 nodes; Oakes standard errors).
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration import CalibrationResult, MarginalML, ResponseMatrix

pytestmark = pytest.mark.reference


def calibrate(shared: Path, name: str, model: str) -> CalibrationResult:
    return MarginalML(model=model).fit(ResponseMatrix.read(shared / "data" / f"{name}.csv"))


@pytest.fixture(scope="module")
def mirt(shared: Path) -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    return json.loads((shared / "reference" / "mirt_real.json").read_text())["fits"]


def test_lsat6_2pl_is_the_printed_table_of_ltm(shared: Path) -> None:
    """published_lsat6_2pl_ltm.csv: ltm, 21 Gauss–Hermite nodes, log-likelihood −2466.653."""
    result = calibrate(shared, "lsat6", "2pl")
    printed = pd.read_csv(shared / "reference" / "published_lsat6_2pl_ltm.csv")
    assert result.log_likelihood == pytest.approx(-2466.653, abs=0.01)
    np.testing.assert_allclose(result.parameters["a"], printed["a"], atol=0.01)
    np.testing.assert_allclose(result.parameters["b"], printed["b"], atol=0.01)
    np.testing.assert_allclose(result.parameters["se_a"], printed["se_a"], rtol=0.02)
    np.testing.assert_allclose(result.parameters["se_b"], printed["se_b"], rtol=0.02)
    assert result.aic == pytest.approx(4953.307, abs=0.01)
    assert result.bic == pytest.approx(5002.384, abs=0.01)


def test_lsat7_2pl_is_the_table_of_mirts_test_suite(shared: Path) -> None:
    """published_lsat7_2pl_mirt.csv (test-01), printed with a tolerance of 0.01."""
    result = calibrate(shared, "lsat7", "2pl")
    printed = pd.read_csv(shared / "reference" / "published_lsat7_2pl_mirt.csv")
    table = result.parameters
    np.testing.assert_allclose(table["a"], printed["a"], atol=0.01)
    np.testing.assert_allclose(-table["a"] * table["b"], printed["d"], atol=0.01)
    assert result.log_likelihood == pytest.approx(-2658.805, abs=0.01)


@pytest.mark.parametrize(
    ("name", "variance", "d"),
    [
        ("lsat6", 0.57, [2.73, 0.999, 0.24, 1.306, 2.099]),
        ("lsat7", 1.011**2, [1.8680155, 0.7908857, 1.4607798, 0.5214175, 1.9927099]),
    ],
)
def test_rasch_has_the_free_variance_of_mirts_test_suite(
    shared: Path, name: str, variance: float, d: list[float]
) -> None:
    """published.md §1–2: slope 1, variance free, tolerance 1e-2."""
    result = calibrate(shared, name, "rasch")
    np.testing.assert_allclose(-result.parameters["b"], d, atol=0.01)
    assert result.population["all"][1] ** 2 == pytest.approx(variance, abs=0.015)


@pytest.mark.parametrize("name", ["LSAT6", "LSAT7"])
@pytest.mark.parametrize("model", ["Rasch", "1PL", "2PL"])
def test_estimates_and_errors_are_those_of_mirt(shared: Path, mirt: dict, name: str, model: str) -> None:
    result = calibrate(shared, name.lower(), model.lower())
    tight, errors = mirt[name][model]["TOL_1e-09"], mirt[name][model]["SE"]["irt"]
    assert result.log_likelihood == pytest.approx(tight["loglik"], abs=1e-5)
    for row in result.parameters.to_dict("records"):
        for parameter in ("a", "b"):
            assert row[parameter] == pytest.approx(tight["irt"][row["item"]][parameter], abs=2e-3)
            if errors[row["item"]][parameter] != "NA":
                assert row[f"se_{parameter}"] == pytest.approx(errors[row["item"]][parameter], rel=0.005)
    assert result.converged
    assert result.decrement <= 1e-6
