"""What the dashboard's tests share: a workspace with simulated sessions."""

import shutil
from pathlib import Path

import pytest

from dashboard import demo
from dashboard.launch import DATABASE
from items.storage.database import workspace_url


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
