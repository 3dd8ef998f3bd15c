"""Every page in a real browser: no error on the page or in the log, wide and narrow, light and dark."""

import re
import shutil
from itertools import product

import pytest
from playwright.sync_api import expect

from dashboard.navigation import FIRST, GROUPS
from tests.dashboard.browsing import blank, fine, pick, rest, serve, visit

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
    fine(page, log)
    overflow = "(main => main.scrollWidth - main.clientWidth)(document.querySelector('[data-testid=stMain]'))"
    assert page.evaluate(overflow) <= 0, "the page scrolls sideways"
    page.close()


def test_the_first_page_opens_at_the_address_of_its_name_too(served, browser):
    base, log = served
    page = visit(browser, f"{base}/{FIRST}")
    page.locator("h1", has_text=FIRST.capitalize()).wait_for()
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    fine(page, log)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_carry_alternative_text_and_follow_the_readers_theme(scheme, served, browser):
    base, _ = served
    page = visit(browser, f"{base}/item?item=dl-opt-step&side=Along+ability", scheme=scheme)
    chart = page.locator("[data-testid=stVegaLiteChart]").first
    expect(chart.locator("[aria-label]").first).to_have_attribute("aria-label", re.compile("ability"))
    background = page.evaluate(
        "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    light = sum(int(part) for part in background[4:-1].split(",")[:3]) > 380
    assert light == (scheme == "light")
    page.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_below_a_chart_stays_in_its_place_when_the_drawing_arrives(width, served, browser):
    base, log = served
    page, held = blank(browser, width=width), []
    page.route("**/*VegaLiteChart*.js", lambda script: held.append(script))
    page.goto(f"{base}/people")
    below = page.get_by_text("The numbers, the files, the code").first
    below.wait_for()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(1)
    before = below.bounding_box()["y"] - page.locator("h3").first.bounding_box()["y"]
    held[0].continue_()
    rest(page)
    expect(page.get_by_test_id("stVegaLiteChart").locator("svg, canvas")).not_to_have_count(0)
    assert below.bounding_box()["y"] - page.locator("h3").first.bounding_box()["y"] == before
    fine(page, log)
    page.close()


def test_a_row_of_the_item_table_opens_the_item(served, browser):
    base, _ = served
    page = visit(
        browser, f"{base}/items?text=dl-opt-step" if FIRST != "items" else f"{base}/?text=dl-opt-step"
    )
    pick(page, 0)
    page.locator("h1", has_text="One item").wait_for()
    expect(page).to_have_url(re.compile("item=dl-opt-step"))
    page.close()


def test_the_numbers_of_a_figure_come_when_somebody_unfolds_them(served, browser):
    base, log = served
    page = visit(browser, f"{base}/response-time")
    part = page.locator("[data-testid=stExpander]", has_text="The numbers, the files, the code").first
    expect(part.locator("[data-testid=stDataFrame]")).to_have_count(0)
    part.locator("summary").press("Enter")
    part.locator("[data-testid=stDataFrame] canvas").first.wait_for()
    part.locator("[data-testid=stDownloadButton]", has_text="SVG").wait_for()
    expect(part.locator("[data-testid=stCode]")).to_contain_text("draw_time_cost")
    fine(page, log)
    page.close()
