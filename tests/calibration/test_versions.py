"""Two versions of one item in one log are two items, from the log to the linked parameter file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration import CalibrationResult, MarginalML, ResponseMatrix
from calibration.derived import derived
from calibration.linking.link import link
from calibration.linking.transformation import Transformation
from calibration.scoring import known_levels, score
from engine import ItemPool
from engine.uncertainty import covariances
from items.parameters import ParameterSet


@pytest.fixture(scope="module")
def responses(two_pl: np.ndarray) -> ResponseMatrix:
    """Columns 0 and 1 are versions 1 and 2 of the item "q"."""
    matrix = ResponseMatrix.from_dense(two_pl)
    return replace(matrix, items=("q", "q", *matrix.items[2:]), versions=np.array([1, 2, *[1] * 10]))


@pytest.fixture(scope="module")
def result(responses: ResponseMatrix) -> CalibrationResult:
    return MarginalML(model="2pl", full_covariance=True).fit(responses)


def errors(parameters: ParameterSet, row: int) -> list[float]:
    """Return the standard errors of a and b that the covariance of a row's item holds."""
    known = parameters.covariances[parameters.identities()[row]]
    return np.sqrt(np.diag(known.matrix)).tolist()


def test_each_version_has_its_own_covariance_in_file_and_database(
    result: CalibrationResult, tmp_path: Path
) -> None:
    result.write(tmp_path / "p.csv")
    back = ParameterSet.read(tmp_path / "p.csv")
    assert set(back.covariances) == {("q", 1), ("q", 2), *((f"I{j}", 1) for j in range(3, 13))}
    for row in range(12):
        expected = result.parameters[["se_a", "se_b"]].iloc[row]
        np.testing.assert_allclose(errors(back, row), expected, rtol=1e-9)
    assert errors(back, 0) != errors(back, 1)


def test_metrics_links_and_the_engine_take_the_covariance_of_their_version(result: CalibrationResult) -> None:
    known = result.parameter_set()
    assert derived(known, {"b": lambda item: item["b"]})["se_b"].to_numpy() == pytest.approx(
        result.parameters["se_b"].to_numpy(), rel=1e-6
    )
    moved = Transformation(2.0, 0.0).apply(known)
    np.testing.assert_allclose(errors(moved, 1)[1], 2 * result.parameters["se_b"][1], rtol=1e-9)
    second = ItemPool.from_parameters(replace(known, table=known.table[1:].reset_index(drop=True)))
    found = covariances(second, second.blocks[0])[0]
    np.testing.assert_allclose(np.sqrt(np.diag(found)[:2]), errors(known, 1), rtol=1e-9)


def test_the_full_covariance_names_the_versions(result: CalibrationResult) -> None:
    assert list(result.covariance.index[:3]) == ["q version 1:a", "q version 1:intercept", "q version 2:a"]


def test_both_versions_may_be_anchors_and_start_values(
    responses: ResponseMatrix, result: CalibrationResult
) -> None:
    held = ParameterSet.from_table(
        pd.DataFrame({"item": "q", "version": [2, 1], "model": "2pl", "a": [1.5, 0.7], "b": [-0.4, 0.9]})
    )
    found = MarginalML(model="2pl", anchors=held, standard_errors="none").fit(responses).parameters
    np.testing.assert_allclose(found[["a", "b"]][:2], [[0.7, 0.9], [1.5, -0.4]], atol=1e-12)
    again = MarginalML(model="2pl", start=result.parameter_set(), standard_errors="none").fit(responses)
    assert again.iterations < 6 < result.iterations


def test_people_are_scored_by_the_versions_that_they_answered(
    responses: ResponseMatrix, result: CalibrationResult, two_pl: np.ndarray
) -> None:
    """The same numbers as where the two versions are two items with names of their own."""
    apart = MarginalML(model="2pl").fit(ResponseMatrix.from_dense(two_pl))
    expected = score(ResponseMatrix.from_dense(two_pl), apart.parameter_set())
    found = score(responses, result.parameter_set())
    np.testing.assert_allclose(found["theta"], expected["theta"], atol=1e-6)
    assert result.marginal_reliability() == pytest.approx(apart.marginal_reliability(), abs=1e-6)


def test_categories_are_those_of_the_version(tmp_path: Path) -> None:
    """Version 1 of q was met with 0 and 1, version 2 with 0, 2 and 5."""
    rng = np.random.default_rng(2)
    theta = rng.normal(size=600)
    steps = (theta[:, None] + rng.logistic(size=(600, 6)) > [-0.5, 0.0, 0.5, -0.3, 0.2, 0.6]).astype(int)
    answers = [steps[:, 0], np.array([0, 2, 5])[steps[:, 1] + steps[:, 2]], *steps[:, 3:].T]
    frame = pd.concat(
        pd.DataFrame({"person": range(600), "item": item, "version": version, "response": given})
        for (item, version), given in zip(
            [("q", 1), ("q", 2), ("r", 1), ("s", 1), ("t", 1)], answers, strict=True
        )
    )
    frame.to_csv(tmp_path / "log.csv", index=False)
    known = MarginalML(model="gpcm").fit(ResponseMatrix.read(tmp_path / "log.csv")).parameter_set()
    levels = known_levels(known)
    assert (levels["q version 1"], levels["q version 2"], levels["r"]) == ((0, 1), (0, 2, 5), (0, 1))
    again = ResponseMatrix.read(tmp_path / "log.csv", levels=levels)
    assert again.n_categories.tolist() == [2, 3, 2, 2, 2]
    assert (score(again, known)["status"] != "no_answers").all()


def test_versions_link_each_with_itself(result: CalibrationResult) -> None:
    known = result.parameter_set()
    found = link(Transformation(1.2, 0.3).apply(known), known, method="mean-sigma")
    assert len(found.anchors) == 12
    assert pytest.approx(1 / 1.2, abs=1e-6) == found.transformation.A
