"""Response logs: whatever their layout, the same matrix; whatever is wrong, one clear message."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from calibration import ResponseMatrix, responses
from calibration.coding import IDK, NOT_REACHED, OMITTED, Rules
from calibration.unused_categories import close_gaps
from items.errors import BadInput

LONG = "person,item,response\nann,q1,1\nann,q2,0\nben,q1,0\nben,q3,1\n"
WIDE = "person,q1,q2,q3\nann,1,0,\nben,0,,1\n"
DENSE = [[1, 0, -1], [0, -1, 1]]


def written(folder: Path, text: str, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def as_parquet(folder: Path, text: str) -> Path:
    path = folder / "log.parquet"
    frame = pd.read_csv(written(folder, text))
    parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    return path


@pytest.mark.parametrize("text", [LONG, WIDE])
@pytest.mark.parametrize("form", ["csv", "parquet", "pandas"])
def test_every_layout_is_the_same_matrix(tmp_path: Path, text: str, form: str) -> None:
    path = written(tmp_path, text)
    if form == "pandas":
        matrix = ResponseMatrix.from_pandas(pd.read_csv(path))
    else:
        matrix = ResponseMatrix.read(path if form == "csv" else as_parquet(tmp_path, text))
    assert matrix.items == ("q1", "q2", "q3")
    assert matrix.persons.tolist() == ["ann", "ben"]
    np.testing.assert_array_equal(matrix.dense(), DENSE)
    assert matrix.n_responses == 4


def test_rows_in_any_order_are_sorted_by_person(tmp_path: Path) -> None:
    text = "person,item,response,position\nben,q3,1,2\nann,q2,0,1\nben,q1,0,1\nann,q1,1,2\n"
    matrix = ResponseMatrix.read(written(tmp_path, text))
    assert matrix.persons.tolist() == ["ben", "ann"]
    np.testing.assert_array_equal(matrix.indptr, [0, 2, 4])
    np.testing.assert_array_equal(matrix.position, [2, 1, 1, 2])


def test_the_one_hot_matrix_has_a_one_for_each_answer() -> None:
    matrix = ResponseMatrix.from_dense(np.array([[0, 2], [1, 0], [0, 1]]))
    np.testing.assert_array_equal(
        matrix.onehot().toarray(), [[1, 0, 0, 0, 1], [0, 1, 1, 0, 0], [1, 0, 0, 1, 0]]
    )


def test_a_key_accepts_complete_alternatives_as_text(tmp_path: Path) -> None:
    log = written(tmp_path, "person,q1,q2\n1,BD,2\n2,DB,3\n3,B,02\n")
    key = written(tmp_path, "item,key\nq1,BD\nq2,2;3\n", "key.csv")
    matrix = ResponseMatrix.read(log, key=key)
    np.testing.assert_array_equal(matrix.dense(), [[1, 1], [0, 1], [0, 0]])
    assert [matrix.options[code] for code in matrix.raw] == ["BD", "2", "DB", "3", "B", "02"]


def test_the_score_column_is_used_when_asked_for(tmp_path: Path) -> None:
    log = written(tmp_path, "person,item,response,correct\n1,q1,c,1\n1,q2,a,0\n2,q1,idk,0\n2,q2,b,1\n")
    matrix = ResponseMatrix.read(log, use_score=True)
    np.testing.assert_array_equal(matrix.dense(), [[1, 0], [0, 1]])
    np.testing.assert_array_equal(matrix.code, [0, 0, IDK, 0])


def test_reserved_codes_are_kept_apart(tmp_path: Path) -> None:
    log = written(tmp_path, "person,q1,q2,q3\n1,1,idk,omit\n2,0,1,nr\n3,1,0,1\n")
    matrix = ResponseMatrix.read(log)
    np.testing.assert_array_equal(matrix.dense(), [[1, 0, 0], [0, 1, -1], [1, 0, 1]])
    np.testing.assert_array_equal(matrix.code[:3], [0, IDK, OMITTED])
    lenient = ResponseMatrix.read(log, rules=Rules(omit="missing", not_reached="wrong"))
    np.testing.assert_array_equal(lenient.dense()[:2], [[1, 0, -1], [0, 1, 0]])
    assert lenient.code[-4] == NOT_REACHED


def test_categories_that_start_at_one_are_counted_from_zero(tmp_path: Path) -> None:
    matrix = ResponseMatrix.read(written(tmp_path, "person,q1,q2\n1,1,4\n2,2,1\n3,3,2\n4,1,3\n"))
    np.testing.assert_array_equal(matrix.n_categories, [3, 4])
    assert matrix.levels == ((1, 2, 3), (1, 2, 3, 4))
    start = "categories start at 1 in this log; they are counted from 0"
    assert matrix.messages == (f"{start}: were they options that people chose, a key would be missing",)


def test_a_category_never_observed_is_closed_up_and_named(tmp_path: Path) -> None:
    log = written(tmp_path, "person,q1,q2\n1,0,0\n2,1,2\n3,3,1\n")
    matrix = ResponseMatrix.read(log)
    np.testing.assert_array_equal(matrix.dense()[:, 0], [0, 1, 2])
    assert matrix.messages == ("item q1: category 2 was never observed; the others become 0..2",)
    two = ResponseMatrix.read(written(tmp_path, "person,q1\n1,0\n2,3\n3,4\n"))
    assert two.messages == ("item q1: categories 1, 2 were never observed; the others become 0..2",)
    with pytest.raises(BadInput, match="item q1: a category was never observed"):
        close_gaps(matrix, strict=True)


@pytest.mark.parametrize("text", ["person,q1,q2,q3\nann,TRUE,FALSE,\nben,False,,True\n", WIDE])
def test_truth_values_of_other_programs_are_answers(tmp_path: Path, text: str) -> None:
    """R writes TRUE, pandas True; with gaps a column of truth values is no boolean column any more."""
    np.testing.assert_array_equal(ResponseMatrix.read(written(tmp_path, text)).dense(), DENSE)
    frame = pd.DataFrame({"q1": [True, False], "q2": [False, None], "q3": [None, True]}, dtype=object)
    np.testing.assert_array_equal(ResponseMatrix.from_pandas(frame).dense(), DENSE)


@pytest.mark.parametrize(
    "text", ["person,q1,q2,q3\nann,1.0,0.0,\nben,0,,1.\n", LONG.replace(",1\n", ",1.0\n")]
)
def test_whole_numbers_written_with_a_point_are_answers(tmp_path: Path, text: str) -> None:
    """pandas writes whole numbers as 1.0 whenever their column has gaps."""
    np.testing.assert_array_equal(ResponseMatrix.read(written(tmp_path, text)).dense(), DENSE)
    gaps = pd.DataFrame({"person": ["ann", "ben"], "q1": [1, 0], "q2": [0, None], "q3": [None, 1]})
    gaps.to_csv(tmp_path / "gaps.csv", index=False)
    assert "0.0" in (tmp_path / "gaps.csv").read_text()
    np.testing.assert_array_equal(ResponseMatrix.read(tmp_path / "gaps.csv").dense(), DENSE)


def test_options_written_with_a_point_are_right_by_their_key(tmp_path: Path) -> None:
    gaps = pd.DataFrame({"person": ["ann", "ben", "cid"], "q1": [2, 4, None], "q2": [1, 2, 3]})
    gaps.to_csv(tmp_path / "gaps.csv", index=False)
    assert "2.0" in (tmp_path / "gaps.csv").read_text()
    for keyed in ("2", "2.0"):
        matrix = ResponseMatrix.read(tmp_path / "gaps.csv", key={"q1": keyed, "q2": "3"})
        np.testing.assert_array_equal(matrix.dense(), [[1, 0], [0, 0], [-1, 1]])


def test_scores_and_versions_written_with_a_point_are_whole_numbers(tmp_path: Path) -> None:
    log = "person,item,version,response,score\n1,q1,1.0,A,1.0\n1,q1,2.0,B,0.0\n2,q1,2,C,1\n2,q2,,D,\n"
    matrix = ResponseMatrix.read(written(tmp_path, log), use_score=True)
    assert (matrix.items, matrix.versions.tolist()) == (("q1", "q1", "q2"), [1, 2, 1])
    np.testing.assert_array_equal(matrix.dense(), [[1, 0, -1], [-1, 1, -1]])
    with pytest.raises(BadInput, match=r"line 4, item q1: the answer is '1.5'; a whole number from 0"):
        ResponseMatrix.read(written(tmp_path, log.replace("C,1\n", "C,1.5\n")), use_score=True)


def test_given_levels_keep_categories_that_this_log_does_not_show(tmp_path: Path) -> None:
    log = written(tmp_path, "person,q1,q2\n1,3,1\n2,3,1\n")
    matrix = ResponseMatrix.read(log, levels={"q1": (1, 2, 3), "q2": (0, 1)})
    np.testing.assert_array_equal(matrix.dense(), [[2, 1], [2, 1]])
    np.testing.assert_array_equal(matrix.n_categories, [3, 2])


def test_of_repeated_answers_the_last_counts_and_says_so(tmp_path: Path) -> None:
    matrix = ResponseMatrix.read(written(tmp_path, LONG + "ann,q1,0\n"))
    np.testing.assert_array_equal(matrix.dense()[0], [0, 0, -1])
    assert matrix.messages == (
        "answers given again by the same person to the same item: 1; the last one counts",
    )


def test_versions_of_an_item_are_items_of_their_own(tmp_path: Path) -> None:
    log = "person,item,version,response\n1,q1,1,0\n1,q1,2,1\n2,q1,2,0\n2,q2,,1\n"
    matrix = ResponseMatrix.read(written(tmp_path, log))
    assert matrix.items == ("q1", "q1", "q2")
    np.testing.assert_array_equal(matrix.versions, [1, 2, 1])
    np.testing.assert_array_equal(matrix.dense(), [[0, 1, -1], [-1, 0, 1]])


def test_groups_times_and_positions_come_along(tmp_path: Path) -> None:
    log = "person,item,response,time_s,position,g_form\n1,q1,1,2.5,1,A\n1,q2,0,,2,A\n2,q1,0,7,1,B\n"
    matrix = ResponseMatrix.read(written(tmp_path, log))
    assert matrix.groups["g_form"].tolist() == ["A", "B"]
    np.testing.assert_array_equal(matrix.time_s, [2.5, np.nan, 7.0])
    np.testing.assert_array_equal(matrix.position, [1, 2, 1])


def test_a_person_without_answers_stays_with_none(tmp_path: Path) -> None:
    matrix = ResponseMatrix.read(written(tmp_path, "person,q1,q2\n1,,\n2,0,1\n"))
    np.testing.assert_array_equal(matrix.answers_per_person, [0, 2])


def test_rows_without_a_person_column_are_numbered(tmp_path: Path) -> None:
    matrix = ResponseMatrix.read(written(tmp_path, "q1,q2\n1,0\n0,1\n"))
    assert matrix.persons.tolist() == [1, 2]


def test_subsets_of_persons_and_items() -> None:
    matrix = ResponseMatrix.from_dense(np.array([[0, 1, np.nan], [1, np.nan, 0], [1, 1, 1]]))
    np.testing.assert_array_equal(matrix.take_persons(np.array([2, 0])).dense(), [[1, 1, 1], [0, 1, -1]])
    np.testing.assert_array_equal(matrix.take_items(np.array([2, 0])).dense(), [[-1, 0], [0, 1], [1, 1]])
    np.testing.assert_array_equal(matrix.take_persons(np.array([False, True, False])).dense(), [[1, -1, 0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("person,q1,q2\n1,0,1\n2,1.5,0\n", "line 3, column q1, item q1: the answer is '1.5'; a whole number"),
        ("person,item,version,response\n1,q1,1.5,0\n", "line 2: version is '1.5'; a whole number from 1"),
        ("person,q1,q2\n1,0,1\n2,-1,0\n", "line 3, column q1, item q1: the answer is '-1'; a whole number"),
        ("person,q1,q2\n1,b,1\n2,c,0\n", "line 2, column q1, item q1: the answer is 'b'; .* need a key"),
        ("person,item,response\n1,q1,inf\n", "line 2, item q1: the answer is 'inf'"),
        ("person,item,response\n1,,1\n", "line 2: item is empty"),
        ("item,response\nq1,1\n", "has no column 'person'"),
        ("person,item,answer\n1,q1,1\n", "has a column 'item' but no 'response'"),
        ("person,q1,q1\n1,0,1\n", "has two columns called 'q1'"),
        ("person,q1\n", "holds no rows"),
        ("person\n1\n", "has one column, 'person'"),
        ("", "is empty"),
        ("person,q1\n1,0\n2,1,1\n", "line 3: has 3 columns, the first line 2"),
        ("person,item,response,g_a\n1,q1,0,x\n1,q2,1,y\n", "line 3: g_a changes within one person"),
        ("person,item,response,time_s\n1,q1,0,soon\n", "line 2: time_s is 'soon'; a number"),
        ("person,item,version,response\n1,q1,two,0\n", "line 2: version is 'two'; a whole number from 1"),
    ],
)
def test_a_broken_log_is_told_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        ResponseMatrix.read(written(tmp_path, text))


def test_a_column_about_persons_is_no_item() -> None:
    frame = pd.DataFrame({"q1": [0, 1] * 40, "age": range(80)})
    with pytest.raises(BadInput, match=r"item age: holds 80 different numbers up to 79; .* g_age"):
        ResponseMatrix.from_pandas(frame)


def test_a_key_that_names_what_nobody_gave_is_said(tmp_path: Path) -> None:
    log = written(tmp_path, "person,q1,q2,q3\n1,a,c,\n2,b,c,\n3,b,omit,\n")
    matrix = ResponseMatrix.read(log, key={"q1": "b", "q2": "a;d", "q3": "a"})
    told = "nobody gave what the key calls right for 1 of 3 items (q2: a or d): a wrong or shifted key?"
    assert matrix.messages == (told,), "q3 was not met by anybody"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("item,key\nq1,a\n", "key: lacks 1 of the 2 items in the log: q2"),
        ("item,key\nq1,a\nq2,\n", "line 3, item q2: the key is empty"),
        ("item,key\nq1,a\nq1,b\n", "line 3, item q1: the item has two rows"),
        ("item,answer\nq1,a\n", "has no column 'key'"),
    ],
)
def test_half_a_key_is_refused(tmp_path: Path, key: str, message: str) -> None:
    log = written(tmp_path, "person,q1,q2\n1,a,b\n2,b,b\n")
    with pytest.raises(BadInput, match=message):
        ResponseMatrix.read(log, key=written(tmp_path, key, "key.csv"))


def test_an_item_without_parameters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="item 'q3' has no parameters"):
        ResponseMatrix.read(written(tmp_path, WIDE), levels={"q1": (0, 1), "q2": (0, 1)})


def test_an_answer_beyond_the_known_categories_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 3: the answer 2 is no category of item 'q1'; one of 0, 1"):
        ResponseMatrix.read(
            written(tmp_path, "person,item,response\n1,q1,0\n2,q1,2\n"), levels={"q1": (0, 1)}
        )


def test_ten_gigabytes_of_something_else_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "disk.img"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 10 << 30)
    with pytest.raises(BadInput, match="is not a response log: it holds no lines of text"):
        ResponseMatrix.read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\3\4\x14\0\6\0[Content_Types].xml", "is a spreadsheet or an archive, no text; .*“CSV UTF-8”"),
        ("person,item,response\nJosé,q1,1\n".encode("latin-1"), "is not UTF-8 text; .*“CSV UTF-8”"),
        ("person,größe,q2\n1,1,1\n".encode("latin-1"), "line 1: is not UTF-8 text; .*“CSV UTF-8”"),
    ],
)
def test_a_spreadsheet_or_another_encoding_is_told_what_to_save_it_as(
    tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message):
        ResponseMatrix.read(path)


GOOD = "1,q1,0\n"
BEGINNINGS = {
    "no header of a log": (
        "time,host,message\n" + "12:00,h1,started\n" * 100_000,
        "line 2, column time, item time: the answer is '12:00'",
    ),
    "half the columns": (
        "item,person,text\n" + "q1,1,a\n" * 200_000,
        "has a column 'item' but no 'response'",
    ),
    "no answers": (
        "person,item,response\n" + GOOD * 900 + "oops,q1,?!\n" + GOOD * 200_000,
        r"line 902, item q1: the answer is '\?!'",
    ),
    "uneven rows": (
        "person,item,response\n" + GOOD * 900 + "oops\n" + GOOD * 200_000,
        "line 902: has 1 columns, the first line 3",
    ),
}


@pytest.mark.parametrize(("beginning", "message"), BEGINNINGS.values(), ids=list(BEGINNINGS))
def test_ten_gigabytes_that_begin_like_a_log_are_refused_by_their_first_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: str, message: str
) -> None:
    path = written(tmp_path, beginning)
    os.truncate(path, 10 << 30)
    monkeypatch.setattr(responses, "read_log", None)  # the rest is not read
    with pytest.raises(BadInput, match=message):
        ResponseMatrix.read(path)


def test_a_log_that_ends_in_gigabytes_of_nothing_is_refused_where_they_begin(tmp_path: Path) -> None:
    path = written(tmp_path, "person,item,response\n" + "1,q1,0\n" * 200_000)
    os.truncate(path, 10 << 30)
    with pytest.raises(BadInput, match="holds a line longer than a megabyte: that is no log"):
        ResponseMatrix.read(path)


def test_a_row_far_down_that_is_too_short_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "person,item,response\n" + "1,q1,0\n" * 300_000 + "1,q1\n" + "1,q1,0\n" * 10)
    with pytest.raises(BadInput, match="line 300002: has 2 columns, the first line 3"):
        ResponseMatrix.read(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.csv: there is no such file"):
        ResponseMatrix.read(tmp_path / "nowhere.csv")


def test_a_broken_parquet_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    path.write_bytes(b"PAR1 and then nothing of the kind")
    with pytest.raises(BadInput, match="is not a readable Parquet file"):
        ResponseMatrix.read(path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), "is an array of 1 dimensions"),
        (np.array([["a"]]), "kind <U1"),
        (np.array([[0.0, np.inf]]), "the answer is 'inf'"),
        (np.array([[0.5, 1.0]]), "the answer is '0.5'"),
    ],
)
def test_arrays_that_are_no_answers_are_refused(array: np.ndarray, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        ResponseMatrix.from_dense(array)


def test_there_must_be_a_score_to_use(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no column 'score'"):
        ResponseMatrix.read(written(tmp_path, LONG), use_score=True)


def test_a_rule_must_be_known() -> None:
    with pytest.raises(BadInput, match="omit = 'later' is no rule; wrong or missing"):
        Rules(omit="later")
