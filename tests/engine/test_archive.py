"""A study that was packed comes back as it was."""

import numpy as np
import pandas as pd
import pytest

from engine.rules import CatRules
from engine.simulation import simulate
from engine.simulation.archive import pack, unpack
from tests.engine.constraints.small import pool_of

RULES = CatRules.parse(
    '[stop]\nany_of = [{ rule = "precision", se = 0.6 }, { rule = "length", length = 12 }]\n'
    "[scale]\nlevels = { Beginning = 1, Developing = 101 }\n"
)


def _study():
    theta = np.random.default_rng(3).normal(size=300)
    return simulate(pool_of(60), RULES, theta, rng=np.random.default_rng(8))


def test_a_packed_study_comes_back_as_it_was():
    study = _study()
    content = pack(study, {"seed": 8, "population": "N(0, 1)"})
    again, about = unpack(content, study.design)
    assert about == {"seed": 8, "population": "N(0, 1)"}
    pd.testing.assert_frame_equal(again.simulees, study.simulees, check_exact=False, rtol=1e-6)
    pd.testing.assert_frame_equal(again.items, study.items)
    assert again.summary["stop_reasons"] == study.summary["stop_reasons"]
    np.testing.assert_array_equal(again.tests.items, study.tests.items)
    assert pack(again, about) == content, "equal studies make equal bytes, so that a hash can name them"
    assert len(content) < 50 * 300, "an archive takes some tens of bytes a test"


def test_what_is_no_archive_is_said():
    with pytest.raises(ValueError, match="no archive"):
        unpack(b"something else", _study().design)
