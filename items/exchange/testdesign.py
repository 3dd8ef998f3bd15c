"""Item banks of the R package TestDesign, turned into our parameter file with its constraint tables.

Beside ``NAME_items.csv`` (``ID,MODEL,PAR1,…``) stand ``NAME_attributes.csv``, ``NAME_constraints.csv`` and,
for passages, ``NAME_stimuli.csv``. The models there use D = 1 as ours do, and list the slope first, then the
difficulties or thresholds (Choi, Lim & van der Linden, 2022, Behaviormetrika 49, 191-229).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from items.blueprint import Blueprint, read_attributes
from items.errors import BadInput
from items.parameters import ParameterSet, write_whole
from items.problems import nearest

_MODELS = {
    "1PL": ("rasch", ("b",)),
    "2PL": ("2pl", ("a", "b")),
    "3PL": ("3pl", ("a", "b", "c")),
    "PC": ("pcm", ("b",)),
    "GPC": ("gpcm", ("a", "b")),
    "GR": ("grm", ("a", "b")),
}
_STEPS = ("PC", "GPC", "GR")
_TABLES = ("attributes", "constraints", "stimuli")


@dataclass(frozen=True, slots=True)
class TestDesignBank:
    """Parameters with the items' attributes as further columns, and the tables beside them as text."""

    parameters: ParameterSet
    tables: dict[str, str]


def read(path: Path) -> TestDesignBank:
    """Read ``NAME_items.csv`` and what stands beside it.

    Raises
    ------
    BadInput
        If a file cannot be read, a model or a parameter is missing, or a constraint speaks of an attribute
        that is not there.
    """
    if not path.name.endswith("_items.csv"):
        raise BadInput("is not a TestDesign bank", where=str(path), right="name its NAME_items.csv")
    files = {name: path.with_name(path.name.replace("_items.csv", f"_{name}.csv")) for name in _TABLES}
    found = {name: file for name, file in files.items() if file.exists()}
    table = _parameters(_items(path), str(path))
    if "attributes" in found:
        table = table.merge(_attributes(found["attributes"]), on="item", how="left", validate="1:1")
    if {"attributes", "constraints"} <= set(found):
        stimuli = found.get("stimuli")
        Blueprint.read(found["constraints"], found["attributes"], stimuli=stimuli).align(list(table["item"]))
    provenance = {"source": "TestDesign", "file": path.name}
    parameters = ParameterSet(ParameterSet.from_table(table, where=str(path)).table, provenance=provenance)
    return TestDesignBank(
        parameters, {name: file.read_text(encoding="utf-8") for name, file in found.items()}
    )


def write(bank: TestDesignBank, folder: Path) -> None:
    """Write ``parameters.csv`` and the tables as they are (``constraints.csv`` …) into a folder.

    Raises
    ------
    BadInput
        If the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"cannot be made: {error.strerror}", where=str(folder), right="name a folder"
        ) from None
    for name, text in bank.tables.items():
        write_whole(folder / f"{name}.csv", text)
    bank.parameters.write(folder / "parameters.csv")


def _items(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype={"ID": str, "MODEL": str})
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be read as CSV: {error}", where=str(path), right="name a CSV file") from None
    for name in ("ID", "MODEL", "PAR1"):
        if name not in table:
            raise BadInput(
                f"the column {name} is missing", where=str(path), right="the columns are ID,MODEL,PAR1,…"
            )
    return table


def _parameters(items: pd.DataFrame, path: str) -> pd.DataFrame:
    """Return ``item,model,a,b,c,b1,…``, one row an item."""
    names = [name for name in items.columns if name.startswith("PAR")]
    values = items[names].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    lines = zip(items["ID"], items["MODEL"], values, strict=True)
    rows = [
        {"item": id, **_named(model, row[~np.isnan(row)], f"{path}, line {line}, item {id}")}
        for line, (id, model, row) in enumerate(lines, start=2)
    ]
    return pd.DataFrame(rows)


def _named(model: str, values: npt.NDArray[np.float64], where: str) -> dict[str, object]:
    """Return our model's name and the values by our letters."""
    if model not in _MODELS:
        right = nearest(str(model), _MODELS)
        raise BadInput(f"the model is {model!r}", where=f"{where}, column MODEL", right=right)
    name, letters = _MODELS[model]
    if model in _STEPS:
        steps = max(len(values) - len(letters) + 1, 1)
        letters = (*letters[:-1], *(f"b{step}" for step in range(1, steps + 1)))
    if len(values) != len(letters):
        right = f"give {', '.join(letters)}"
        raise BadInput(f"{len(values)} parameters are given", where=where, right=right)
    return {"model": name, **dict(zip(letters, map(float, values), strict=True))}


def _attributes(path: Path) -> pd.DataFrame:
    table = read_attributes(path)
    return table.rename(columns={table.columns[0]: "item", "STID": "stimulus"})
