"""A roster: people and what is known of them, CSV `person` and covariates, perhaps `theta_true`."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from engine._types import Floats
from engine.latent_regression import Known, LatentRegression
from items.csv_file import read_csv
from items.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Roster:
    """N people, and what is known of each.

    Attributes
    ----------
    names : N texts
    known : N mappings
        Covariates by name; what is not known of somebody is left out.
    theta : (N,)
        True abilities (logits), NaN where the file tells none.
    """

    names: tuple[str, ...]
    known: tuple[Known, ...]
    theta: Floats


def read_roster(path: Path, regression: LatentRegression | None) -> Roster:
    """Read people, with the covariates of a regression.

    Without a column `person` rows are numbered; an empty cell is not known.

    Raises
    ------
    BadInput
        If the file cannot be read, a covariate has no column, a person stands in it twice, or a value is no
        number or none of the words that have a slope.
    """
    covariates = regression.covariates if regression else ()
    right = f"a table with the columns {','.join(('person', *covariates))}"
    table = read_csv(path, right=right, dtype=str, keep_default_na=False, skipinitialspace=True)
    if missing := [name for name in covariates if name not in table]:
        raise BadInput(f"has no column '{missing[0]}'", where=str(path), right=right)
    if not len(table):
        raise BadInput("holds nobody", where=str(path), right=right)
    names = table["person"] if "person" in table else (table.index + 1).astype(str).to_series()
    if names.duplicated().any():
        right = "one row a person"
        raise BadInput(
            f"person '{names[names.duplicated()].iloc[0]}' stands twice", where=str(path), right=right
        )
    known = []
    for line, row in enumerate(table[list(covariates)].to_dict("records"), start=2):
        known.append({str(name): value.strip() for name, value in row.items() if value.strip()})
        try:
            if regression:
                regression.expected_of(known[-1])
        except ValueError as error:
            raise BadInput(str(error), where=f"{path}, line {line}") from None
    return Roster(tuple(names), tuple(known), _true(table, path))


def _true(table: pd.DataFrame, path: Path) -> Floats:
    """Return the true abilities that the file tells."""
    if "theta_true" not in table:
        return np.full(len(table), np.nan)
    theta = pd.to_numeric(table["theta_true"], errors="coerce").to_numpy(float)
    told = table["theta_true"].str.strip() != ""
    if (wrong := np.flatnonzero(told & ~np.isfinite(theta))).size:
        value, line = table["theta_true"].iloc[wrong[0]], wrong[0] + 2
        raise BadInput(f"theta_true is '{value}'", where=f"{path}, line {line}", right="a finite number")
    return theta
