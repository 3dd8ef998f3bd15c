"""The docs say what is: their commands and code run, their options exist, their links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from typer.main import get_command

from dashboard.cli import app, main
from engine.estimation.base import estimators
from engine.models import models

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "which_model_and_estimator.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the guide names: a log of options, its key, old parameters."""
    place = tmp_path_factory.mktemp("guide")
    rng = np.random.default_rng(1)
    b = np.linspace(-1.5, 1.5, 12)
    right = rng.random((800, 12)) < expit(1.2 * (rng.normal(size=(800, 1)) - b))
    names = [f"q{j}" for j in range(12)]
    pd.DataFrame(np.where(right, "A", "B"), columns=names).to_csv(place / "log.csv", index=False)
    pd.DataFrame({"item": names, "key": "A"}).to_csv(place / "key.csv", index=False)
    old = pd.DataFrame({"item": names[:8], "model": "2pl", "a": 1.2, "b": b[:8]})
    old.to_csv(place / "old_params.csv", index=False)
    return place


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def options(command: click.Command) -> Iterator[str]:
    """Yield the options of a command and of all beneath it."""
    for parameter in command.params:
        yield from (name for name in parameter.opts if name.startswith("--"))
    for below in getattr(command, "commands", {}).values():
        yield from options(below)


def test_the_guides_commands_run(folder: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(folder)
    commands = re.findall(r"^    itemwise (.+)$", text(GUIDE), re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        with pytest.raises(SystemExit) as ended:
            main(command.split())
        assert ended.value.code == 0, capsys.readouterr().err
    assert len(pd.read_csv("scores.csv")) == 800
    assert pd.read_csv("new_params.csv")["se_b"].isna().sum() == 8


@pytest.mark.parametrize("page", [GUIDE, ROOT / "README.md"], ids=lambda page: page.name)
def test_the_python_runs(folder: Path, monkeypatch, capsys, page: Path) -> None:
    monkeypatch.chdir(folder)
    blocks = re.findall(r"```python\n(.*?)```", text(page), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, page.name, "exec"), {})
    assert "converged after" in capsys.readouterr().out


def test_the_guide_names_every_model_and_method() -> None:
    for name in (*models, *estimators):
        assert f"`{name}`" in text(GUIDE), name


def test_options_that_the_docs_name_exist() -> None:
    known = {*options(get_command(app)), "--help"}
    for page in (GUIDE, ROOT / "README.md"):
        named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text(page)))
        assert named <= known, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(text(page)):
        assert (page.parent / target).exists(), target
