"""Pages at size: 1,000 items and a million answers; the table is in docs/studies/dashboard_speed.md.

Times depend on the machine, so they are printed and committed, not tested; what is tested is that pages open
without an error at that size, and that the server stays below the memory it is promised.
"""

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


def measured(browser: Browser, workspace: Path) -> Iterator[tuple[str, float, float]]:
    """Yield what was opened, seconds the first time after the server's start, and seconds the next time."""
    with serve(workspace) as (base, log):
        visit(browser, f"{base}/item").close()  # what a server imports once is not the first page's
        for name, title in PAGES.items():
            address = base + ("/" if name == FIRST else f"/{name}")
            yield title, _seconds(browser, address), _seconds(browser, address)
        page = visit(browser, f"{base}/items")
        yield "Items: filter by text", _filter(page, "item-01"), _filter(page, "item-02")
        page.close()
        yield "memory of the server (MB, at its highest)", _peak(log), _peak(log)
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


def _peak(log: Path) -> float:
    """Return the most memory (MB) that the server of this log has taken."""
    for status in Path("/proc").glob("[0-9]*/status"):
        command = status.with_name("cmdline")
        try:
            if str(log.parent).encode() in command.read_bytes() and b"dashboard" in command.read_bytes():
                peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
                return int(peak.split()[1]) / 1024
        except (OSError, StopIteration):
            continue
    return float("nan")


@pytest.mark.slow
@pytest.mark.browser
def test_pages_open_at_size_within_the_memory_that_is_promised(browser, tmp_path):
    with open_database(tmp_path, create=True) as database:
        large.fill(database)
        large.analyse(database)
    told = {name: first for name, first, _ in measured(browser, tmp_path)}
    assert set(PAGES.values()) < set(told)
    assert told["memory of the server (MB, at its highest)"] < MEMORY


if __name__ == "__main__":
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        for name, first, again in measured(chromium, Path(sys.argv[1])):
            digits = 0 if "memory" in name else 2
            print(f"| {name} | {first:.{digits}f} | {again:.{digits}f} |", flush=True)
        chromium.close()
