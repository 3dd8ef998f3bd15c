"""Conditional maximum likelihood against eRm, psychotools and the OPLM program."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration import ResponseMatrix
from calibration.conditional import ConditionalML
from calibration.result import CalibrationResult

pytestmark = pytest.mark.reference


def fit(responses: ResponseMatrix, model: str) -> CalibrationResult:
    return ConditionalML(model=model).fit(responses)


def verbal(shared: Path, name: str, situations: int = 4) -> ResponseMatrix:
    responses = ResponseMatrix.read(shared / "data" / f"verbal_aggression_{name}.csv")
    early = [item[:2] in [f"S{s}" for s in range(1, situations + 1)] for item in responses.items]
    return responses.take_items(np.array(early))


def key(item: str) -> str:
    """Return an item's name as all sources agree on it: OPLM cuts at eight letters, cases differ."""
    return item[:8].lower()


def by_key(names: pd.Series, values: pd.Series) -> dict[str, float]:
    return dict(zip(map(key, names), values, strict=True))


def test_erm_raschdat1_is_the_object_that_erm_ships(shared: Path) -> None:
    """erm_raschdat1_cml.csv: log-likelihood −1434.482, sum-zero difficulties and their errors."""
    result = fit(ResponseMatrix.read(shared / "data" / "erm_raschdat1.csv"), "rasch")
    printed = pd.read_csv(shared / "reference" / "erm_raschdat1_cml.csv")
    assert result.log_likelihood == pytest.approx(-1434.482, abs=0.001)
    np.testing.assert_allclose(result.parameters["b"], printed["difficulty"], atol=1e-3)
    np.testing.assert_allclose(result.parameters["se_b"], printed["se"], rtol=1e-3)


@pytest.mark.parametrize(
    ("data", "name", "model"),
    [("LSAT6", "lsat6", "rasch"), ("LSAT7", "lsat7", "rasch"), ("SAT12", "sat12_scored", "rasch")],
)
def test_erm_on_the_classics(shared: Path, data: str, name: str, model: str) -> None:
    """tam_erm_ltm_real.json, eRm: conditional log-likelihood, easiness parameters (sum zero)."""
    printed = json.loads((shared / "reference" / "tam_erm_ltm_real.json").read_text())[data]["eRm"]
    result = fit(ResponseMatrix.read(shared / "data" / f"{name}.csv"), model)
    assert result.log_likelihood == pytest.approx(printed["cond_loglik"], abs=0.01)
    np.testing.assert_allclose(
        -result.parameters["b"], list(printed["betapar_easiness"].values()), atol=0.005
    )
    np.testing.assert_allclose(result.parameters["se_b"], printed["se_beta"], rtol=0.02)


def test_erm_partial_credit_of_science(shared: Path) -> None:
    printed = json.loads((shared / "reference" / "tam_erm_ltm_real.json").read_text())["Science"]["eRm"]
    result = fit(ResponseMatrix.read(shared / "data" / "science.csv"), "pcm")
    assert result.log_likelihood == pytest.approx(printed["cond_loglik"], abs=0.01)
    easiness = -np.cumsum(result.parameters[["b1", "b2", "b3"]].to_numpy(), axis=1)
    centred = np.array(list(printed["betapar_easiness"].values())).reshape(4, 3)
    shift = (easiness - centred).mean(axis=0) / np.array([1, 2, 3])
    np.testing.assert_allclose(shift, shift[0], atol=0.005)
    np.testing.assert_allclose(
        easiness - centred, np.outer(np.ones(4), np.arange(1, 4)) * shift[0], atol=0.01
    )


def test_psychotools_rasch_on_24_verbal_items(shared: Path) -> None:
    """psychotools_verbal24_rasch_cml.csv: log-likelihood −3049.923."""
    result = fit(verbal(shared, "binary"), "rasch")
    printed = pd.read_csv(shared / "reference" / "psychotools_verbal24_rasch_cml.csv")
    assert result.log_likelihood == pytest.approx(-3049.923, abs=0.001)
    b, se = (by_key(printed["item"], printed[column]) for column in ("beta_sum0", "se"))
    for row in result.parameters.to_dict("records"):
        assert row["b"] == pytest.approx(b[key(row["item"])], abs=1e-3)
        assert row["se_b"] == pytest.approx(se[key(row["item"])], rel=1e-3)


def test_oplm_partial_credit_on_24_verbal_items(shared: Path) -> None:
    """oplm_verbal_pcm_cml.csv (program OPLM): log-likelihood −5177.78, thresholds and errors."""
    result = fit(verbal(shared, "long"), "pcm")
    printed = pd.read_csv(shared / "reference" / "oplm_verbal_pcm_cml.csv")
    assert result.log_likelihood == pytest.approx(-5177.78, abs=0.005)
    assert result.n_parameters == 47
    table = result.parameters.assign(key=result.parameters["item"].map(key)).set_index("key")
    for row in printed.to_dict("records"):
        ours = table.loc[key(row["item"])]
        assert ours[f"b{row['category']}"] == pytest.approx(row["beta"], abs=0.0015)
        assert ours[f"se_b{row['category']}"] == pytest.approx(row["se"], abs=0.0015)


def test_psychotools_partial_credit_and_rating_scale(shared: Path) -> None:
    """psychotools_verbal24_pcm_thresholds.csv: −5177.782; RSM −5203.914 (published.md §4)."""
    responses = verbal(shared, "long")
    result = fit(responses, "pcm")
    printed = pd.read_csv(shared / "reference" / "psychotools_verbal24_pcm_thresholds.csv")
    table = result.parameters.assign(key=result.parameters["item"].map(key)).set_index("key")
    for name, value in printed.itertuples(index=False):
        item, category = name.rsplit("-C", 1)
        assert table.loc[key(item)][f"b{category}"] == pytest.approx(value, abs=1e-3)
    assert fit(responses, "rsm").log_likelihood == pytest.approx(-5203.914, abs=0.001)


@pytest.mark.parametrize(
    ("name", "model", "log_likelihood"),
    [("binary", "rasch", -1255.055), ("long", "rsm", -2481.184), ("long", "pcm", -2474.726)],
)
def test_psychotools_on_12_verbal_items(shared: Path, name: str, model: str, log_likelihood: float) -> None:
    """Saved example output of psychotools 0.7-4, exact values in published.md §4."""
    assert fit(verbal(shared, name, situations=2), model).log_likelihood == pytest.approx(
        log_likelihood, abs=0.001
    )


def test_mathematics_exam(shared: Path) -> None:
    """published.md §5: 688 students with 0 < score < 13, psychotools: −3635.234, PCM on credits −5933.926."""
    solved = ResponseMatrix.read(shared / "data" / "mathexam14w_solved.csv")
    result = fit(solved, "rasch")
    printed = pd.read_csv(shared / "reference" / "psychotools_math_rasch_cml.csv")
    assert result.log_likelihood == pytest.approx(-3635.234, abs=0.001)
    np.testing.assert_allclose(result.parameters["b"], printed["beta_sum0"], atol=1e-3)
    np.testing.assert_allclose(result.parameters["se_b"], printed["se"], rtol=1e-3)
    total = solved.dense().sum(axis=1)
    credits = ResponseMatrix.read(shared / "data" / "mathexam14w_credits.csv")
    chosen = credits.take_persons((total > 0) & (total < 13))
    assert fit(chosen, "pcm").log_likelihood == pytest.approx(-5933.926, abs=0.001)
