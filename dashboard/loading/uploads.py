"""Logs that people upload, kept in a folder while the server runs."""

import atexit
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import streamlit as st

from calibration import ResponseMatrix
from dashboard.answers import answers_of
from dashboard.loading.memory import database


@st.cache_resource(show_spinner=False)
def upload_folder() -> Path:
    """Return the folder in which uploads are kept while the server runs."""
    folder = Path(mkdtemp(prefix="itemwise-uploads-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


@st.cache_resource(show_spinner=False, max_entries=4)
def uploaded(log: str, key: str | None, use_score: bool, omit: str) -> ResponseMatrix:
    """Read an uploaded log; raises BadInput where it cannot be used."""
    return answers_of(database(), {"log": log, "key": key, "use_score": use_score, "omit": omit})
