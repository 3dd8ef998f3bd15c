"""What the dashboard's tests share: a workspace with simulated sessions."""

import shutil
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

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


@pytest.fixture
def open_page():
    """Return what runs one page as the dashboard would, nothing remembered from before."""

    def script(name):
        from dashboard.navigation import GROUPS

        next(show for listed in GROUPS.values() for one, _, _, show in listed if one == name)()

    def opened(name, *, state=(), **query):
        st.cache_resource.clear()
        page = AppTest.from_function(script, kwargs={"name": name}, default_timeout=60)
        for key, value in query.items():
            page.query_params[key] = value
        for key, value in dict(state).items():
            page.session_state[key] = value
        return page.run()

    return opened
