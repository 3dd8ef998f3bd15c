"""`itemwise serve`: the candidate's pages over one database, by one process or several."""

import os
import socket
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from engine.delivery.app import create_app
from engine.delivery.security import new_token, workspace_secret
from engine.delivery.service import SessionService
from engine.delivery.site import Site
from items.errors import BadInput
from items.storage.database import connect, open_database, workspace_url

WORKSPACE = "ITEMWISE_WORKSPACE"
DATABASE = "ITEMWISE_DATABASE"
"""Environment variables that tell each process what to serve."""

SECRET = "secret"
"""The file in a workspace that holds what seals the forms."""

PATIENCE = 5
"""Seconds that open requests may take when the server ends."""


def serve(workspace: Path, database: str | None, *, port: int, workers: int, host: str = "127.0.0.1") -> None:
    """Serve the pages until stopped.

    Raises
    ------
    BadInput
        If the workspace or the database cannot be used, or the port is taken.
    """
    with open_database(workspace, database):
        workspace.mkdir(parents=True, exist_ok=True)
    _refuse_busy(host, port)
    os.environ[WORKSPACE] = str(workspace)
    os.environ[DATABASE] = database or workspace_url(workspace)
    uvicorn.run(
        "engine.delivery.server:application",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        access_log=False,  # addresses hold tokens
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=PATIENCE,
    )


def application() -> ASGIApp:
    """Return the pages of the workspace and the database that the environment names."""
    secret = workspace_secret(Path(os.environ[WORKSPACE]) / SECRET)
    service = SessionService(connect(os.environ[DATABASE]), clock=partial(datetime.now, UTC))
    return create_app(Site(service, secret, new_token))


def _refuse_busy(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise BadInput(
            f"port {port} cannot be used ({error.strerror})",
            where="--port",
            right="choose another, such as 8010",
        ) from None
