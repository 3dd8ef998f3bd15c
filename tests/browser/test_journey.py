"""A person takes the test in a real browser: once with scripts, once without."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from engine.delivery.queries import ratings, reports
from tests.browser.candidate import Person, known_to
from tests.browser.conftest import Served, serve_published
from tests.delivery.published import RIGHT, WRONG, publish_sampler

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serve_published(tmp_path_factory.mktemp("journey"), publish_sampler)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_from_the_front_page_to_the_last_rating(
    served: Served, open_page: Callable[..., Page], scripts: bool
):
    page = open_page(scripts=scripts)
    person = Person(page, served)
    person.start("Sampler")

    # an answer, then a reload in the middle: where they were, nothing lost
    person.answer(RIGHT[person.item.id])
    person.expect_question(2)
    page.reload()
    person.expect_question(2)
    assert known_to(served.service, person.token) == 1

    # a blank is asked about, and may be skipped
    person.next()
    expect(page.get_by_role("alert")).to_contain_text("You left this question blank")
    person.press("Skip this question")
    person.expect_question(3)

    # the open question, half-way reported
    assert person.item.id == "essay"
    person.follow("Report a problem")
    page.get_by_label("hard to understand").check()
    page.get_by_label("What happened").fill("Which photographs?")
    person.press("Send the report")
    person.follow("Back to your test")
    person.expect_question(3)
    person.answer(RIGHT["essay"])

    # somebody does not know, and says so
    person.expect_question(4)
    page.get_by_label("I don’t know yet").check()
    person.next()
    person.finish()

    # the result
    expect(page.get_by_role("heading", level=1)).to_have_text("Your result")
    expect(page.get_by_text("We are 95 % sure that your score lies between")).to_be_visible()
    expect(page.get_by_role("img", name="Score")).to_be_visible()
    expect(page.get_by_text("Provisional", exact=True)).to_be_visible()

    # the review, forwards and back, with a rating and a change of mind
    person.follow("Review your answers")
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 1 of 7")
    expect(page.get_by_role("heading", name="Explanation")).to_be_visible()
    for stars, word in ((2, "Fair"), (5, "Excellent")):
        page.locator("label", has_text=word).click()
        page.get_by_label("Comment").fill(f"{stars} of 5")
        person.press("rating")
        expect(page.get_by_role("status")).to_contain_text("Your rating is saved")
        expect(page.get_by_label(word)).to_be_checked()
    for position in range(2, 8):
        person.follow("Next question")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Question {position} of 7")
    person.follow("Previous question")
    expect(page.get_by_role("heading", level=1)).to_have_text("Question 6 of 7")
    person.follow("Back to your result")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your result")

    kept = ratings(served.service.database)
    mine = kept[kept["session"] == served.service.look(person.token).session.id]
    assert mine[["position", "stars", "comment"]].values.tolist() == [[1, 5, "5 of 5"]]
    told = reports(served.service.database)
    assert "Which photographs?" in told["text"].tolist()


def test_a_double_click_on_next_is_one_answer(served: Served, open_page: Callable[..., Page]):
    page = open_page()
    person = Person(page, served)
    person.start("Sampler")
    person.fill(RIGHT[person.item.id])
    page.get_by_role("button", name="Next").dblclick()
    person.expect_question(2)
    assert known_to(served.service, person.token) == 1


def test_two_windows_of_one_test_do_not_disturb_each_other(served: Served, open_page: Callable[..., Page]):
    page = open_page()
    first = Person(page, served)
    first.start("Sampler")
    second = Person(page.context.new_page(), served)
    second.page.goto(first.address)
    first.answer(RIGHT[first.item.id])
    second.page.get_by_label("I don’t know yet").check()
    second.next()
    expect(second.page.get_by_role("heading", level=1)).to_have_text("You have answered this question before")
    second.follow("Go on with the test")
    second.expect_question(2)
    second.answer(RIGHT[second.item.id])
    first.page.reload()
    first.expect_question(3)


def test_the_test_goes_on_in_another_browser_by_its_address(served: Served, open_page: Callable[..., Page]):
    here = Person(open_page(), served)
    here.start("Sampler")
    here.answer(RIGHT[here.item.id])
    there = Person(open_page(width=390), served)
    there.page.goto(here.address)
    there.expect_question(2)


def test_back_and_forth_in_the_browser_loses_nothing(served: Served, open_page: Callable[..., Page]):
    page = open_page()
    person = Person(page, served)
    person.start("Sampler")
    person.answer(RIGHT[person.item.id])
    person.answer(RIGHT[person.item.id])
    page.go_back()
    page.goto(person.address)
    person.expect_question(3)
    assert known_to(served.service, person.token) == 2


def test_an_unreadable_number_comes_back_with_what_would_be_right(
    served: Served, open_page: Callable[..., Page]
):
    page = open_page()
    person = Person(page, served)
    person.start("Sampler")
    while person.item.id != "count":
        person.answer(RIGHT[person.item.id])
    person.answer("about ten")
    expect(page.get_by_role("alert")).to_contain_text("about ten")
    expect(page.get_by_label("Your answer")).to_have_value("about ten")
    person.answer("288")
    person.finish(WRONG)


def test_the_whole_test_by_keyboard(served: Served, open_page: Callable[..., Page]):
    page = open_page()
    page.goto(served.root)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Sampler")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    person = Person(page, served)
    person.expect_question(1)
    assert person.item.id == "code"
    page.locator('input[value="a"]').focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator('input[value="b"]')).to_be_checked()
    page.keyboard.press("Enter")
    person.expect_question(2)
    answer = served.service.look(person.token).session.questions[0].answer
    assert answer is not None
    assert answer.value == "b"


def test_the_result_prints_without_what_paper_cannot_press(served: Served, open_page: Callable[..., Page]):
    page = open_page()
    person = Person(page, served)
    person.start("Sampler")
    person.finish()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Help")).to_be_hidden()
    expect(page.locator(".score .number")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_without_scripts_no_button_is_shown_that_needs_them(served: Served, open_page: Callable[..., Page]):
    page = open_page(scripts=False)
    person = Person(page, served)
    person.start("Sampler")
    person.finish()
    expect(page.get_by_role("button", name="Print")).to_have_count(0)
