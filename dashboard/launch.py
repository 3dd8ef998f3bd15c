"""Start Streamlit on the dashboard's entry page with the house's look, for this machine only."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

DATABASE = "ITEMWISE_DATABASE"
"""Environment variable that tells the pages which database to read."""

ENTRY = Path(__file__).with_name("app.py")

ACCENT = {"light": "#1d4f91", "dark": "#7fb0ee"}

SETTINGS: Mapping[str, str] = {
    "server.headless": "true",
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "500",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "theme.light.primaryColor": ACCENT["light"],
    "theme.dark.primaryColor": ACCENT["dark"],
    "theme.light.backgroundColor": "#fcfcfb",
    "theme.light.secondaryBackgroundColor": "#f1f3f6",
    "theme.light.textColor": "#1b2430",
    "theme.baseRadius": "small",
}


def run(database: str, port: int, *, host: str = "127.0.0.1") -> NoReturn:
    """Become the dashboard's server; does not return."""
    from streamlit.web.cli import main

    os.environ[DATABASE] = database
    settings = {**SETTINGS, "server.address": host, "server.port": str(port)}
    main.main(["run", str(ENTRY), *(f"--{name}={value}" for name, value in settings.items())])
    raise SystemExit
