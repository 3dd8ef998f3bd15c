"""Tables of studies as the docs show them: written by a study, read back by its test."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

PAGES = Path(__file__).parents[2] / "docs" / "studies"

Row = tuple[str | float, ...]


def committed(page: str, heading: str) -> list[list[str]]:
    """Return the cells of the rows of the first table under a heading of a page, its head left out."""
    text = (PAGES / page).read_text(encoding="utf-8").split(f"## {heading}\n")[1]
    lines = [line for line in text.split("\n## ")[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def numbers(page: str, heading: str, column: int) -> np.ndarray:
    """Return a column of a committed table, NaN where a cell is empty."""
    cells = [row[column] for row in committed(page, heading)]
    return np.array([float(cell.replace("−", "-").replace(",", "")) if cell else np.nan for cell in cells])


def assert_as_committed(page: str, heading: str, rows: Sequence[Row], *, within: float) -> None:
    """Compare the rows of a study with the committed ones, cell by cell."""
    told = committed(page, heading)
    assert len(told) == len(rows)
    for cells, row in zip(told, rows, strict=True):
        for cell, value in zip(cells, row, strict=True):
            if isinstance(value, str):
                assert cell == value
            elif np.isnan(value):
                assert cell == ""
            else:
                expected = float(cell.replace("−", "-").replace(",", ""))
                assert value == pytest.approx(expected, abs=within * max(1.0, abs(expected))), row


def print_table(heading: str, head: Sequence[str], rows: Sequence[Row]) -> None:
    """Print a table as Markdown; numbers stand on the right."""
    right = [not isinstance(value, str) for value in rows[0]]
    print(f"\n## {heading}\n\n| {' | '.join(head)} |")
    print(f"|{'|'.join(' ---: ' if number else ' --- ' for number in right)}|")
    for row in rows:
        print(f"| {' | '.join(_cell(value) for value in row)} |")


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return "" if np.isnan(value) else f"{value:.3f}".replace("-", "−")
