"""Start Streamlit on the dashboard's entry page with the house's look, for this machine only."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from dashboard.tether import refuse_busy
from items.errors import BadInput
from items.storage.database import open_database, workspace_url

DATABASE = "ITEMWISE_DATABASE"
"""Environment variable that tells the pages which database to read."""

ENTRY = Path(__file__).with_name("app.py")

ACCENT = {"light": "#1d4f91", "dark": "#7fb0ee"}

SETTINGS: Mapping[str, str] = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "500",
    "browser.gatherUsageStats": "false",
    "logger.hideWelcomeMessage": "true",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.light.primaryColor": ACCENT["light"],
    "theme.dark.primaryColor": ACCENT["dark"],
    "theme.light.backgroundColor": "#fcfcfb",
    "theme.light.secondaryBackgroundColor": "#f1f3f6",
    "theme.light.textColor": "#1b2430",
    "theme.font": "Inter, system-ui, sans-serif",
    "theme.headingFontSizes": '["1.9rem", "1.5rem", "1.2rem"]',
    "theme.metricValueFontSize": "1.5rem",
    "theme.baseRadius": "small",
}


def run(workspace: Path, database: str | None, *, port: int, host: str = "127.0.0.1") -> NoReturn:
    """Become the dashboard's server; does not return.

    Raises
    ------
    BadInput
        If the workspace or the database cannot be used, or the port is taken.
    """
    with open_database(workspace, database):
        refuse_busy(port, "--port", host=host)
    from streamlit.web.cli import main

    from dashboard.access import LOOPBACK, signs_in

    if host not in LOOPBACK and not signs_in():
        raise BadInput(
            f"{host} can be reached by others, and nobody has to sign in",
            where="--host",
            right="leave it out, or set up [auth] in .streamlit/secrets.toml",
        )

    os.environ[DATABASE] = database or workspace_url(workspace.absolute())
    settings = {**SETTINGS, "server.address": host, "server.port": str(port)}
    main.main(["run", str(ENTRY), *(f"--{name}={value}" for name, value in settings.items())])
    raise SystemExit
