"""Start Streamlit on the dashboard's entry page with the house's look, for this machine only."""

import os
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from dashboard.tether import refuse_busy
from items.errors import BadInput
from items.storage.database import open_database, workspace_url

DATABASE = "ITEMWISE_DATABASE"
"""Environment variable that tells the pages which database to read."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")
SECRETS = ".streamlit/secrets.toml"
PROVIDER = ("client_id", "client_secret", "server_metadata_url")
"""What a provider's table needs."""

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


def refuse_open(host: str, secrets: Mapping[str, Any]) -> None:
    """Raise BadInput where others could reach the dashboard without signing in, or nobody could sign in."""
    auth = secrets.get("auth")
    if auth is None:
        if host not in LOOPBACK:
            raise BadInput(
                f"{host} can be reached by others, and nobody has to sign in",
                where="--host",
                right=f"leave it out, or set up [auth] in {SECRETS}",
            )
        return
    if why := unready(auth):
        raise BadInput(why, where=SECRETS, right="see docs/dashboard.md, “Sign-in”")
    if find_spec("authlib") is None:
        raise BadInput("[auth] needs Authlib", where=SECRETS, right="install itemwise[auth]")


def read_secrets() -> dict[str, Any]:
    """Return the secrets as Streamlit finds them: of the home folder, then of the working folder.

    Raises
    ------
    BadInput
        If a file is not TOML.
    """
    found: dict[str, Any] = {}
    for file in (Path.home() / SECRETS, Path.cwd() / SECRETS):
        if file.is_file():
            try:
                found |= tomllib.loads(file.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise BadInput(f"is not TOML ({error})", where=str(file), right="a table [auth]") from None
    return found


def unready(auth: object) -> str:
    """Return what keeps people from signing in with a table [auth], "" if nothing does."""
    if not isinstance(auth, Mapping):
        return f"auth is {auth!r}, not a table"
    missing = [name for name in ("redirect_uri", "cookie_secret") if not auth.get(name)]
    tables = [value for value in auth.values() if isinstance(value, Mapping)] or [auth]
    missing += [name for name in PROVIDER if not all(table.get(name) for table in tables)]
    if missing:
        return f"[auth] lacks {', '.join(missing)}"
    if not str(auth["redirect_uri"]).endswith("/oauth2callback"):
        return f"redirect_uri is {auth['redirect_uri']}; it has to end in /oauth2callback"
    return ""


def run(workspace: Path, database: str | None, *, port: int, host: str = "127.0.0.1") -> NoReturn:
    """Become the dashboard's server; does not return.

    Raises
    ------
    BadInput
        If the workspace or the database cannot be used, the port is taken, or others could look in.
    """
    refuse_open(host, read_secrets())
    with open_database(workspace, database):
        refuse_busy(port, "--port", host=host)
    from streamlit.web.cli import main

    os.environ[DATABASE] = database or workspace_url(workspace.absolute())
    from dashboard import ahead

    ahead.start()
    settings = {**SETTINGS, "server.address": host, "server.port": str(port)}
    main.main(["run", str(ENTRY), *(f"--{name}={value}" for name, value in settings.items())])
    raise SystemExit
