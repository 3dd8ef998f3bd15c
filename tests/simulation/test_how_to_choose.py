"""The tables of docs/how_to_choose.md are what the commands above them give."""

import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from dashboard.cli import main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how_to_choose.md"
COMMAND = re.compile(r"^    itemwise (simulate .*)\n\n(?:(?:\|.*\n)+\n)?", re.MULTILINE)
COLUMNS = {
    "mean_length": "questions",
    "rmse": "error",
    "coverage_95": "bands",
    "max_exposure": "exposure",
    "mean_overlap": "overlap",
    "unused_items": "unused",
}


def commands() -> list[str]:
    return [found[1] for found in COMMAND.finditer(PAGE.read_text(encoding="utf-8"))]


def rows(command: str) -> pd.DataFrame:
    """Run a command of the page and return what its table shows."""
    with tempfile.TemporaryDirectory() as folder:
        told = [str(ROOT / word) if word.startswith("items/") else word for word in shlex.split(command)]
        with pytest.raises(SystemExit) as ended:
            main([*told, "--out", f"{folder}/study", "--json"])
        assert ended.value.code == 0
        found = pd.read_csv(f"{folder}/study/comparison.csv")
    return found[["design", *COLUMNS]].rename(columns=COLUMNS)


def markdown(table: pd.DataFrame) -> str:
    head = f"| {' | '.join(table.columns)} |\n|{' --- |' + ' ---: |' * len(COLUMNS)}\n"
    return head + "".join(f"| {' | '.join(cells)} |\n" for cells in _cells(table))


def _cells(table: pd.DataFrame) -> Iterator[list[str]]:
    for name, *values in table.itertuples(index=False):
        digits = [1, 3, 3, 3, 3, 0]
        yield [str(name), *(f"{value:.{n}f}" for value, n in zip(values, digits, strict=True))]


def test_every_command_of_the_page_has_its_table() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(commands()) == 6
    assert all("|" in found[0] for found in COMMAND.finditer(text))


@pytest.mark.slow
@pytest.mark.parametrize("command", commands())
def test_a_table_is_what_its_command_gives(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = next(found[0] for found in COMMAND.finditer(PAGE.read_text("utf-8")) if found[1] == command)
    lines = [line for line in told.splitlines() if line.startswith("|")][2:]
    for line, cells in zip(lines, _cells(rows(command)), strict=True):
        committed = [cell.strip() for cell in line.strip("|").split("|")]
        assert committed[0] == cells[0]
        assert [float(cell) for cell in committed[1:]] == pytest.approx(
            [float(cell) for cell in cells[1:]], abs=0.005
        )


if __name__ == "__main__":
    PAGE.write_text(
        COMMAND.sub(
            lambda found: f"    itemwise {found[1]}\n\n{markdown(rows(found[1]))}\n", PAGE.read_text("utf-8")
        ),
        encoding="utf-8",
    )
