"""Andersen's test against psychotools 0.7-2 (published.md, 5) and eRm 1.0-2 (tam_erm_ltm_real.json)."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.dif.andersen import andersen
from calibration.dif.groups import Groups, find_groups
from calibration.responses import ResponseMatrix

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def exam(shared: Path) -> ResponseMatrix:
    responses = ResponseMatrix.read(shared / "data/mathexam14w_solved.csv")
    many = np.where(responses.groups["g_tests"].astype(float) > 16, "more", "16 or fewer")
    return replace(responses, groups=responses.groups.assign(g_many=many))


@pytest.mark.parametrize(
    ("group", "statistic"), [("g_gender", 18.107), ("g_group", 264.958), ("g_many", 31.825)]
)
def test_mathematics_exam(exam: ResponseMatrix, group: str, statistic: float) -> None:
    found = andersen(exam, find_groups(exam, group))
    assert found.df == 12
    assert found.statistic == pytest.approx(statistic, abs=0.001)


@pytest.mark.parametrize(
    ("data", "name"), [("LSAT6", "lsat6"), ("LSAT7", "lsat7"), ("SAT12", "sat12_scored")]
)
def test_people_above_and_below_the_mean(shared: Path, data: str, name: str) -> None:
    """eRm's LRtest(splitcr = "mean")."""
    expected = json.loads((shared / "reference/tam_erm_ltm_real.json").read_text())[data]["eRm"]
    responses = ResponseMatrix.read(shared / f"data/{name}.csv")
    total = responses.dense().sum(axis=1)
    groups = Groups("g_total", ("low", "high"), (total > total.mean()).astype(int))
    found, printed = andersen(responses, groups), expected["andersen_LR_mean"]
    assert found.df == printed["df"]
    assert found.statistic == pytest.approx(printed["LR"], rel=1e-4)
    assert found.p == pytest.approx(printed["p"], abs=1e-5)
