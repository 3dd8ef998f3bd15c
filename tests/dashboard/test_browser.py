"""Every page in a real browser: no error on the page or in the log, wide and narrow, light and dark."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import Page

from dashboard.navigation import FIRST, GROUPS

pytestmark = pytest.mark.browser
PAGES = [name for listed in GROUPS.values() for name, *_ in listed]
WIDTHS = (1440, 768)


@pytest.fixture(scope="module")
def served(rehearsed, tmp_path_factory):
    """Serve a copy of the rehearsed workspace; yield its address and the file of the server's log."""
    folder = tmp_path_factory.mktemp("served") / "workspace"
    shutil.copytree(rehearsed, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "dashboard.log"
    command = [sys.executable, "-m", "dashboard.cli", "dashboard", "--workspace", folder, "--port", port]
    with log.open("w") as file:
        server = subprocess.Popen([str(part) for part in command], stdout=file, stderr=subprocess.STDOUT)
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}", log
    finally:
        server.terminate()
        server.wait(20)


def _wait(address):
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"{address} does not answer")


def _visit(browser, address, *, width=1440, scheme="light") -> Page:
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=scheme)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(address)
    page.locator("h1").first.wait_for(timeout=60_000)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=60_000)
    return page


def _address(base, name):
    return base + ("/" if name == FIRST else f"/{name}")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_without_an_error(name, width, served, browser):
    base, log = served
    page = _visit(browser, _address(base, name), width=width)
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.errors == []
    assert "Traceback" not in log.read_text()
    overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(overflow) <= 0, "the page scrolls sideways"
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_carry_alternative_text_and_follow_the_readers_theme(scheme, served, browser):
    base, _ = served
    page = _visit(browser, f"{base}/item?item=dl-opt-step&side=Along+ability", scheme=scheme)
    chart = page.locator("[data-testid=stVegaLiteChart]").first
    chart.wait_for()
    assert "ability" in chart.locator("[aria-label]").first.get_attribute("aria-label")
    background = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    light = sum(int(part) for part in background[4:-1].split(",")[:3]) > 380
    assert light == (scheme == "light")
    page.close()


def test_a_row_of_the_item_table_opens_the_item(served, browser):
    base, _ = served
    page = _visit(
        browser, f"{base}/items?text=dl-opt-step" if FIRST != "items" else f"{base}/?text=dl-opt-step"
    )
    grid = page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    grid.wait_for()
    grid.click(position={"x": 16, "y": 52})
    page.locator("h1", has_text="One item").wait_for(timeout=30_000)
    assert "item=dl-opt-step" in page.url
    page.close()
