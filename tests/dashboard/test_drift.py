"""Drift since the set in use: kept with an analysis, and said only of the set it was computed against."""

import numpy as np
import pandas as pd
import pytest

from dashboard.drift import compared, drift_since, kept_link, moved_since
from dashboard.store.analyses import KeptAnalysis, pack, unpack
from items.parameters import ParameterSet
from items.storage.parameter_sets import StoredSet


def _set(b):
    table = pd.DataFrame({"item": [f"i{n}" for n in range(len(b))], "model": "2pl", "a": 1.0, "b": b})
    return ParameterSet.from_table(table.assign(se_a=0.05, se_b=0.05))


B = np.linspace(-2, 2, 12)
USED = StoredSet(7, "bank", "", "", "", _set(B))


def _kept(new, used=USED):
    return KeptAnalysis({"drift": drift_since(new, used)}, {}, 0, "", "")


def test_one_item_that_moved_is_found_although_the_scale_moved_too():
    moved = B + 0.5
    moved[3] += 1.5
    found = moved_since(_kept(_set(moved)), 7)
    assert found["item"].tolist() == ["i3"]
    assert found["displacement"].tolist() == pytest.approx([1.5], abs=0.02)


def test_against_values_stated_without_errors_the_new_ones_errors_count():
    stated = ParameterSet.from_table(_set(B).table.drop(columns=["se_a", "se_b"]))
    moved, error = B.copy(), np.full(len(B), 0.05)
    moved[[3, 8]] += 1.5
    error[8] = 3.0
    new = ParameterSet.from_table(_set(moved).table.assign(se_b=error))
    kept = _kept(new, StoredSet(7, "bank", "", "", "", stated))
    assert moved_since(kept, 7)["item"].tolist() == ["i3"], "i8 may have moved or not"
    assert kept["drift"].set_index("item")["se"]["i8"] == pytest.approx(3.0, rel=0.1)
    assert drift_since(stated, StoredSet(7, "bank", "", "", "", stated))["se"].isna().all()


def test_nothing_is_said_of_another_set_or_without_one():
    assert moved_since(_kept(_set(B)), 8) is None
    assert moved_since(_kept(_set(B)), None) is None
    assert moved_since(None, 7) is None
    assert moved_since(_kept(_set(B), None), 7) is None
    assert len(moved_since(_kept(_set(B)), 7)) == 0


def test_sets_without_a_common_item_say_why_they_cannot_be_compared():
    other = ParameterSet.from_table(pd.DataFrame({"item": ["z"], "model": ["2pl"], "a": [1.0], "b": [0.0]}))
    assert isinstance(compared(other, USED.parameters), str)
    assert drift_since(other, USED).empty


def test_the_link_that_is_kept_is_the_one_that_would_be_found():
    moved = B * 1.2 + 0.5
    moved[3] += 1.5
    new, found = _set(moved), compared(_set(moved), USED.parameters)
    tables, _ = unpack(pack(_kept(new).tables, {}))
    kept = kept_link(KeptAnalysis(tables, {}, 0, "", ""), new, 7)
    assert kept.summary() == found.summary() | {"se_A": None, "se_B": None}
    pd.testing.assert_frame_equal(kept.anchors, found.anchors, check_dtype=False)
    pd.testing.assert_frame_equal(kept.parameters.table, found.parameters.table)


def test_no_link_is_kept_to_another_set_or_by_an_analysis_without_one():
    assert kept_link(_kept(_set(B)), _set(B), 8) is None
    assert kept_link(_kept(_set(B), None), _set(B), 7) is None
    assert kept_link(None, _set(B), 7) is None
