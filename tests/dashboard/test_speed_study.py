"""Pages at size: 1,000 items and a million answers; the table is in docs/studies/dashboard_speed.md.

Times depend on the machine, so they are printed and committed, not tested; what is tested is that pages open
without an error at that size, and that the server stays below the memory it is promised.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from dashboard.launch import SETTINGS
from dashboard.navigation import FIRST, GROUPS
from items.storage.database import open_database
from tests.conftest import ARGUMENTS, NAMES
from tests.dashboard import large
from tests.dashboard.browsing import run
from tests.dashboard.clock import opened, waited, watched

PAGES = {name: title for listed in GROUPS.values() for name, title, *_ in listed}
ELSEWHERE = {name: "Verdict" if name == "item" else "One item" for name in PAGES}
"""The page from which each one is opened by the menu."""
MEMORY = 1024
"""Megabytes that the server may take."""
MEMORY_ROW = "memory of the server at its highest (MB)"
ROUNDS = 3
"""Starts of the servers; the table holds the middle times."""
FLOOR: Mapping[str, str] = {
    "an empty page of Streamlit": "st.title('Nothing')",
    "… with a chart and a table": "st.title('Little'); st.line_chart([1, 2]); st.dataframe({'x': [1, 2]})",
}
"""Pages that show what Streamlit takes by itself on the machine."""

Times = tuple[float, ...]
"""Seconds of the first opening, the next, one by the menu; of the server's processor for the next."""


def measured(browser: Browser, workspace: Path) -> Iterator[tuple[str, Times]]:
    """Yield what was opened, and its times, from one start of the dashboard."""
    log = workspace / "dashboard.log"
    command = ["dashboard.cli", "dashboard", "--workspace", str(workspace), "--port"]
    with run(command, log) as (base, server):
        walker, _ = opened(watched(browser), f"{base}/item")  # what a server imports is not the first page's
        for name, title in PAGES.items():
            first, again, processor = _twice(browser, base + ("/" if name == FIRST else f"/{name}"), server)
            _follow(walker, ELSEWHERE[name])
            yield title, (first, again, _follow(walker, title), processor)
        _follow(walker, "Items")
        before = _processor(server)
        first, again = _filter(walker, "item-01"), _filter(walker, "item-02")
        yield "Items: filter by text", (first, again, again, (_processor(server) - before) / 4)
        yield MEMORY_ROW, (_peak(server),) * 3
        assert "Traceback" not in log.read_text()


def floor(browser: Browser) -> Iterator[tuple[str, Times]]:
    """Yield the pages of `FLOOR` and their times."""
    settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
    for title, code in FLOOR.items():
        with TemporaryDirectory() as folder:
            script = Path(folder, "page.py")
            script.write_text(f"import streamlit as st\n{code}\n")
            command = ["streamlit", "run", str(script), *settings, "--server.port"]
            with run(command, Path(folder, "log")) as (base, server):
                opened(watched(browser), base)[0].close()
                first, again, processor = _twice(browser, base, server)
                yield title, (first, again, float("nan"), processor)


def _twice(browser: Browser, address: str, server: int) -> tuple[float, float, float]:
    """Return seconds to open a page in a browser that was never there, and anew; and this one's processor."""
    context = watched(browser)
    first = _once(context, address)
    before = _processor(server)
    again = _once(context, address)
    context.close()
    return first, again, _processor(server) - before


def _once(context: BrowserContext, address: str) -> float:
    page, taken = opened(context, address)
    page.close()
    return taken


def _follow(page: Page, title: str) -> float:
    """Return how long a page takes that is opened by the menu."""
    link = page.get_by_test_id("stSidebarNavLink").filter(has_text=re.compile(f"{title}$"))
    link.evaluate("link => link.click()")
    return waited(page)


def _filter(page: Page, text: str) -> float:
    """Return how long the table takes to follow a filter; then take the filter away."""
    field = page.get_by_label("Item or title contains")
    field.fill(text)
    field.press("Enter")
    taken = waited(page)
    assert page.get_by_text("100 of 1000 items").is_visible()
    field.fill("")
    field.press("Enter")
    waited(page)
    return taken


def _processor(server: int) -> float:
    """Return the seconds of processor that a server has taken so far."""
    told = Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _peak(server: int) -> float:
    """Return the most memory (MB) that a server has taken."""
    lines = Path(f"/proc/{server}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _row(name: str, rounds: list[Times]) -> str:
    """Return a line of the table: the middle of each time over the rounds."""
    digits = (0, 0, 0, 0) if name == MEMORY_ROW else (1, 1, 1, 2)
    middle = (median(times) for times in zip(*rounds, strict=True))
    return " | ".join([f"| {name}", *(f"{time:.{n}f}" for time, n in zip(middle, digits, strict=False))])


@pytest.mark.slow
@pytest.mark.browser
def test_pages_open_at_size_within_the_memory_that_is_promised(browser, tmp_path):
    with open_database(tmp_path, create=True) as database:
        large.fill(database)
        large.analyse(database)
    told = dict(measured(browser, tmp_path))
    assert set(PAGES.values()) < set(told)
    assert told[MEMORY_ROW][0] < MEMORY


if __name__ == "__main__":
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    told: dict[str, list[Times]] = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        for _ in range(ROUNDS):
            for name, times in [*floor(chromium), *measured(chromium, Path(sys.argv[1]))]:
                told.setdefault(name, []).append(times)
        chromium.close()
    for name, rounds in told.items():
        print(f"{_row(name, rounds)} |".replace("nan", ""))
