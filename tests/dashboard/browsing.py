"""The dashboard served to a browser, and the browser's way around Streamlit's pages."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

PATIENCE = 60_000
"""Milliseconds that a page may take on a busy machine."""
STILL = 300
"""Milliseconds without any change after which a page is at rest."""
AT_REST = """({ call, still }) => {
    const app = document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]");
    const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")];
    const stands = app && charts.every(chart => chart.querySelector("svg, canvas"));
    const seen = stands ? app.querySelector("[data-testid=stMain]").scrollHeight : 0;
    const before = window.atRest ?? {};
    const now = performance.now();
    if (seen !== before.seen || call !== before.call) window.atRest = { call, seen, since: now };
    return seen > 0 && now - window.atRest.since >= still;
}"""
"""Whether for a while nothing was computed for the page and nothing pushed down what is below."""


@contextmanager
def serve(folder: Path, *, database: str = "") -> Iterator[tuple[str, Path]]:
    """Serve the dashboard of a workspace, or of a database with its log in that folder; yield its address
    and the file of the server's log.
    """
    log = folder / "dashboard.log"
    source = ("--database", database) if database else ("--workspace", str(folder))
    with run(["dashboard.cli", "dashboard", *source, "--port"], log) as (address, _):
        yield address, log


@contextmanager
def run(module: Sequence[str], log: Path) -> Iterator[tuple[str, int]]:
    """Run a module of Python that serves at the port it is told last; yield its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("w") as file:
        command = [sys.executable, "-m", *module, str(port)]
        server = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(20)


def visit(browser: Browser, address: str, *, width: int = 1440, scheme: str = "light") -> Page:
    """Open a page and wait until it is drawn; what goes wrong on it is gathered in its `errors`."""
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    page.set_default_timeout(PATIENCE)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    page.locator("h1").first.wait_for()
    rest(page)
    return page


def rest(page: Page) -> None:
    """Wait until the page is at rest: what is to be clicked stays where it is."""
    page.wait_for_function(AT_REST, arg={"call": time.monotonic(), "still": STILL})


def fill(page: Page, label: str, text: str) -> None:
    """Write into a field as a person does, and leave it."""
    field = page.get_by_label(label, exact=True).first
    field.fill(text)
    field.press("Tab")
    rest(page)


def press(page: Page, label: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=label, exact=True).first.click()
    rest(page)


def pick(page: Page, row: int) -> None:
    """Select a row (0, 1, …) of the first table that offers it."""
    grid = page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    grid.wait_for()
    grid.click(position={"x": 16, "y": 52 + 35 * row})
    rest(page)


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"{address} does not answer")
