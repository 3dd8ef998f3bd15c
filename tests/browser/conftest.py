"""A real browser, and the candidate's pages served to it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page
from sqlalchemy import Engine

from engine.delivery.app import create_app
from engine.delivery.security import new_token
from engine.delivery.service import SessionService
from engine.delivery.site import Site
from items.storage.database import connect, migrate, workspace_url
from tests.delivery.published import Clock
from tests.waiting import PATIENCE


class Served:
    """The pages of a database at an address, with the service behind them."""

    def __init__(self, root: str, service: SessionService) -> None:
        self.root, self.service = root, service


@contextmanager
def serve(database: Engine) -> Iterator[Served]:
    """Serve the pages of a database from a thread of this process."""
    service = SessionService(database, Clock())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        application = create_app(Site(service, b"s" * 32, new_token))
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", access_log=False, ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server ended before it served"
            time.sleep(0.01)
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", service)
        server.should_exit = True
        thread.join()


def serve_published(folder: Path, publish: Callable[[Engine], object]) -> Iterator[Served]:
    """Serve a fresh database in which something was published."""
    database = connect(workspace_url(folder))
    migrate(database)
    publish(database)
    with serve(database) as served:
        yield served
    database.dispose()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about; a test that ends with any of it fails."""
    return []


def _told(message: ConsoleMessage) -> list[str]:
    """Return what a message on the console complains of; a friendly page of status 4xx is no complaint."""
    of_page = not any(part in message.location["url"] for part in ("/static/", "/media/"))
    return [] if of_page and "responded with a status of 4" in message.text else [message.text]


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Return what opens a page in a context of its own; nothing may be written to the console."""
    contexts = []

    def open_one(
        *, width: int = 1280, height: int = 900, scheme: str = "light", scripts: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        context.set_default_timeout(1000 * PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.extend(_told(message)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
