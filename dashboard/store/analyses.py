"""Analyses of a bank's log, kept so that pages open at once: Parquet tables and JSON facts in an archive."""

import io
import json
import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    Column,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from calibration.analysis import Analysis
from calibration.dependence import pairs_among_worst
from items.storage.database import metadata, transaction

FACTS = "facts.json"
PAIRS = 1000
"""Pairs of items that are kept, the most dependent ones: 1,000 items have half a million."""

analysis_table = Table(
    "analysis",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bank", String(64), ForeignKey("bank.id"), nullable=False),
    Column("parameter_set", Integer, ForeignKey("parameter_set.id"), nullable=False),
    Column("answers", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", String(24), nullable=False),
)


@dataclass(frozen=True, slots=True, eq=False)
class KeptAnalysis:
    """An analysis as pages read it.

    Attributes
    ----------
    tables : mapping
        The tables of the analysis by name; one that has no data is empty.
    facts : mapping
        Numbers and sentences about the whole log: reliability, model fit, dimensions, notes.
    answers : int
        Answers in the log at the time.
    source : str
        Where the answers are from, in words.
    at : str
        When it was made (UTC).
    """

    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[str, Any]
    answers: int
    source: str
    at: str

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table, an empty one if the analysis has none of this name."""
        return self.tables.get(name, pd.DataFrame())

    @property
    def groups(self) -> list[str]:
        """The columns `g_…` by which people were compared, without `g_`."""
        curves = "dif_curves_"
        return [name.removeprefix(curves) for name in self.tables if name.startswith(curves)]


def keep(
    database: Engine,
    bank: str,
    parameter_set: int,
    found: Analysis,
    more: Mapping[str, pd.DataFrame],
    *,
    source: str,
    answers: int,
    at: str,
) -> None:
    """Keep an analysis, with more tables, in place of the earlier one with the same parameters."""
    table = analysis_table
    same = (table.c.bank == bank) & (table.c.parameter_set == parameter_set)
    row = {
        "bank": bank,
        "parameter_set": parameter_set,
        "answers": answers,
        "source": source,
        "content": pack({**brief(found.tables()), **more}, facts(found)),
        "at": at,
    }
    with transaction(database) as connection:
        connection.execute(delete(table).where(same))
        connection.execute(insert(table), row)


def load(database: Engine, bank: str, parameter_set: int) -> KeptAnalysis | None:
    """Return the analysis of a bank's log under a parameter set, None if there is none yet."""
    table = analysis_table.c
    query = select(table.content, table.answers, table.source, table.at).where(
        table.bank == bank, table.parameter_set == parameter_set
    )
    with database.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return None
    tables, told = unpack(bytes(row.content))
    return KeptAnalysis(tables, told, row.answers, row.source, row.at)


def made(database: Engine, bank: str, parameter_set: int) -> str | None:
    """Return when the analysis under a parameter set was made (UTC), None if there is none yet."""
    table = analysis_table.c
    query = select(table.at).where(table.bank == bank, table.parameter_set == parameter_set)
    with database.connect() as connection:
        return connection.scalar(query)


def brief(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the tables as they are kept: of the pairs of items the worst, and a map of the worst."""
    pairs = tables["dependence"]
    return {**tables, "dependence": pairs.head(PAIRS), "dependence_map": pairs_among_worst(pairs)}


def facts(found: Analysis) -> dict[str, Any]:
    """Return what an analysis says of the whole log, as JSON can hold it."""
    reliability, fit, dimensions = found.reliability, found.model_fit, found.dimensionality
    told = {
        "n_persons": found.n_persons,
        "n_responses": found.n_responses,
        "alpha": reliability.alpha,
        "omega": reliability.omega,
        "split_half": reliability.split_half,
        "sem": reliability.sem,
        "fit_statistic": fit.statistic,
        "rmsea": fit.rmsea,
        "rmsea_low": fit.rmsea_low,
        "rmsea_high": fit.rmsea_high,
        "srmsr": fit.srmsr,
        "dimensions": dimensions.count,
        "first_to_second": dimensions.ratio,
        "ecv": dimensions.ecv,
        "dimensions_note": dimensions.note,
        "pairs": len(found.dependence),
        "notes": list(found.notes),
    }
    return {name: _plain(value) for name, value in told.items()}


def pack(tables: Mapping[str, pd.DataFrame], told: Mapping[str, Any]) -> bytes:
    """Return tables and facts as one archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(FACTS, json.dumps(told))
        for name, table in tables.items():
            file.writestr(f"{name}.parquet", table.rename(columns=str).to_parquet(index=False))
    return archive.getvalue()


def unpack(content: bytes) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and facts of an archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        tables = {
            name.removesuffix(".parquet"): pd.read_parquet(io.BytesIO(file.read(name)))
            for name in file.namelist()
            if name != FACTS
        }
        return tables, json.loads(file.read(FACTS))


def _plain(value: Any) -> Any:
    """Return a number that JSON can hold, None for one that is not there."""
    if isinstance(value, str | list) or value is None:
        return value
    return float(value) if math.isfinite(value) else None
