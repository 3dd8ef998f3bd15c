"""A person at the browser: looks at the page, and answers what is there."""

from collections.abc import Mapping

from playwright.sync_api import Locator, Page, expect

from engine.delivery.service import SessionService
from items.interactions import Choice
from items.item import Item
from tests.browser.conftest import Served
from tests.delivery.published import RIGHT


class Person:
    """Somebody who takes a test in a browser page."""

    def __init__(self, page: Page, served: Served) -> None:
        self.page, self.served = page, served

    def start(self, title: str) -> None:
        """Choose the assessment on the front page and press Start."""
        self.page.goto(self.served.root)
        self.follow(title)
        self.press("Start")
        self.expect_question(1)

    @property
    def address(self) -> str:
        """The address of the session."""
        parts = self.page.url.split("/")
        return "/".join(parts[:5]).partition("?")[0]

    @property
    def token(self) -> str:
        """The token in it."""
        return self.address.rpartition("/")[2]

    @property
    def item(self) -> Item:
        """The item that waits for an answer."""
        now = self.served.service.look(self.token)
        assert now.session.current is not None
        return now.edition.items[now.session.current.item]

    @property
    def ended(self) -> bool:
        """Whether the result is shown."""
        return "/result" in self.page.url

    def expect_question(self, position: int) -> None:
        """See that the page is at a question."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(f"Question {position} of")

    def fill(self, given: str | list[str]) -> None:
        """Choose options by their id, or type."""
        if isinstance(self.item.interaction, Choice):
            for id in [given] if isinstance(given, str) else given:
                option = self.page.locator(f'label.option:has(input[value="{id}"])')
                if not option.locator("input").is_checked():
                    option.click()
        else:
            self.page.get_by_label("Your answer").fill(str(given))

    def follow(self, link: str) -> None:
        """Follow a link to the page behind it."""
        leave(self.page, self.page.get_by_role("link", name=link))

    def press(self, button: str) -> None:
        """Press a button and wait for the page that follows."""
        leave(self.page, self.page.get_by_role("button", name=button))

    def next(self) -> None:
        """Press Next."""
        self.press("Next")

    def answer(self, given: str | list[str]) -> None:
        """Answer the question and go on."""
        self.fill(given)
        self.next()

    def finish(self, answers: Mapping[str, str | list[str]] = RIGHT) -> None:
        """Answer what is left."""
        while not self.ended:
            self.answer(answers[self.item.id])


def leave(page: Page, by: Locator) -> None:
    """Click what leads to another page, and wait until that is there: a click by itself does not."""
    with page.expect_navigation():
        by.click()


def known_to(service: SessionService, token: str) -> int:
    """Return how many answers the service holds of a session."""
    return len(service.look(token).session.answers)
