"""Item parameters as a record: one row an item, with what is known of their uncertainty and origin.

The file is CSV, `item,model` and the columns that the model needs; beside `NAME.csv` stands
`NAME.meta.json` with the population, the covariances and the provenance. A set is never changed: a new
calibration makes a new set.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from items.csv_file import read_csv
from items.errors import BadInput

Identity: TypeAlias = tuple[str, int]
"""What tells items apart: id and content version."""
NUMBERED = ("a", "b", "c")
"""Letters of parameters that may carry a number: a1, b2, c3."""


@dataclass(frozen=True, slots=True)
class Covariance:
    """The covariance matrix (P, P) of one item's estimated parameters, by name."""

    names: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """Parameters of a bank's items under one calibration, or as their authors state them.

    Attributes
    ----------
    table : DataFrame
        One row an item: `item` (text), `version` (whole number), `model`, parameters (a, b, b1, …), standard
        errors `se_*` where known, and any further columns of the file.
    population : mapping
        Mean and SD of ability (logits) by group; one group is called "all".
    covariances : mapping
        Covariance of the parameters by (item, version), where known.
    provenance : mapping
        Model, settings, quadrature, data fingerprint, fit; whatever makes the numbers traceable.
    source : str
        Where the table was read, for messages.
    """

    table: pd.DataFrame
    population: Mapping[str, tuple[float, float]] = field(default_factory=lambda: {"all": (0.0, 1.0)})
    covariances: Mapping[Identity, Covariance] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    source: str = field(default="parameters", compare=False)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "ParameterSet":
        """Read a parameter file and the `.meta.json` beside it, if there is one.

        Raises
        ------
        BadInput
            If the file cannot be read, a column or value is missing, a number is not finite, or an item
            appears twice.
        """
        path = Path(path)
        texts = {"item": str, "model": str}
        right = "a parameter file, CSV: one row an item"
        table = _checked(read_csv(path, right=right, dtype=texts, skipinitialspace=True), str(path))
        beside = meta_path(path)
        return cls(table, **(_read_meta(beside) if beside.exists() else {}), source=str(path))

    @classmethod
    def from_table(cls, table: pd.DataFrame, *, where: str = "parameters") -> "ParameterSet":
        """Take a DataFrame as a parameter file; raises BadInput as `read` does."""
        return cls(_checked(table, where), source=where)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the CSV and its `.meta.json`, each whole or not at all."""
        path = Path(path)
        meta = {
            "population": {group: {"mean": m, "sd": s} for group, (m, s) in self.population.items()},
            "covariances": covariance_records(self.covariances),
            "provenance": dict(self.provenance),
        }
        write_whole(path, self.table.to_csv(index=False, float_format="%.10g"))
        write_whole(meta_path(path), json.dumps(meta, indent=1) + "\n")

    def identities(self) -> list[Identity]:
        """Return (item, version) of each row."""
        return list(zip(self.table["item"], map(int, self.table["version"]), strict=True))

    def parameter_columns(self) -> list[str]:
        """Return the names of the parameter columns in the table."""
        return [name for name in self.table.columns if _is_parameter(str(name))]


def covariance_records(covariances: Mapping[Identity, Covariance]) -> list[dict[str, Any]]:
    """Return covariances as JSON: one record an item version."""
    return [
        {"item": item, "version": version, "names": one.names, "matrix": one.matrix}
        for (item, version), one in covariances.items()
    ]


def covariances_of(records: list[dict[str, Any]]) -> dict[Identity, Covariance]:
    """Return the covariances that such records hold."""
    return {
        (str(r["item"]), int(r["version"])): Covariance(tuple(r["names"]), tuple(map(tuple, r["matrix"])))
        for r in records
    }


def meta_path(path: Path) -> Path:
    """Return where the meta file of a parameter file stands."""
    return path.with_name(path.stem + ".meta.json")


def write_whole(path: Path, text: str) -> None:
    """Write a text file under a temporary name, then rename it: readers see all of it or none.

    Raises
    ------
    BadInput
        If the folder does not exist or cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        raise BadInput(
            f"cannot be written ({error.strerror})", where=str(path), right="name a file in a folder you own"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def refuse_unwritable(*paths: Path | None) -> None:
    """Raise BadInput before long work if a file could not be written at the end."""
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise BadInput("is a folder", where=str(path), right="name a file")
        if not os.access(path.parent, os.W_OK):
            word = "cannot be written to" if path.parent.is_dir() else "does not exist"
            raise BadInput(f"the folder '{path.parent}' {word}", where=str(path), right="a folder you own")


def _checked(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the table with `item` and `model` as text, `version` filled in, and numbers checked."""
    for column in ("item", "model"):
        if column not in table:
            raise BadInput(f"has no column '{column}'", where=where, right="the first columns are item,model")
    table = table.reset_index(drop=True).assign(
        item=lambda t: t["item"].astype(str), model=lambda t: t["model"].astype(str).str.strip().str.lower()
    )
    version = table["version"].fillna(1).astype(int) if "version" in table else 1
    table = table.drop(columns="version", errors="ignore")
    table.insert(1, "version", version)
    _refuse_duplicates(table, where)
    for column in filter(_is_parameter, map(str, table.columns)):
        table[column] = _numbers(table, column, where)
    return table


def _refuse_duplicates(table: pd.DataFrame, where: str) -> None:
    if table.empty:
        raise BadInput("holds no items", where=where, right="one row an item")
    twice = table.duplicated(["item", "version"])
    if twice.any():
        row = int(np.argmax(twice))
        raise BadInput(
            "the item appears twice",
            where=f"{where}, line {row + 2}, item {table['item'][row]}",
            right="one row for each version of an item",
        )


def _numbers(table: pd.DataFrame, column: str, where: str) -> "pd.Series[float]":
    """Return the column as floats; empty cells are NaN, all others finite numbers, errors 0 or above."""
    values = pd.to_numeric(table[column], errors="coerce").astype(float)
    lowest = 0.0 if column.startswith("se_") else -np.inf
    wrong = (values.isna() & table[column].notna()) | np.isinf(values) | (values < lowest)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise BadInput(
            f"{column} is '{table[column][row]}'",
            where=f"{where}, line {row + 2}, item {table['item'][row]}",
            right="a finite number" if lowest < 0 else "a finite number, 0 or above",
        )
    return values


def _is_parameter(name: str) -> bool:
    plain = name.removeprefix("se_")
    return plain in ("a", "b", "c", "d") or (plain[:1] in NUMBERED and plain[1:].isdigit())


def _read_meta(path: Path) -> dict[str, Any]:
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
        return {
            "population": {g: (float(p["mean"]), float(p["sd"])) for g, p in meta["population"].items()},
            "covariances": covariances_of(meta.get("covariances", [])),
            "provenance": meta.get("provenance", {}),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"cannot be used ({type(error).__name__}: {error})",
            where=str(path),
            right="leave it as calibrate wrote it, or delete it",
        ) from error
