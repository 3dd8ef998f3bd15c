"""The whole analysis: its files' columns, and logs that lack something."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.analysis import Analysis, analyse
from calibration.responses import ResponseMatrix
from items.errors import BadInput

PROMISED = {
    "items": [
        "item",
        "n",
        "p",
        "p_low",
        "p_high",
        "rir",
        "biserial",
        "alpha_if_dropped",
        "omit",
        "idk",
        "flags",
    ],
    "options": ["item", "option", "key", "n", "share", "mean_theta", "rpb"],
    "fit": ["item", "infit", "outfit", "s_x2", "df", "p", "p_adjusted"],
    "dependence": ["item_1", "item_2", "q3"],
    "flags": ["item", "flag", "severity", "evidence", "action"],
    "test": ["statistic", "value", "note"],
    "dif_sex": ["item", "n", "chi2", "p", "p_adjusted", "alpha_mh", "delta_mh", "std_p_dif", "ets_class"],
    "dif_curves_sex": ["item", "group", "level", "standing", "n", "mean", "low", "high"],
}
"""Columns of contract.md."""


@pytest.fixture(scope="module")
def raw_log() -> pd.DataFrame:
    """Answers A–D of 400 people to 12 questions with key A, but for question 3; times, and two groups."""
    rng = np.random.default_rng(1)
    n, j = 400, 12
    theta = rng.normal(size=n)
    know = rng.random((n, j)) < 1 / (1 + np.exp(-1.4 * (theta[:, None] - np.linspace(-1, 1, j))))
    answer = np.where(know, "A", rng.choice(list("BCD"), size=(n, j)))
    person, item = np.divmod(np.arange(n * j), j)
    return pd.DataFrame(
        {
            "person": person,
            "item": [f"Q{k + 1}" for k in item],
            "response": answer.ravel(),
            "time_s": np.exp(rng.normal(3, 0.5, n * j)),
            "g_sex": np.where(person % 2 == 0, "f", "m"),
            "g_id": person.astype(str),
        }
    )


@pytest.fixture(scope="module")
def whole(raw_log: pd.DataFrame) -> Analysis:
    key = {f"Q{k + 1}": "B" if k == 2 else "A" for k in range(12)}
    return analyse(ResponseMatrix.from_pandas(raw_log, key=key))


def test_the_files_have_the_promised_columns(whole: Analysis, tmp_path: Path) -> None:
    files = {path.stem: pd.read_csv(path) for path in whole.write(tmp_path / "new folder")}
    for name, columns in PROMISED.items():
        assert set(columns) <= set(files[name].columns), name
    assert {"persons", "dimensions", "dif_sex"} <= set(files)
    assert "dif_id" not in files


def test_no_file_says_nan(whole: Analysis, tmp_path: Path) -> None:
    for path in whole.write(tmp_path):
        assert "nan" not in path.read_text(encoding="utf-8").lower().replace("finan", ""), path.name


def test_the_wrong_key_comes_first(whole: Analysis) -> None:
    top = whole.flags.iloc[0]
    assert (top["item"], top["flag"]) == ("Q3", "suspected_wrong_key")
    assert "choose A more often than the keyed B" in top["evidence"]
    assert "suspected_wrong_key" in whole.items.set_index("item").loc["Q3", "flags"]


def test_figures_numbers_and_records_are_there(whole: Analysis) -> None:
    assert set(whole.curves["item"]) == {f"Q{k + 1}" for k in range(12)}
    assert set(whole.option_curves["option"]) == set("ABCD")
    assert whole.scores["n"].sum() == 400
    assert 0 < whole.reliability.alpha < 1
    assert whole.model_fit.statistic == "M2"
    assert whole.dimensionality.count is not None
    assert {"speed", "effort", "flags"} <= set(whole.persons)
    assert {"median_s", "expected_rir", "a", "se_b"} <= set(whole.items)


def test_the_whole_test_stands_in_one_table(whole: Analysis) -> None:
    test = whole.test.set_index("statistic")["value"]
    assert test["alpha"] == whole.reliability.alpha
    assert test["M2"] == whole.model_fit.value
    assert test["dimensions"] == whole.dimensionality.count


def test_curves_of_groups_hold_everybody(whole: Analysis) -> None:
    """Every answer of both groups stands in one of the levels."""
    counted = whole.dif_curves["g_sex"].groupby("item")["n"].sum()
    assert (counted == 400).all()
    assert len(counted) == 12


def test_pairs_suspected_of_copying_are_compared(raw_log: pd.DataFrame) -> None:
    copied = raw_log.copy()
    first = copied.loc[copied["person"] == 0, "response"].to_numpy()
    copied.loc[copied["person"] == 1, "response"] = first
    key = dict.fromkeys((f"Q{k + 1}" for k in range(12)), "A")
    found = analyse(
        ResponseMatrix.from_pandas(copied, key=key), pairs=[("0", "1"), ("2", "3")], replicates=5
    ).copying
    assert found["same"][0] == 12
    assert found["p"][0] < found["p"][1]
    with pytest.raises(BadInput, match="person 'x' is not in the log"):
        analyse(ResponseMatrix.from_pandas(copied, key=key), pairs=[("x", "1")], replicates=5)


def test_the_same_log_gives_the_same_numbers(raw_log: pd.DataFrame, whole: Analysis) -> None:
    key = {f"Q{k + 1}": "B" if k == 2 else "A" for k in range(12)}
    again = analyse(ResponseMatrix.from_pandas(raw_log, key=key))
    pd.testing.assert_frame_equal(again.fit, whole.fit)
    pd.testing.assert_frame_equal(again.flags, whole.flags)


def test_known_parameters_are_used_and_missing_ones_named(whole: Analysis, raw_log: pd.DataFrame) -> None:
    from dataclasses import replace

    key = dict.fromkeys((f"Q{k + 1}" for k in range(12)), "A")
    table = whole.parameters.table
    known = replace(whole.parameters, table=table[~table["item"].isin(["Q3", "Q5"])].reset_index(drop=True))
    found = analyse(ResponseMatrix.from_pandas(raw_log, key=key), known, replicates=5)
    row = found.items.set_index("item").loc["Q5"]
    assert (row["note"], row["n"]) == ("no parameters", 400)
    np.testing.assert_allclose(found.items["b"][:2], table["b"][:2])
    assert "Q5: no parameters" in found.notes


def test_items_without_differences_keep_their_place() -> None:
    rng = np.random.default_rng(2)
    theta = rng.normal(size=300)
    x = (rng.random((300, 6)) < 1 / (1 + np.exp(-theta[:, None]))).astype(int)
    x[:, 2] = 1
    found = analyse(ResponseMatrix.from_dense(x), replicates=5)
    row = found.items.set_index("item").loc["I3"]
    assert row["p"] == 1
    assert "all correct" in row["note"]
    assert len(found.items) == 6
    assert "I3" not in set(found.fit["item"])


def test_few_people_are_said_in_words() -> None:
    rng = np.random.default_rng(3)
    theta = rng.normal(size=37)
    x = (rng.random((37, 8)) < 1 / (1 + np.exp(-1.5 * theta[:, None]))).astype(int)
    found = analyse(ResponseMatrix.from_dense(x), replicates=5)
    assert set(found.items["note"]) == {"not enough answers (37 of at least 50)"}
    assert found.items["rir"].isna().all()
    assert (found.items["n"] == 37).all()
    assert found.flags.empty
    assert found.dimensionality.note == "not enough answers (37 of at least 100 people)"
    assert found.model_fit.note.startswith("not defined: 37 people met all items")


def test_sparse_and_polytomous_logs(two_pl, graded) -> None:
    sparse = analyse(two_pl(600, 30, 4, share=0.4).responses, replicates=5)
    assert sparse.scores.empty
    assert sparse.dimensions.empty
    assert any("people met different items" in note for note in sparse.notes)
    assert sparse.persons["p"].notna().mean() > 0.9
    ordered = analyse(graded(400, 10, 5).responses, replicates=5)
    assert ordered.model_fit.statistic == "C2"
    assert set(ordered.parameters.table["model"]) == {"gpcm"}


def test_skills_give_subscores(two_pl) -> None:
    responses = two_pl(500, 16, 6).responses
    skills = {item: "even" if k % 2 else "odd" for k, item in enumerate(responses.items)}
    found = analyse(responses, skills=skills, replicates=5)
    assert list(found.subscores["skill"]) == ["odd", "even"]
    assert not found.subscores["adds_value"].any()


def test_a_log_that_cannot_be_analysed() -> None:
    with pytest.raises(BadInput, match="no item can be calibrated"):
        analyse(ResponseMatrix.from_dense(np.ones((50, 4), int)))
