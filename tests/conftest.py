"""Fixtures that every room shares."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, expect, sync_playwright

from tests.waiting import PATIENCE

# No deadline: the first example pays for what is made once. CI draws the same examples every time.
settings.register_profile("itemwise", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("itemwise")
expect.set_options(timeout=1000 * PATIENCE)

BESIDE = Path(__file__).resolve().parents[2] / "shared"
ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data and reference results: ITEMWISE_SHARED, or beside the checkout."""
    folder = Path(os.environ.get("ITEMWISE_SHARED", BESIDE))
    if not (folder / "reference").is_dir():
        message = f"reference data not found in {folder}; name the folder with ITEMWISE_SHARED"
        if os.environ.get("ITEMWISE_REFERENCE") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return Chromium: the installed one, else the one that playwright installed for itself."""
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium
        if installed is None and not Path(chromium.executable_path).exists():
            message = "no Chromium is installed here; `playwright install chromium` brings one"
            if os.environ.get("ITEMWISE_REFERENCE") == "required":
                pytest.fail(message)
            pytest.skip(message)
        opened = chromium.launch(executable_path=installed, args=ARGUMENTS)
        yield opened
        opened.close()
