"""Several designs side by side: one table, figures that compare, and the tables of all in one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dashboard.figures.designs import draw_designs, draw_errors, measures
from dashboard.figures.theme import Figure
from dashboard.reports.page import Report, Section, Table
from dashboard.reports.simulation_order import SimulationOrder
from engine.simulation import Study
from engine.simulation.comparison import row, table
from engine.simulation.output import plain
from items.parameters import write_whole

SHOWN = {
    "mean_length": "questions",
    "rmse": "error made",
    "mean_se": "error claimed",
    "coverage_95": "bands that hold",
    "max_exposure": "largest exposure",
    "mean_overlap": "overlap",
    "unused_items": "items unused",
    "constraint_violations": "broken conditions",
    "decision_right": "right levels",
    "guess_admit_gap": "gain by guessing",
}
"""Columns of the report's table, by their names in the file."""


@dataclass(frozen=True, slots=True, eq=False)
class Designs:
    """Finished studies of several designs by name, of the same people with the same luck."""

    studies: Mapping[str, Study]

    @property
    def table(self) -> pd.DataFrame:
        """The summaries, a row a design."""
        return table({name: row(study) for name, study in self.studies.items()})

    @property
    def along_ability(self) -> pd.DataFrame:
        """Errors along true ability of all designs."""
        return stacked({name: study.along_ability for name, study in self.studies.items()})

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables of a study, each with all designs one after the other."""
        found = {name: study.tables() for name, study in self.studies.items()}
        names = dict.fromkeys(each for tables in found.values() for each in tables)
        return {
            each: stacked({name: tables[each] for name, tables in found.items() if each in tables})
            for each in names
        }

    def figures(self) -> list[Figure]:
        """Return the figures that compare."""
        return [draw_designs(measures(self.table)), draw_errors(self.along_ability)]


def stacked(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of several designs one after the other, with the design's name before each row."""
    whole = pd.concat([part.assign(design=name) for name, part in parts.items()], ignore_index=True)
    return whole[["design", *whole.columns.drop("design")]]


def write_designs(found: Designs, folder: Path) -> None:
    """Write `comparison.csv`, `summary.json`, and the tables of the studies with a column `design`."""
    for name, whole in (found.tables() | {"comparison": found.table}).items():
        write_whole(folder / f"{name}.csv", whole.to_csv(index=False, float_format="%.6g"))
    summaries = [{"design": name} | plain(study.summary) for name, study in found.studies.items()]
    write_whole(folder / "summary.json", json.dumps({"designs": summaries}, indent=1) + "\n")


def designs_report(found: Designs, people: str, order: SimulationOrder) -> Report:
    """Return the report of several designs."""
    return Report(
        title="Adaptive tests compared",
        lead=f"{people} They took {len(found.studies):,} tests of the items in {order.params.name}, each by "
        "other rules and all with the same luck.",
        sections=[
            Section("The designs side by side", figures=found.figures()),
            Section("Tables", tables=[Table("Designs", _in_words(found.table), "comparison.csv")]),
        ],
        notes=[
            *dict.fromkeys(note for study in found.studies.values() for note in study.summary["notes"]),
            f"Seed {order.seed}; the same seed gives the same numbers, whatever the number of processors.",
        ],
    )


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the table that a reader compares, under short names; none that says nothing."""
    known = table[["design", *(name for name in SHOWN if name in table)]].dropna(axis=1, how="all")
    return known.rename(columns=SHOWN)
