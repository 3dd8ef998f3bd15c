"""The table of a response log, brought into columns of codes.

Long logs hold one answer a row (`person,item,response`), wide ones one person a row and one column an item.
Whatever the source, the outcome is the same: every text is stored once, every row holds small codes, so that
ten million answers fit into a few hundred megabytes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from engine._types import Bools, Floats, Ints
from items.errors import BadInput

NOTHING = ("", "NA", "NaN", "nan", "null", "None", "N/A")
"""Texts that stand for an empty cell."""
ANSWER = ("response", "score", "correct")
"""Columns that make a log with `item` a long one."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A column whose distinct texts are stored once: `codes` (R,), −1 where the cell is empty."""

    codes: Ints
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogColumns:
    """R answers of N persons to items, before any scoring.

    Attributes
    ----------
    person, item : (R,) int
        Rows of `persons` (N,) and of `items`, `versions` (J,).
    response : Encoded
        The raw answers; absent in a log that holds scores only.
    score : Encoded or None
        The column `score` (or `correct`).
    groups : DataFrame
        N rows, one column for each `g_*`.
    time_s, position : (R,) or None
        Seconds taken; place within the test.
    line : callable
        Where an answer stands, in words, for messages.
    """

    person: Ints
    persons: np.ndarray[Any, Any]
    item: Ints
    items: tuple[str, ...]
    versions: Ints
    response: Encoded
    score: Encoded | None
    groups: pd.DataFrame
    time_s: Floats | None
    position: Ints | None
    line: Callable[[int], str]


def log_columns(table: pa.Table, *, where: str, first_line: int = 0) -> LogColumns:
    """Bring a table into columns of codes; raises BadInput where the columns make no log."""
    names = [str(name) for name in table.column_names]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise BadInput(f"has two columns called '{min(twice)}'", where=where, right="one column a name")
    if table.num_rows == 0:
        raise BadInput("holds no rows", where=where, right="one row an answer, or one row a person")
    long = "item" in names and any(name in names for name in ANSWER)
    if "item" in names and not long:
        raise BadInput("has a column 'item' but no 'response'", where=where, right="person,item,response")
    return (_long if long else _wide)(table, where, first_line)


def _long(table: pa.Table, where: str, first_line: int) -> LogColumns:
    """Return the columns of a log with one answer a row."""
    names = table.column_names

    def line(row: int) -> str:
        return f"{where}, {'line' if first_line else 'row'} {row + first_line}"

    if "person" not in names:
        raise BadInput("has no column 'person'", where=where, right="person,item,response")
    (person, persons), item = _persons(table, line), _required(table, "item", line)
    version = encode_answers(table["version"]) if "version" in names else None
    items, versions, item_codes = _identities(item, version, line)
    score = next((encode_answers(table[name]) for name in ("score", "correct") if name in names), None)
    nothing = Encoded(np.full(table.num_rows, -1), ())
    response = encode_answers(table["response"]) if "response" in names else nothing
    return LogColumns(
        person=person,
        persons=persons,
        item=item_codes,
        items=items,
        versions=versions,
        response=response,
        score=score,
        groups=_groups(table, person, len(persons), line),
        time_s=_numbers(table, "time_s", line),
        position=_positions(table, line),
        line=line,
    )


def _wide(table: pa.Table, where: str, first_line: int) -> LogColumns:
    """Return the columns of a log with one person a row."""
    names = [n for n in table.column_names if n != "person" and not n.startswith("g_")]
    if not names:
        raise BadInput("has no item columns", where=where, right="person and one column an item")
    n, j = table.num_rows, len(names)

    def line(row: int) -> str:
        word = "line" if first_line else "row"
        return f"{where}, {word} {row // j + first_line}, column {names[row % j]}"

    person, persons = np.arange(n, dtype=np.int32), np.arange(1, n + 1)
    if "person" in table.column_names:
        person, persons = _persons(table, lambda row: line(row * j))
    return LogColumns(
        person=np.repeat(person, j),
        persons=persons,
        item=np.tile(np.arange(j, dtype=np.int32), n),
        items=tuple(names),
        versions=np.ones(j, np.int64),
        response=_interleave([encode_answers(table[name]) for name in names]),
        score=None,
        groups=_groups(table, person, len(persons), lambda row: line(row * j)),
        time_s=None,
        position=None,
        line=line,
    )


