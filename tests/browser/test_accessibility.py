"""Every page, light and dark, wide and narrow: no violation that axe-core knows, nothing over the edge."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

from tests.browser.candidate import Person, leave
from tests.browser.conftest import Served, serve_published
from tests.delivery.published import RIGHT, WRONG, publish_sampler

pytestmark = pytest.mark.browser

AXE = AXE_FILE_PATH.read_text()
VIEWS = [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")]
NARROWEST = 320
"""CSS pixels: a screen of 1280 at 400 % (WCAG 2.2, success criterion 1.4.10)."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serve_published(tmp_path_factory.mktemp("accessibility"), publish_sampler)


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def check(page: Page) -> None:
    """Look at the page as it is in each view."""
    page.evaluate(AXE)
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        told = page.evaluate(
            "axe.run().then(found => found.violations.map(one => [one.id, one.nodes[0].html]))"
        )
        assert told == [], (page.url, width, scheme)
        assert overflow(page) == 0, (page.url, width)
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    assert overflow(page) == 0, (page.url, NARROWEST)


@pytest.mark.parametrize(
    "path",
    ["/", "/assessments/sampler", "/accessibility", "/feedback", "/report", "/nowhere", "/sessions/none"],
)
def test_pages_outside_a_test(served: Served, open_page: Callable[..., Page], path: str):
    page = open_page()
    page.goto(served.root + path)
    check(page)


def test_every_question_and_its_messages(served: Served, open_page: Callable[..., Page]):
    page = open_page()
    person = Person(page, served)
    person.start("Sampler")
    person.next()
    check(page)
    while not person.ended:
        person.fill(RIGHT[person.item.id])
        check(page)
        if person.item.id == "count":
            person.answer("about ten")
            check(page)
        person.answer(RIGHT[person.item.id])


@pytest.mark.parametrize("answers", [RIGHT, WRONG], ids=["right", "wrong"])
def test_the_result_and_every_review(served: Served, open_page: Callable[..., Page], answers: dict):
    page = open_page()
    person = Person(page, served)
    person.start("Sampler")
    person.finish(answers)
    check(page)
    for position in range(1, 8):
        page.goto(f"{person.address}/review/{position}")
        check(page)
    page.locator("label", has_text="Good").first.click()
    person.press("Save rating")
    check(page)


def test_pages_within_a_test(served: Served, open_page: Callable[..., Page]):
    page = open_page()
    person = Person(page, served)
    person.start("Sampler")
    stale = page.context.new_page()
    stale.goto(person.address)
    person.answer(RIGHT[person.item.id])
    for end in ("accessibility", "feedback", "report?question=1", "review/1"):
        page.goto(f"{person.address}/{end}")
        check(page)
    stale.get_by_label("I don’t know yet").check()
    leave(stale, stale.get_by_role("button", name="Next"))
    check(stale)


def test_body_text_has_a_contrast_of_seven(served: Served, open_page: Callable[..., Page]):
    """WCAG 2.2, success criterion 1.4.6, for running text; the formula is that of its glossary."""
    page = open_page()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(served.root)
        for selector in ("h1", "p.lead", ".card p", "nav a"):
            colours = page.evaluate(
                """selector => [getComputedStyle(document.querySelector(selector)).color,
                                getComputedStyle(document.documentElement).backgroundColor]""",
                selector,
            )
            assert contrast(*colours) >= 7, (scheme, selector, colours)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours as browsers write them."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(r, g, b)`."""
    parts = [int(part) / 255 for part in colour.strip("rgb()").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
