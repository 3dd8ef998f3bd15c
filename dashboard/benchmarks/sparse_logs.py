"""Long sparse logs from Parquet: time with reading, and the peak memory of a process of its own."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from calibration import MarginalML, ResponseMatrix
from calibration.simulated_cases import sparse_log
from dashboard.benchmarks.line import Line
from dashboard.benchmarks.timing import in_own_process

PERSONS = {"sparse-10m": 500_000, "sparse-100m": 5_000_000}
KINDS = {"sparse-10m": ("none", "observed"), "sparse-100m": ("none",)}
ITEMS, EACH = 2_000, 20
ROW_GROUP = 1_000_000


def sparse(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield the calibration of a long log, where memory allows also with standard errors."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        in_own_process(write_log, path, PERSONS[name])
        for errors in KINDS[name]:
            (reading, seconds, cpu, cycles), memory = in_own_process(calibrate, path, errors)
            yield Line(
                f"{name} with SEs" if errors == "observed" else name,
                f"2PL, {PERSONS[name]:,} × {ITEMS:,}, {EACH} answers each",
                seconds,
                cpu=cpu,
                memory=memory,
                note=f"of it reading {reading:.1f} s; {cycles} cycles",
            )


def write_log(path: Path, n_persons: int) -> None:
    """Write a simulated log, one row an answer."""
    items, categories, _ = sparse_log(n_persons, ITEMS, EACH, seed=101)
    names = pa.array([f"item{j + 1}" for j in range(ITEMS)])
    schema = pa.schema(
        {"person": pa.int32(), "item": pa.dictionary(pa.int32(), pa.string()), "response": pa.int8()}
    )
    with parquet.ParquetWriter(path, schema) as file:
        for first in range(0, n_persons, ROW_GROUP // EACH):
            rows = slice(first, first + ROW_GROUP // EACH)
            persons = np.arange(first + 1, first + 1 + len(items[rows]), dtype=np.int32)
            columns = [
                pa.array(np.repeat(persons, EACH)),
                pa.DictionaryArray.from_arrays(pa.array(items[rows].ravel()), names),
                pa.array(categories[rows].ravel()),
            ]
            file.write_table(pa.table(columns, schema=schema))


def calibrate(path: Path, errors: str) -> tuple[float, float, float, int]:
    """Return the seconds of reading, of everything, of the processors, and the cycles of the fit."""
    began, cpu = time.perf_counter(), time.process_time()
    responses = ResponseMatrix.read(path)
    read = time.perf_counter()
    result = MarginalML(model="2pl", standard_errors=errors).fit(responses)
    return read - began, time.perf_counter() - began, time.process_time() - cpu, result.iterations