def encode(column: pa.ChunkedArray) -> Encoded:
    """Return a column as codes and distinct texts; whole numbers stored as 1.0 or True read as "1"."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    column = column.unify_dictionaries()
    codes = np.concatenate(
        [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in column.chunks]
        or [np.zeros(0, np.int32)]
    ).astype(np.int32, copy=False)
    values = column.chunk(0).dictionary.to_pylist() if column.num_chunks else []
    return _merge_labels(codes, [_text(value) for value in values])


def encode_answers(column: pa.ChunkedArray) -> Encoded:
    """Return the same, "1.0" read as "1" in text, too: pandas writes so whenever a column has gaps."""
    found = encode(column)
    return _merge_labels(found.codes, map(without_zeros, found.labels))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def without_zeros(text: str) -> str:
    """Return a whole number written as 1.0 as 1, any other text as it is."""
    whole, point, zeros = text.partition(".")
    return whole if point and whole.isdigit() and not zeros.strip("0") else text


def _merge_labels(codes: Ints, texts: Iterable[str]) -> Encoded:
    """Return codes in which equal texts share a code and empty ones have none."""
    places: dict[str, int] = {}
    lookup = [-1 if text in NOTHING else places.setdefault(text, len(places)) for text in texts]
    return Encoded(np.array([*lookup, -1], np.int32)[codes], tuple(places))


def _interleave(columns: list[Encoded]) -> Encoded:
    """Return the columns of a wide table row by row, with one shared set of labels."""
    shifts = np.cumsum([0, *(len(column.labels) for column in columns)])
    codes = np.stack(
        [np.where(c.codes < 0, -1, c.codes + shift) for c, shift in zip(columns, shifts, strict=False)],
        axis=1,
    )
    return _merge_labels(codes.ravel(), [label for column in columns for label in column.labels])


def _required(table: pa.Table, name: str, line: Callable[[int], str]) -> Encoded:
    column = encode(table[name])
    _refuse_empty(column.codes < 0, name, line)
    return column


def _refuse_empty(empty: Bools, name: str, line: Callable[[int], str]) -> None:
    if empty.any():
        raise BadInput(f"{name} is empty", where=line(int(np.argmax(empty))), right=f"a {name} in each row")


def _persons(table: pa.Table, line: Callable[[int], str]) -> tuple[Ints, np.ndarray[Any, Any]]:
    """Return who stands in each row (R,), and the persons' names, whole numbers where the file holds such."""
    column = table["person"]
    if not pa.types.is_integer(column.type):
        encoded = _required(table, "person", line)
        return encoded.codes, np.array(encoded.labels, dtype=object)
    if column.null_count:
        _refuse_empty(column.is_null().to_numpy(), "person", line)
    codes, persons = pd.factorize(column.to_numpy())
    return codes.astype(np.int32), persons.astype(np.int64)


def _identities(
    item: Encoded, version: Encoded | None, line: Callable[[int], str]
) -> tuple[tuple[str, ...], Ints, Ints]:
    """Return names, versions and codes (R,) of items; an item in two versions is two items."""
    if version is None:
        return item.labels, np.ones(len(item.labels), np.int64), item.codes
    wrong = [text for text in version.labels if not text.isdigit()]
    if wrong:
        row = int(np.argmax(version.codes == version.labels.index(wrong[0])))
        raise BadInput(f"version is '{wrong[0]}'", where=line(row), right="a whole number from 1")
    numbers = np.array([*map(int, version.labels), 1], np.int64)
    codes, pairs = pd.factorize(item.codes.astype(np.int64) * len(numbers) + version.codes % len(numbers))
    names, which = np.divmod(pairs, len(numbers))
    return tuple(item.labels[n] for n in names), numbers[which], codes.astype(np.int32)


def _groups(table: pa.Table, person: Ints, n: int, line: Callable[[int], str]) -> pd.DataFrame:
    """Return each person's groups; a person must stand in the same group in all rows."""
    first = np.full(n, -1, np.int64)
    first[person[::-1]] = np.arange(person.size - 1, -1, -1)
    frame = _group_frame(table, first)
    for name in frame:
        codes = encode(table[name]).codes
        differs = codes != codes[first][person]
        if differs.any():
            row = int(np.argmax(differs))
            raise BadInput(
                f"{name} changes within one person",
                where=line(row),
                right="one group a person in the whole log",
            )
    return frame


def _group_frame(table: pa.Table, rows: Ints) -> pd.DataFrame:
    names = [name for name in table.column_names if name.startswith("g_")]
    columns = {}
    for name in names:
        encoded = encode(table[name])
        labels = np.array([*encoded.labels, None], dtype=object)
        columns[name] = labels[encoded.codes[rows]]
    return pd.DataFrame(columns, index=range(rows.size))


def _numbers(table: pa.Table, name: str, line: Callable[[int], str]) -> Floats | None:
    """Return a column of numbers (R,), NaN where empty, or None where the log has no such column."""
    if name not in table.column_names:
        return None
    encoded = encode(table[name])
    values = pd.to_numeric(pd.Series(encoded.labels, dtype=object), errors="coerce").to_numpy(float)
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        row = int(np.argmax(encoded.codes == wrong[0]))
        raise BadInput(f"{name} is '{encoded.labels[wrong[0]]}'", where=line(row), right="a number")
    return np.append(values, np.nan)[encoded.codes]


def _positions(table: pa.Table, line: Callable[[int], str]) -> Ints | None:
    values = _numbers(table, "position", line)
    return None if values is None else np.nan_to_num(values, nan=-1).astype(np.int32)
