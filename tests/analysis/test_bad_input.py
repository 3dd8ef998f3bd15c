"""What analysis says to logs that it cannot use, or not wholly: where, what, what would be right."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.analysis import analyse
from calibration.responses import ResponseMatrix
from dashboard.cli import main

ITEMS = [f"Q{k + 1}" for k in range(6)]


def letters(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    theta = rng.normal(size=n)
    know = rng.random((n, 6)) < 1 / (1 + np.exp(-theta[:, None]))
    return pd.DataFrame(np.where(know, "A", rng.choice(list("BC"), size=(n, 6))), columns=ITEMS)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Return a folder with a log of letters, one with groups that cannot be compared, and keys."""
    many = (np.arange(200) % 30).astype(str)
    letters().to_csv(tmp_path / "letters.csv", index=False)
    letters().assign(g_one="x", g_many=many).to_csv(tmp_path / "groups.csv", index=False)
    pd.DataFrame("A", index=range(60), columns=ITEMS).to_csv(tmp_path / "same.csv", index=False)
    pd.DataFrame({"item": ITEMS, "key": "A"}).to_csv(tmp_path / "key.csv", index=False)
    pd.DataFrame({"item": ["Q1", "Z1"], "key": "A"}).to_csv(tmp_path / "other.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("analyse letters.csv", "column Q1, item Q1: the answer is 'C'; whole numbers from 0"),
        ("analyse letters.csv --key other.csv", "lacks 5 of the 6 items in the log: Q2, Q3, Q4, Q5, Q6"),
        ("analyse same.csv --key key.csv", "no item can be calibrated (not identified: all correct)"),
        ("analyse letters.csv --key key.csv --policy none.toml", "none.toml: there is no such file"),
        ("analyse letters.csv --key key.csv --skills key.csv", "key.csv: has no column 'skill'"),
        ("analyse letters.csv --key key.csv --pairs none.csv", "none.csv: there is no such file; CSV with"),
        ("dif groups.csv --key key.csv --group g_one", "g_one holds one value; 2 to 10 groups"),
        ("dif groups.csv --key key.csv --group g_many", "g_many holds 30 different values; 2 to 10 groups"),
        ("dif groups.csv --key key.csv --group g_ones", "no column 'g_ones'; did you mean 'g_one'?"),
        ("dif groups.csv --group g_one", "raw options need a key (--key)"),
    ],
)  # fmt: skip
def test_one_sentence_and_nothing_written(
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    message: str,
) -> None:
    monkeypatch.chdir(files)
    with pytest.raises(SystemExit) as ended:
        main([*command.split(), "--out", "result"])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert message in said
    assert said.count("\n") == 1
    assert not (files / "result").exists()


def read(frame: pd.DataFrame, key: dict[str, str] | None = None) -> ResponseMatrix:
    return ResponseMatrix.from_pandas(frame, key=key or dict.fromkeys(ITEMS, "A"))


def test_keys_of_other_items_are_named() -> None:
    found = analyse(read(letters(), dict.fromkeys([*ITEMS, "Z1", "Z2"], "A")), replicates=5)
    assert "the key names 2 items that are not in the log: Z1, Z2" in found.notes


def test_group_columns_that_cannot_be_compared_are_named() -> None:
    few = np.where(np.arange(200) < 20, "f", "m")
    frame = letters().assign(g_one="x", g_many=(np.arange(200) % 30).astype(str), g_few=few)
    found = analyse(read(frame), replicates=5)
    assert not found.dif
    assert "g_one holds one value: 2 to 10 groups are compared" in found.notes
    assert "g_many holds 30 different values: 2 to 10 groups are compared" in found.notes
    assert "g_few: no item has at least 50 answers of each group (f has 20 people)" in found.notes


def test_constant_items_stand_in_their_place_and_say_so() -> None:
    found = analyse(read(letters().assign(Q2="A", Q3="B")), replicates=5)
    assert list(found.items["item"]) == ITEMS
    assert list(found.items["p"][1:3]) == [1, 0]
    told = found.flags.set_index(["item", "flag"])["evidence"]
    assert told["Q2", "too_easy"] == "Everybody gets it right"
    assert told["Q3", "too_hard"] == "Nobody gets it right"


def test_one_option_an_item_beside_others_is_no_error() -> None:
    found = analyse(read(letters().assign(Q2="A")), replicates=5)
    assert found.options.set_index("item").loc[["Q1"]]["option"].tolist() == ["A", "B", "C"]
    assert "Q2" not in set(found.options["item"])


def test_too_few_answers_leave_no_number_without_a_reason(tmp_path: Path) -> None:
    found = analyse(read(letters(37)), replicates=5)
    assert "not enough answers (37 of at least 50)" in set(found.items["note"])
    assert found.items.loc[found.items["rir"].isna(), "note"].ne("").all()
    assert found.items["rir"].isna().all()
    test = found.test.set_index("statistic")
    assert test["value"].notna().eq(test["note"].eq("")).all()
    for path in found.write(tmp_path):
        assert "nan" not in path.read_text(encoding="utf-8").lower(), path.name
