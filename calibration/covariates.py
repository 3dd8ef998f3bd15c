"""What is known of the people in a log, as columns of numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.responses import ResponseMatrix
from engine._types import Floats
from engine.latent_regression import LatentRegression
from items.csv_file import read_csv
from items.errors import BadInput

MOST_WORDS = 50
"""Most words that a covariate may have: more are names, not groups."""


@dataclass(frozen=True, slots=True, eq=False)
class Covariates:
    """Covariates of N persons.

    Attributes
    ----------
    columns : (N, P)
        A column for each number, and for each word but the most frequent one a column of 0 and 1; NaN where a
        covariate is not known.
    names : P texts
        As `years`, or `school:rural`.
    references : texts
        The words that have no column, because the others are compared with them, as `school:urban`.
    """

    columns: Floats
    names: tuple[str, ...]
    references: tuple[str, ...]

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Covariates":
        """Code a table of N rows of texts, "" where something is not known.

        Raises
        ------
        BadInput
            If a covariate is known of nobody, or has too many words.
        """
        columns, names, references = list[Floats](), list[str](), list[str]()
        for name in table.columns:
            values = table[name].astype(str).str.strip()
            there = values != ""
            if not there.any():
                raise BadInput(f"'{name}' is known of nobody", where="covariates", right="leave it out")
            numbers = pd.to_numeric(values.where(there), errors="coerce").to_numpy(float)
            if np.isfinite(numbers[there]).all():
                columns.append(numbers)
                names.append(str(name))
                continue
            reference, *others = _words(str(name), values[there])
            references.append(f"{name}:{reference}")
            for word in others:
                columns.append(np.where(there, (values == word).astype(float), np.nan))
                names.append(f"{name}:{word}")
        return cls(np.column_stack(columns), tuple(names), tuple(references))

    def regression(self, estimates: Floats, sd: float) -> LatentRegression:
        """Return the regression whose intercept and slopes (1 + P,) these are."""
        slopes = dict(zip(self.names, map(float, estimates[1:]), strict=True))
        return LatentRegression(float(estimates[0]), sd, slopes | dict.fromkeys(self.references, 0.0))


def read_covariates(responses: ResponseMatrix, path: Path | None) -> Covariates:
    """Return what is known of the people in a log: by a file, CSV `person` and covariates, or its g_ columns.

    Raises
    ------
    BadInput
        If the file cannot be read, names nobody in the log or somebody twice, or there is nothing known.
    """
    right = "CSV person and a column for each covariate"
    if path is None:
        if responses.groups.empty:
            told = "the log has no column g_… that tells something of people"
            raise BadInput(told, where="--covariates", right=right)
        return Covariates.of(responses.groups.astype(object).fillna(""))
    table = read_csv(path, right=right, dtype=str, keep_default_na=False, skipinitialspace=True)
    if "person" not in table or table.shape[1] < 2:
        raise BadInput("has no column 'person' with covariates beside it", where=str(path), right=right)
    if (twice := table["person"].duplicated()).any():
        name = table["person"][twice].iloc[0]
        raise BadInput(f"person '{name}' stands twice", where=str(path), right="one row a person")
    persons = [str(person) for person in responses.persons]
    if not set(persons) & set(table["person"]):
        raise BadInput("tells of nobody who is in the log", where=str(path), right="the log's own persons")
    return Covariates.of(table.set_index("person").reindex(persons, fill_value=""))


def _words(name: str, values: "pd.Series[str]") -> list[str]:
    """Return the words of a covariate, the most frequent first and the others by name."""
    counts = values.value_counts()
    if len(counts) > MOST_WORDS or len(counts) < 2:
        what = f"'{name}' has {len(counts)} different words"
        raise BadInput(what, where="covariates", right=f"2 to {MOST_WORDS} words, or numbers")
    first = str(counts.index[0])
    return [first, *sorted(str(word) for word in counts.index if word != first)]
