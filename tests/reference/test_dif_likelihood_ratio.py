"""Likelihood-ratio DIF against mirt 1.46.1 (multipleGroup, DIF scheme "drop"; reference/dif_link.json)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.dif import find_groups
from calibration.dif.anchored import anchored_dif
from calibration.responses import ResponseMatrix

pytestmark = pytest.mark.reference


def test_all_others_as_anchors(shared: Path) -> None:
    frame = pd.read_csv(shared / "reference/dif.csv").rename(columns={"group": "g_group"})
    responses = ResponseMatrix.from_pandas(frame)
    expected = json.loads((shared / "reference/dif_link.json").read_text())["mirt"]
    found = anchored_dif(responses, find_groups(responses, "g_group", focal="1"), np.ones(20, bool))
    np.testing.assert_allclose(found.likelihood_ratio, expected["LRT_drop_a1_d"]["X2"], rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(found.df, expected["LRT_drop_a1_d"]["df"])
    np.testing.assert_allclose(found.p, expected["LRT_drop_a1_d"]["p"], atol=1e-4)


def test_two_items_freed(shared: Path) -> None:
    """mirt's anchored_free_3_7: difficulties of items 3 and 7 in both groups."""
    frame = pd.read_csv(shared / "reference/dif.csv").rename(columns={"group": "g_group"})
    responses = ResponseMatrix.from_pandas(frame)
    expected = json.loads((shared / "reference/dif_link.json").read_text())["mirt"]["anchored_free_3_7"]
    anchor = ~np.isin(np.arange(20), [2, 6])
    found = anchored_dif(responses, find_groups(responses, "g_group", focal="1"), anchor)
    for item, name in ((2, "I3"), (6, "I7")):
        shift = expected[name]["focal"]["b"] - expected[name]["reference"]["b"]
        assert found.effect[item] == pytest.approx(shift, abs=1e-3)
