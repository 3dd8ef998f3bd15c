"""Real data against TAM 4.4-2 (tam_erm_ltm_real.json: 61 nodes, conv 1e-8): likelihoods, estimates, scores.

TAM's slope errors (`B_se`) are far too small and are not compared (shared/reference/README.md).
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from calibration import CalibrationResult, MarginalML, ResponseMatrix
from calibration.scoring import score

pytestmark = pytest.mark.reference

FILES = {"LSAT6": "lsat6", "LSAT7": "lsat7", "SAT12": "sat12_scored", "Science": "science"}


@pytest.fixture(scope="module")
def tam(shared: Path) -> dict[str, Any]:
    return json.loads((shared / "reference" / "tam_erm_ltm_real.json").read_text())


def fit(shared: Path, data: str, model: str) -> CalibrationResult:
    return MarginalML(model=model).fit(ResponseMatrix.read(shared / "data" / f"{FILES[data]}.csv"))


@pytest.mark.parametrize("data", sorted(FILES))
def test_rasch_and_partial_credit(shared: Path, tam: dict[str, Any], data: str) -> None:
    result = fit(shared, data, "pcm" if data == "Science" else "rasch")
    printed = tam[data]["TAM_Rasch"]
    assert result.log_likelihood == pytest.approx(printed["loglik"], abs=0.01)
    assert result.log_likelihood >= printed["loglik"] - 1e-4
    assert result.population["all"][1] ** 2 == pytest.approx(printed["variance"], abs=0.005)
    steps = [name for name in result.parameters if name[0] == "b"]
    np.testing.assert_allclose(result.parameters[steps].to_numpy().ravel(), printed["xsi"]["xsi"], atol=0.01)


@pytest.mark.parametrize("data", sorted(FILES))
def test_2pl_and_generalised_partial_credit(shared: Path, tam: dict[str, Any], data: str) -> None:
    result = fit(shared, data, "gpcm" if data == "Science" else "2pl")
    printed = tam[data]["TAM_2PL"]
    assert result.log_likelihood == pytest.approx(printed["loglik"], abs=0.01)
    assert result.log_likelihood >= printed["loglik"] - 1e-4
    steps = [name for name in result.parameters if name[0] == "b"]
    ours = result.parameters[steps].mean(axis=1)
    steep = result.parameters["a"] < 2.5
    np.testing.assert_allclose(
        result.parameters["a"][steep], np.array(printed["item_irt"]["alpha"])[steep], atol=0.01
    )
    np.testing.assert_allclose(ours, printed["item_irt"]["beta"], atol=0.01)


@pytest.mark.parametrize(
    ("data", "model", "key"), [("LSAT7", "rasch", "TAM_Rasch"), ("LSAT7", "2pl", "TAM_2PL")]
)
@pytest.mark.parametrize("method", ["wle", "eap"])
def test_scores(shared: Path, tam: dict[str, Any], data: str, model: str, key: str, method: str) -> None:
    """Warm's estimates and posterior means of all patterns, within 1e-3 of TAM's."""
    result = fit(shared, data, model)
    printed = tam[data][key][method]
    patterns = pd.DataFrame(np.array(tam[data][key]["wle"]["patterns"]), columns=result.parameters["item"])
    levels = dict.fromkeys(result.parameters["item"], (0, 1))
    responses = ResponseMatrix.from_pandas(patterns, levels=levels)
    table = score(responses, result.parameter_set(), method=method, bounds=(-20, 20))
    np.testing.assert_allclose(table["theta"], printed["theta"], atol=1e-3)
    np.testing.assert_allclose(table["se"], printed["se" if "se" in printed else "sd"], atol=2e-3)
