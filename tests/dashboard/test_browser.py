"""Every page in a real browser: no error on the page or in the log, wide and narrow, light and dark."""

import shutil
from itertools import product

import pytest

from dashboard.navigation import FIRST, GROUPS
from tests.dashboard.browsing import serve, visit

pytestmark = pytest.mark.browser
PAGES = [name for listed in GROUPS.values() for name, *_ in listed]
WIDTHS = (1440, 768)


@pytest.fixture(scope="module")
def served(rehearsed, tmp_path_factory):
    """Serve a copy of the rehearsed workspace; yield its address and the file of the server's log."""
    folder = tmp_path_factory.mktemp("served") / "workspace"
    shutil.copytree(rehearsed, folder)
    with serve(folder) as address_and_log:
        yield address_and_log


def _address(base, name):
    return base + ("/" if name == FIRST else f"/{name}")


@pytest.mark.parametrize(("name", "width"), [*product(PAGES, WIDTHS), ("overview", 390)])
def test_each_page_opens_without_an_error(name, width, served, browser):
    base, log = served
    page = visit(browser, _address(base, name), width=width)
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.errors == []
    assert "Traceback" not in log.read_text()
    overflow = "(main => main.scrollWidth - main.clientWidth)(document.querySelector('[data-testid=stMain]'))"
    assert page.evaluate(overflow) <= 0, "the page scrolls sideways"
    page.close()


def test_the_first_page_opens_at_the_address_of_its_name_too(served, browser):
    base, _ = served
    page = visit(browser, f"{base}/{FIRST}")
    page.locator("h1", has_text=FIRST.capitalize()).wait_for()
    assert page.get_by_text("Page not found").count() == 0
    assert page.get_by_role("dialog").count() == 0
    assert page.errors == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_carry_alternative_text_and_follow_the_readers_theme(scheme, served, browser):
    base, _ = served
    page = visit(browser, f"{base}/item?item=dl-opt-step&side=Along+ability", scheme=scheme)
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
    page = visit(
        browser, f"{base}/items?text=dl-opt-step" if FIRST != "items" else f"{base}/?text=dl-opt-step"
    )
    grid = page.locator("[data-testid=stDataFrame] .dvn-scroller").first
    grid.wait_for()
    grid.click(position={"x": 16, "y": 52})
    page.locator("h1", has_text="One item").wait_for(timeout=30_000)
    assert "item=dl-opt-step" in page.url
    page.close()


def test_the_numbers_of_a_figure_come_when_somebody_unfolds_them(served, browser):
    base, log = served
    page = visit(browser, f"{base}/response-time")
    part = page.locator("[data-testid=stExpander]", has_text="The numbers, the files, the code").first
    assert part.locator("[data-testid=stDataFrame]").count() == 0
    part.locator("summary").press("Enter")
    part.locator("[data-testid=stDataFrame] canvas").first.wait_for()
    part.locator("[data-testid=stDownloadButton]", has_text="SVG").wait_for()
    assert "draw_time_cost" in part.locator("[data-testid=stCode]").inner_text()
    assert page.errors == []
    assert "Traceback" not in log.read_text()
    page.close()
