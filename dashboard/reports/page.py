"""A report: one HTML file with text, figures and tables, which loads nothing and prints well."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboard.figures.theme import Figure, svg

SHOWN = 60
"""Rows of a table that a report shows; the rest stand in the CSV file beside it."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table in a report: its caption, its rows, and the file that holds all of them."""

    caption: str
    rows: pd.DataFrame
    file: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A heading, paragraphs of plain text, figures, and tables."""

    heading: str
    paragraphs: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A whole report; `facts` are what a reader wants first, as pairs of words and value."""

    title: str
    lead: str
    facts: Sequence[tuple[str, str]] = ()
    sections: Sequence[Section] = ()
    notes: Sequence[str] = field(default=())


def html(report: Report) -> str:
    """Return the report as one HTML document; texts are escaped, figures are SVG."""
    return _ENVIRONMENT.get_template("report.html").render(report=report)


def number(value: Any) -> str:
    """Return a value as a reader wants it: three significant digits, thousands apart, nothing for none."""
    if value is None or value is pd.NA or value != value or value in (float("inf"), float("-inf")):
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:#.3g}".rstrip(".")


def _headers(table: Table) -> list[tuple[str, bool]]:
    """Return the names of the columns, each with whether it holds numbers."""
    rows = table.rows
    return [(str(name), pd.api.types.is_numeric_dtype(rows[name])) for name in rows.columns]


def _rows(table: Table) -> list[list[tuple[str, bool]]]:
    """Return the cells of the rows that are shown, each with whether it holds a number."""
    numeric = [right for _, right in _headers(table)]
    shown = table.rows.head(SHOWN).astype(object).to_numpy().tolist()
    return [[(number(cell), right) for cell, right in zip(row, numeric, strict=True)] for row in shown]


_ENVIRONMENT = Environment(
    loader=PackageLoader("dashboard.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "svg": svg,
    "rows": _rows,
    "headers": _headers,
    "words": lambda name: str(name).replace("_", " "),
}
_ENVIRONMENT.globals["shown"] = SHOWN
