"""Pages at size: 1,000 items and a million answers; the table is in docs/studies/dashboard_speed.md.

Times depend on the machine, so they are printed and committed, not tested; what is tested is that pages open
without an error at that size, and that the server stays below the memory it is promised.
"""

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.navigation import FIRST, GROUPS
from items.storage.database import open_database
from tests.conftest import ARGUMENTS, NAMES
from tests.dashboard import large
from tests.dashboard.browsing import AT_REST, serve, visit

PAGES = {name: title for listed in GROUPS.values() for name, title, *_ in listed}
MEMORY = 1024
"""Megabytes that the server may take."""
MEMORY_ROW = "memory of the server at its highest (MB)"


def measured(browser: Browser, workspace: Path) -> Iterator[tuple[str, float, float, float]]:
    """Yield what was opened; seconds the first time, the next time, and of the processor that time."""
    with serve(workspace) as (base, log):
        visit(browser, f"{base}/item").close()  # what a server imports once is not the first page's
        server = _server(log)
        for name, title in PAGES.items():
            address = base + ("/" if name == FIRST else f"/{name}")
            first = _seconds(browser, address)
            before = _processor(server)
            yield title, first, _seconds(browser, address), _processor(server) - before
        page = visit(browser, f"{base}/items")
        first = _filter(page, "item-01")
        before = _processor(server)
        yield "Items: filter by text", first, _filter(page, "item-02"), _processor(server) - before
        page.close()
        yield MEMORY_ROW, _peak(server), _peak(server), 0.0
        assert "Traceback" not in log.read_text()


def _seconds(browser: Browser, address: str) -> float:
    """Return how long a page takes until all of it is drawn."""
    began = time.perf_counter()
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(address)
    page.locator("h1").first.wait_for(timeout=120_000)
    page.locator(AT_REST).wait_for(timeout=120_000)
    taken = time.perf_counter() - began
    assert page.locator("[data-testid=stException]").count() == 0
    page.close()
    return taken


def _filter(page: Page, text: str) -> float:
    """Return how long the table takes to follow a filter."""
    field = page.get_by_label("Item or title contains")
    field.fill(text)
    began = time.perf_counter()
    field.press("Enter")
    page.get_by_text("100 of 1000 items").wait_for(timeout=60_000)
    page.locator(AT_REST).wait_for(timeout=60_000)
    taken = time.perf_counter() - began
    field.fill("")
    field.press("Enter")
    page.get_by_text("1000 of 1000 items").wait_for(timeout=60_000)
    return taken


def _server(log: Path) -> Path:
    """Return the folder under /proc of the server that writes this log."""
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = command.read_bytes().split(b"\0")
            if str(log.parent).encode() in words and b"dashboard" in words:
                return command.parent
    raise LookupError("the server has ended")


def _processor(server: Path) -> float:
    """Return the seconds of processor that a server has taken so far."""
    told = (server / "stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _peak(server: Path) -> float:
    """Return the most memory (MB) that a server has taken."""
    lines = (server / "status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


@pytest.mark.slow
@pytest.mark.browser
def test_pages_open_at_size_within_the_memory_that_is_promised(browser, tmp_path):
    with open_database(tmp_path, create=True) as database:
        large.fill(database)
        large.analyse(database)
    told = {name: first for name, first, *_ in measured(browser, tmp_path)}
    assert set(PAGES.values()) < set(told)
    assert told[MEMORY_ROW] < MEMORY


if __name__ == "__main__":
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        for name, first, again, processor in measured(chromium, Path(sys.argv[1])):
            digits = 0 if name == MEMORY_ROW else 1
            print(f"| {name} | {first:.{digits}f} | {again:.{digits}f} | {processor:.2f} |", flush=True)
        chromium.close()
