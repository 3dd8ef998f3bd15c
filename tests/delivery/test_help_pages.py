import re

from engine.delivery.queries import reports
from tests.delivery.published import Place, Visitor, forms


def test_a_problem_with_a_question_is_reported_from_within_the_test(visitor: Visitor):
    link = re.search(r'href="([^"]*/report[^"]*)"', visitor.get())
    assert link is not None
    page = visitor.get(link[1])
    assert "About question 1" in page
    action, fields = forms(page)[0]
    thanks = visitor.send(action, {**fields, "problem": "unclear", "text": "What is y?"}, status=200)
    assert "Thank you for the report" in thanks
    assert "Back to your test" in thanks
    kept = reports(visitor.place.database)
    assert kept[["problem", "text", "item"]].values.tolist() == [["unclear", "What is y?", visitor.item]]


def test_a_report_without_its_kind_is_asked_for_again(visitor: Visitor):
    action, fields = forms(visitor.get(f"{visitor.address}/report?question=1"))[0]
    page = visitor.send(action, {**fields, "text": "Something"}, status=422)
    assert "Please say what is the matter" in page
    assert "Something</textarea>" in page
    visitor.send(action, {**fields, "problem": "rude"}, status=400)


def test_a_report_about_a_question_that_was_not_asked_is_refused(visitor: Visitor):
    action, fields = forms(visitor.get(f"{visitor.address}/report?question=5"))[0]
    visitor.send(action, {**fields, "problem": "typo"}, status=404)


def test_feedback_is_taken_within_a_test_and_without_one(visitor: Visitor):
    for path in (f"{visitor.address}/feedback", "/feedback"):
        action, fields = forms(visitor.get(path))[0]
        assert "Please write a few words" in visitor.send(action, {**fields, "text": "  "}, status=422)
        for _ in range(2):
            visitor.send(action, {**fields, "text": "Nice"}, status=200)
    assert reports(visitor.place.database)["problem"].tolist() == ["feedback", "feedback"]


def test_a_visitor_reports_a_problem(place: Place):
    visitor = Visitor(place)
    action, fields = forms(visitor.get("/report"))[0]
    visitor.send(action, {**fields, "problem": "technical", "text": "Slow"}, status=200)
    assert reports(place.database)[["problem", "text"]].values.tolist() == [["technical", "Slow"]]


def test_the_guide_leads_back_to_the_test(visitor: Visitor):
    assert "Back to your test" in visitor.get(f"{visitor.address}/accessibility")
    assert "To the assessments" in visitor.get("/accessibility")
    visitor.take()
    assert f"{visitor.address}/review/2" in visitor.get(f"{visitor.address}/report?question=2")
    assert "Back to your result" in visitor.get(f"{visitor.address}/accessibility")
