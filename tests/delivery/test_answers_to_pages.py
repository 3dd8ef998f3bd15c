from datetime import timedelta

import pytest

from engine.delivery.store import read
from tests.delivery.published import RIGHT, Visitor, forms


def test_a_blank_is_asked_about_once_and_can_be_skipped(visitor: Visitor):
    there = visitor.answer("")
    page = visitor.get(there)
    assert "You left this question blank" in page
    assert "Skip this question" in page
    action, fields = forms(page)[0]
    visitor.send(action, {**fields, "skip": "yes"})
    assert "Question 2 of at most 7" in visitor.get()


def test_a_blank_question_can_still_be_answered(visitor: Visitor):
    item = visitor.item
    action, fields = forms(visitor.get(visitor.answer("")))[0]
    visitor.send(action, {**fields, "answer": RIGHT[item]})
    assert visitor.place.service.look(visitor.token).session.questions[0].answer.code == "answered"


def test_an_answer_that_cannot_be_read_comes_back_with_what_was_typed(visitor: Visitor):
    visitor.go_to("count")
    page = visitor.answer('about "ten" <b>', status=422)
    assert "This answer cannot be read" in page
    assert 'value="about &#34;ten&#34; &lt;b&gt;"' in page
    assert 'aria-invalid="true"' in page
    visitor.answer("320")


def test_an_answer_together_with_not_knowing_comes_back(visitor: Visitor):
    visitor.go_to("matrix")
    page = visitor.answer(["a", "idk"], status=422)
    assert "keep one of them" in page.lower()
    assert page.count(" checked") == 2


@pytest.mark.parametrize("given", ["z", "a+b", "a'; DROP TABLE event; --", "\x00", "a" * 5_000])
def test_an_answer_that_fits_no_option_is_refused_in_words(visitor: Visitor, given: str):
    visitor.go_to("code")
    page = visitor.answer(given, status=422 if given.strip("\x00") else 303)
    assert "Traceback" not in page
    assert visitor.item == "code"


def test_a_double_click_counts_once(visitor: Visitor):
    action, fields = visitor.form()
    given = RIGHT[visitor.item]
    for _ in range(2):
        assert visitor.send(action, {**fields, "answer": given}) == visitor.address
    kinds = [event.kind for event in read(visitor.place.database, visitor.session)]
    assert kinds.count("answered") == 1


def test_a_stale_tab_is_told_that_the_first_answer_holds(visitor: Visitor):
    action, fields = visitor.form()
    visitor.answer(RIGHT[visitor.item])
    page = visitor.send(action, {**fields, "answer": "idk"}, status=409)
    assert "You have answered this question before" in page
    assert f'href="{visitor.address}"' in page
    assert "Question 2 of at most 7" in visitor.get()


def test_a_tab_that_was_left_behind_after_the_end_leads_to_the_result(visitor: Visitor):
    action, fields = visitor.form()
    item = visitor.item
    visitor.take()
    assert visitor.send(action, {**fields, "answer": RIGHT[item]}) == visitor.address
    assert visitor.place.client.get(visitor.address).headers["location"].endswith("/result")


def test_a_test_left_open_too_long_is_closed_with_a_friendly_page(visitor: Visitor):
    visitor.answer(RIGHT[visitor.item])
    action, fields = visitor.form()
    visitor.place.clock.now += timedelta(days=8)
    page = visitor.send(action, {**fields, "answer": "idk"}, status=410)
    assert "This test is closed" in page
    assert "left open for too long" in visitor.get(f"{visitor.address}/result")
    assert "Question 1 of 1" in visitor.get(f"{visitor.address}/review/1")


def test_a_test_closed_before_its_first_answer_has_no_score_and_no_review(visitor: Visitor):
    visitor.place.clock.now += timedelta(days=8)
    page = visitor.get(f"{visitor.address}/result")
    assert "No score" in page
    assert "Review your answers" not in page


def test_a_provisional_result_says_so_until_a_person_has_read_the_answer(visitor: Visitor):
    visitor.take()
    assert "Provisional" in visitor.get(f"{visitor.address}/result")
    visitor.place.service.rescore(visitor.session, 3, 1, by="Ada", reason="one criterion")
    page = visitor.get(f"{visitor.address}/result")
    assert "Provisional" not in page
    assert "revised since the end of the test" in page
    assert "partly correct: 1 of 2 points" in visitor.get(f"{visitor.address}/review/3")
