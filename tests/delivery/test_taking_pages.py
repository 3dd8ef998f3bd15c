import re

from engine.delivery.assessments import withdraw
from engine.delivery.queries import ratings
from tests.delivery.published import RIGHT, WRONG, Place, Visitor, forms, unescaped


def test_the_front_page_offers_what_is_published(place: Place):
    page = Visitor(place).get("/")
    assert 'href="/assessments/sampler"' in page
    assert "At most 7 questions" in page


def test_without_an_assessment_the_front_page_says_what_to_do(place: Place):
    withdraw(place.database, "sampler")
    assert "No assessment is on offer" in Visitor(place).get("/")


def test_the_start_page_says_what_to_expect(place: Place):
    page = unescaped(Visitor(place).get("/assessments/sampler"))
    assert "At most 7 questions" in page
    assert "7 days after your last answer" in page
    assert "from 1 to 300" in page


def test_a_whole_test_from_start_to_rating(visitor: Visitor):
    for position in range(1, 8):
        page = visitor.get()
        assert f'<h1 class="count">Question {position} of at most 7</h1>' in page
        assert visitor.answer(RIGHT[visitor.item]) == visitor.address
    assert visitor.place.client.get(visitor.address).headers["location"] == f"{visitor.address}/result"
    assert "We are 95 % sure" in visitor.get(f"{visitor.address}/result")
    action, fields = forms(visitor.get(f"{visitor.address}/review/7"))[0]
    there = visitor.send(action, {**fields, "stars": "4", "comment": " Clear.\r\nThanks. "})
    assert "Thank you. Your rating is saved" in visitor.get(there.partition("#")[0])
    kept = ratings(visitor.place.database)
    assert kept[["position", "stars", "comment"]].values.tolist() == [[7, 4, "Clear.\nThanks."]]


def test_every_kind_of_question_has_its_own_controls(visitor: Visitor):
    seen = {}
    while not visitor.ended:
        seen[visitor.item] = visitor.get()
        visitor.answer(RIGHT[visitor.item])
    assert seen["code"].count('type="radio"') == 5
    assert seen["truth"].count('type="radio"') == 3
    assert seen["matrix"].count('type="checkbox"') == 5
    assert 'inputmode="decimal"' in seen["count"]
    assert '<span class="unit">parameters</span>' in seen["count"]
    assert 'type="text"' in seen["word"]
    assert "<textarea" in seen["essay"]
    assert "A kennel keeps 12 dogs" in seen["figure"]
    assert "<figcaption>Three boxes</figcaption>" in seen["figure"]
    for page in seen.values():
        assert page.index("I don’t know yet") > page.rindex('name="answer"') - 200


def test_a_reload_shows_the_same_question_with_its_options_in_the_same_order(visitor: Visitor):
    visitor.go_to("figure")
    order = [re.findall(r'name="answer" value="(\w+)"', visitor.get()) for _ in range(3)]
    assert order[0] == order[1] == order[2]


def test_shuffled_options_differ_from_session_to_session(place: Place):
    orders = set()
    for _ in range(6):
        visitor = Visitor(place)
        visitor.start()
        visitor.go_to("figure")
        orders.add(tuple(re.findall(r'name="answer" value="([a-d])"', visitor.get())))
    assert len(orders) > 1


def test_result_and_review_come_only_after_the_test(visitor: Visitor):
    visitor.answer(RIGHT[visitor.item])
    assert visitor.place.client.get(f"{visitor.address}/result").headers["location"] == visitor.address
    page = visitor.get(f"{visitor.address}/review/1", status=409)
    assert "when the test has ended" in page


def test_the_review_tells_what_was_selected_and_what_was_right(visitor: Visitor):
    while not visitor.ended:
        visitor.answer(WRONG[visitor.item])
    told = {}
    for question in visitor.place.service.look(visitor.token).session.questions:
        told[question.item] = visitor.get(f"{visitor.address}/review/{question.position}")
    assert "Your answer is not correct" in told["code"]
    assert told["code"].count("What you selected") == 2
    assert told["code"].count("Correct answer") == 2
    assert "KEYWORD Two rows are added" in told["code"]
    assert "What you missed" in told["matrix"]
    assert "You left out the 32 biases" in told["count"]
    assert "pooling" in told["word"]
    assert "A person has still to read your answer" in told["essay"]


def test_not_knowing_and_leaving_blank_are_said_in_the_review(visitor: Visitor):
    visitor.answer("idk")
    action, fields = visitor.form()
    visitor.send(action, {**fields, "skip": "yes"})
    while not visitor.ended:
        visitor.answer("idk")
    first, second = (visitor.get(f"{visitor.address}/review/{k}") for k in (1, 2))
    assert "You chose &#34;I don" in first or 'You chose "I don' in first or "You chose “I don" in first
    assert "You left this question blank" in second
    codes = [question.answer.code for question in visitor.place.service.look(visitor.token).session.answers]
    assert codes[:2] == ["idk", "omit"]
    assert "said “I don’t know yet” to 6 and left 1 blank" in visitor.get(f"{visitor.address}/result")


def test_the_review_leads_on_back_and_to_the_result(visitor: Visitor):
    visitor.take()
    first, middle, last = (visitor.get(f"{visitor.address}/review/{k}") for k in (1, 4, 7))
    assert "Previous question" not in first
    assert all(words in middle for words in ("Previous question", "Back to your result", "Next question"))
    assert "Next question" not in last
    visitor.get(f"{visitor.address}/review/8", status=404)
    visitor.get(f"{visitor.address}/review/0", status=404)
    visitor.get(f"{visitor.address}/review/x", status=404)
