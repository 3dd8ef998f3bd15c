"""The pool: mixed models compiled together, tables that agree with exact values, and clear refusals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.information import expected_score, fisher_information
from engine.pool import ItemPool
from items.errors import BadInput
from items.parameters import ParameterSet

MIXED = pd.DataFrame(
    {
        "item": ["x", "y", "z", "w"],
        "model": ["3pl", "grm", "gpcm", "2pl"],
        "a": [1.2, 1.5, 0.9, 0.8],
        "b": [0.3, np.nan, np.nan, -1.0],
        "c": [0.2, np.nan, np.nan, np.nan],
        "b1": [np.nan, -1.0, 0.5, np.nan],
        "b2": [np.nan, 0.5, -0.4, np.nan],
        "b3": [np.nan, 1.1, np.nan, np.nan],
    }
)
THETA = np.linspace(-3, 3, 7)


def test_mixed_models_share_one_table() -> None:
    pool = ItemPool.from_parameters(MIXED)
    table = pool.log_prob(THETA)
    assert table.shape == (4, 4, 7)
    assert pool.n_categories.tolist() == [2, 4, 3, 2]
    np.testing.assert_allclose(np.exp(table).sum(axis=1), 1.0)
    assert np.isneginf(table[0, 2:]).all()


def test_exact_values_agree_with_the_table() -> None:
    pool = ItemPool.from_parameters(MIXED)
    rows, theta = np.array([[0, 1], [3, 2]]), np.array([[-3.0, 1.0], [0.0, 2.0]])
    nodes = np.searchsorted(THETA, theta)
    np.testing.assert_array_equal(pool.log_prob_at(rows, theta), pool.log_prob(THETA)[rows, :, nodes])
    for exact, table in zip(
        pool.theta_derivatives_at(rows, theta), pool.theta_derivatives(THETA), strict=True
    ):
        np.testing.assert_array_equal(exact, table[rows, :, nodes])


def test_information_equals_the_expected_curvature() -> None:
    """Both definitions of Fisher information agree: E[(∂ log P)²] = −E[∂² log P]."""
    pool = ItemPool.from_parameters(MIXED)
    log_p, (first, second) = pool.log_prob(THETA), pool.theta_derivatives(THETA)
    np.testing.assert_allclose(
        fisher_information(log_p, first, axis=1), -(np.exp(log_p) * second).sum(axis=1), atol=1e-12
    )


def test_a_slope_that_the_model_pins_may_be_left_out() -> None:
    for model, steps in (("rasch", ["b"]), ("pcm", ["b1", "b2"]), ("rsm", ["b1", "b2"])):
        table = pd.DataFrame({"item": ["x"], "model": model} | {name: [0.5] for name in steps})
        without, given = (ItemPool.from_parameters(each) for each in (table, table.assign(a=1.0)))
        np.testing.assert_array_equal(without.log_prob(THETA), given.log_prob(THETA))


def test_expected_score_of_a_2pl_is_its_probability() -> None:
    log_p = ItemPool.from_parameters(MIXED).log_prob(THETA)
    np.testing.assert_allclose(expected_score(log_p[3], axis=0), np.exp(log_p[3, 1]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": ["one", 1.5, 0.9, 0.8]}, "line 2, item x: a is 'one'; a finite number"),
        ({"a": [np.inf, 1.5, 0.9, 0.8]}, "line 2, item x: a is 'inf'"),
        ({"b": [np.nan] * 4}, "item x: b is missing; 3pl needs difficulty"),
        ({"c": [1.2, np.nan, np.nan, np.nan]}, "item x: c = 1.2 lies outside 0 to 1"),
        ({"model": ["3pk", "grm", "gpcm", "2pl"]}, "unknown model '3pk'; did you mean '3pl'"),
        ({"item": ["x", "x", "z", "w"]}, "line 3, item x: the item appears twice"),
    ],
)
def test_bad_parameters_are_refused_with_their_place(change: dict[str, list[object]], message: str) -> None:
    with pytest.raises(BadInput) as caught:
        ItemPool.from_parameters(MIXED.assign(**change))
    assert message in str(caught.value)


def test_parameter_files_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    written = ParameterSet(
        MIXED.assign(version=1), population={"all": (0.1, 1.2)}, provenance={"model": "mixed"}
    )
    written.write(path)
    read = ParameterSet.read(path)
    pd.testing.assert_frame_equal(read.table[MIXED.columns], MIXED, check_dtype=False)
    assert read.population == {"all": (0.1, 1.2)}
    assert read.provenance == {"model": "mixed"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.csv", "p.meta.json"]


def test_impossible_parameters_name_their_file(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("item,model,a,b\nx,2pl,1,\n")
    with pytest.raises(BadInput, match=r"p\.csv, item x: b is missing"):
        ItemPool.from_parameters(ParameterSet.read(path))


def test_missing_file_and_missing_column_say_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no such file"):
        ParameterSet.read(tmp_path / "none.csv")
    (tmp_path / "p.csv").write_text("item,a\nx,1\n")
    with pytest.raises(BadInput, match="has no column 'model'"):
        ParameterSet.read(tmp_path / "p.csv")
