"""Response logs in CSV or Parquet files, read as tables.

A long file is looked at before it is read: one that is no log is refused by its first rows.
"""

import csv
import io
import os
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as parquet

from calibration.log_columns import NOTHING, LogColumns, log_columns
from items.csv_file import UTF8, WORKBOOK
from items.errors import BadInput

HEAD = 1 << 20
"""Bytes of a CSV file that are looked at before it is read."""
FIRST_ROWS = 10_000
"""The same for Parquet, in rows."""
UNEVEN = re.compile(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)")


def read_log(path: str | os.PathLike[str]) -> LogColumns:
    """Read a response log from a CSV or Parquet file.

    Raises
    ------
    BadInput
        If the file cannot be read as a table, or its columns are neither those of a long nor of a wide log.
    """
    path = Path(path)
    head = _head(path)
    table = _read_parquet(path) if _is_parquet(head) else _read_csv(path, path, head)
    return log_columns(table, where=str(path), first_line=2)


def read_beginning(path: str | os.PathLike[str]) -> LogColumns | None:
    """Return the first rows of a log too long to be read in vain, None of a short one.

    Raises as `read_log` does.
    """
    path = Path(path)
    head = _head(path)
    if _is_parquet(head):
        table = _first_rows(path)
    elif len(head) < HEAD or head.count(b"\n") < 2:
        return None
    else:
        table = _read_csv(path, io.BytesIO(head[: head.rfind(b"\n") + 1]), head)
    return log_columns(table, where=str(path), first_line=2)


def _head(path: Path) -> bytes:
    if not path.is_file():
        raise BadInput("there is no such file", where=str(path), right="name a response log (CSV or Parquet)")
    with path.open("rb") as file:
        return file.read(HEAD)


def _is_parquet(head: bytes) -> bool:
    return head.startswith(b"PAR1")


def _read_parquet(path: Path) -> pa.Table:
    try:
        schema = parquet.read_schema(path)
        texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
        return parquet.read_table(path, read_dictionary=texts)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _no_parquet(path, error) from error


def _first_rows(path: Path) -> pa.Table:
    try:
        file = parquet.ParquetFile(path)
        first = next(iter(file.iter_batches(FIRST_ROWS)), None)
        return pa.Table.from_batches([] if first is None else [first], schema=file.schema_arrow)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _no_parquet(path, error) from error


def _no_parquet(path: Path, error: Exception) -> BadInput:
    return BadInput(f"is not a readable Parquet file ({error})", where=str(path), right="a response log")


def _read_csv(path: Path, source: Path | io.BytesIO, head: bytes) -> pa.Table:
    """Read a CSV file, or its first rows, with every column as a dictionary of texts."""
    names = _csv_header(path, head)
    text = pa.dictionary(pa.int32(), pa.string())
    convert = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, text), null_values=list(NOTHING), strings_can_be_null=True
    )
    try:
        return arrow_csv.read_csv(source, convert_options=convert)
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise _no_csv(path, str(error)) from error


def _no_csv(path: Path, message: str) -> BadInput:
    """Return what is wrong with a CSV file that cannot be read."""
    right = "the same columns in each row"
    if uneven := UNEVEN.search(message):
        found, expected, got = _first_uneven_row(path) or (0, *uneven.groups())
        where = f"{path}, line {found}" if found else str(path)
        return BadInput(f"has {got} columns, the first line {expected}", where=where, right=right)
    if "UTF8" in message:
        return BadInput("is not UTF-8 text", where=str(path), right=UTF8)
    if "straddling" in message:
        return BadInput("holds a line longer than a megabyte: that is no log", where=str(path), right=right)
    return BadInput(f"is not a CSV file ({message.splitlines()[0]})", where=str(path), right=right)


def _first_uneven_row(path: Path) -> tuple[int, str, str] | None:
    """Return line, expected and found columns of the first such row, read in order and kept nowhere."""
    try:
        for _ in arrow_csv.open_csv(path, read_options=arrow_csv.ReadOptions(use_threads=False)):
            pass
    except pa.ArrowException as error:
        if (found := UNEVEN.search(str(error))) and found[1]:
            return int(found[1]), found[2], found[3]
    return None


def _csv_header(path: Path, head: bytes) -> list[str]:
    """Return the column names; refuse at once what is no text table, however long the file."""
    right = "a CSV file whose first line names the columns: person,item,response"
    if not head.strip():
        raise BadInput("is empty", where=str(path), right=right)
    first = head.split(b"\n", 1)[0]
    if head.startswith(WORKBOOK):
        raise BadInput("is a spreadsheet or an archive, no text", where=str(path), right=UTF8)
    if b"\0" in head or len(first) == len(head) >= HEAD:
        raise BadInput("is not a response log: it holds no lines of text", where=str(path), right=right)
    try:
        names = next(csv.reader([first.decode("utf-8-sig").strip()]))
    except (UnicodeDecodeError, csv.Error, StopIteration):
        raise BadInput("is not UTF-8 text", where=f"{path}, line 1", right=UTF8) from None
    if len(names) < 2:
        raise BadInput(
            f"has one column, '{names[0][:40]}'", where=f"{path}, line 1", right=right + ", with commas"
        )
    return names
