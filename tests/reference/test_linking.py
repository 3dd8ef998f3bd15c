"""Linking constants against equateIRT 2.5.1 (reference/dif_link.json, ref_dif_link.R on link.csv)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from calibration.linking import link
from items.parameters import ParameterSet

pytestmark = pytest.mark.reference

REFERENCE_NAME = {
    "mean-mean": "mean-mean",
    "mean-sigma": "mean-sigma",
    "haebara": "Haebara",
    "stocking-lord": "Stocking-Lord",
}


def two_pl(a: "pd.Series[float]", b: "pd.Series[float]") -> ParameterSet:
    items = [f"I{j + 1}" for j in range(len(a))]
    return ParameterSet.from_table(pd.DataFrame({"item": items, "model": "2pl", "a": a, "b": b}))


@pytest.mark.parametrize("method", REFERENCE_NAME)
def test_constants_agree_with_equateirt(shared: Path, method: str) -> None:
    frame = pd.read_csv(shared / "reference/link.csv")
    expected = json.loads((shared / "reference/dif_link.json").read_text())["link"][REFERENCE_NAME[method]]
    result = link(two_pl(frame.aX, frame.bX), two_pl(frame.aY, frame.bY), method=method)
    # equateIRT minimises the curve criteria on 30 Gauss-Hermite nodes, here on 61 equally spaced ones.
    found = (result.transformation.A, result.transformation.B)
    assert found == pytest.approx((expected["A"], expected["B"]), abs=5e-6)
