"""The dashboard served to a browser, and the browser's way around Streamlit's pages."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.waiting import PATIENCE, free_port, until_it_answers

LISTEN = """
window.unanswered = true;
window.asked = 0;
window.WebSocket = class extends WebSocket {
    constructor(...told) {
        super(...told);
        this.addEventListener("message", () => { window.unanswered = false; });
    }
    send(...told) {
        window.unanswered = true;
        window.asked += 1;
        super.send(...told);
    }
};
"""
"""Makes a page remember whether the server still owes it an answer: until the first sign of that, Streamlit
calls its script at rest, however long ago somebody clicked.
"""
STILL = 300
"""Milliseconds without any change after which a page is at rest."""
AT_REST = """({ call, still }) => {
    const app = document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]");
    const all = id => [...document.querySelectorAll(`[data-testid=${id}]`)];
    const shown = id => all(id).filter(one => one.checkVisibility());
    const stands = app && !window.unanswered && shown("stSkeleton").length === 0
        && shown("stVegaLiteChart").every(chart => chart.querySelector("svg, canvas"));
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
    with free_port() as port, run_at(port, [*module, str(port)], log) as served:
        yield served


@contextmanager
def run_at(
    port: int, module: Sequence[str], log: Path, *, folder: Path | None = None
) -> Iterator[tuple[str, int]]:
    """Run a module of Python, perhaps in a folder, that serves at a port; yield its address and process."""
    with log.open("w") as file:
        command = [sys.executable, "-m", *module]
        server = subprocess.Popen(command, cwd=folder, stdout=file, stderr=subprocess.STDOUT)
    try:
        until_it_answers(f"http://127.0.0.1:{port}/_stcore/health", server)
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(PATIENCE)


def blank(browser: Browser, *, width: int = 1440, scheme: str = "light") -> Page:
    """Return a page that has yet to go somewhere, with what `rest` needs."""
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    page.set_default_timeout(1000 * PATIENCE)
    page.add_init_script(LISTEN)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    return page


def visit(browser: Browser, address: str, *, width: int = 1440, scheme: str = "light") -> Page:
    """Open a page and wait until it is drawn; what goes wrong on it is gathered in its `errors`."""
    page = blank(browser, width=width, scheme=scheme)
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


def click(page: Page, target: Locator) -> None:
    """Click, and wait until the page is at rest again."""
    target.click()
    rest(page)


def press(page: Page, label: str) -> None:
    """Press a button."""
    click(page, page.get_by_role("button", name=label, exact=True).first)


def turn_to(page: Page, tab: str) -> None:
    """Open a tab."""
    click(page, page.get_by_role("tab", name=tab))


def refreshed(page: Page, times: int) -> None:
    """Wait until a page that refreshes itself has done so."""
    asked = page.evaluate("window.asked")
    page.wait_for_function("after => window.asked > after && !window.unanswered", arg=asked + times - 1)


def fine(page: Page, log: Path) -> None:
    """See that nothing went wrong on the page or in the log of its server."""
    rest(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    assert page.errors == []
    assert "Traceback" not in log.read_text()


def pick(page: Page, row: int) -> None:
    """Select a row (0, 1, …) of the first table that offers it."""
    grid = page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    grid.wait_for()
    grid.click(position={"x": 16, "y": 52 + 35 * row})
    rest(page)
