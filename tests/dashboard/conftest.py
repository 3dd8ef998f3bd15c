"""What the dashboard's tests share: a workspace with simulated sessions."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dashboard import demo, loading
from dashboard.launch import DATABASE
from items.storage.database import connect, workspace_url


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory) -> Path:
    """Return a workspace of the demonstration with 300 simulated sessions; not to be changed."""
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    assert demo.prepare(folder, candidates=300, progress=lambda *told: None)
    return folder


@pytest.fixture
def workspace(rehearsed, tmp_path, monkeypatch) -> Path:
    """Return a copy of that workspace, which this process's pages read."""
    folder = Path(shutil.copytree(rehearsed, tmp_path / "workspace"))
    monkeypatch.setenv(DATABASE, workspace_url(folder))
    return folder


@pytest.fixture
def database(workspace) -> Iterator[Engine]:
    """Return the database of that workspace; pages remember nothing of others."""
    loading.forget()
    opened = connect(workspace_url(workspace))
    yield opened
    opened.dispose()
