import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from engine.delivery import taking_pages
from engine.delivery.app import create_app
from engine.delivery.forms import LARGEST_BODY
from engine.delivery.security import HEADERS
from tests.delivery.published import Place, Visitor


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/nowhere", "There is no such page"),
        ("/sessions/unknown", "There is no test at this address"),
        ("/sessions/unknown/result", "There is no test at this address"),
        ("/sessions/../../etc/passwd", "There is no such page"),
        ("/sessions/%00%ff%fe", "There is no"),
        ("/assessments/none", "There is no such assessment"),
        ("/static/none", "There is no such page"),
    ],
)
def test_what_is_not_there_is_a_friendly_page(place: Place, path: str, words: str):
    response = place.client.get(path)
    assert response.status_code == 404
    assert words in response.text
    assert "To the assessments" in response.text


def test_a_form_that_is_too_large_or_no_form_is_refused(visitor: Visitor):
    action, fields = visitor.form()
    page = visitor.send(action, {**fields, "answer": "x" * LARGEST_BODY}, status=413)
    assert "too much text" in page
    client = visitor.place.client
    assert client.post(action, content=b"\xff\xfe=%zz&question=1").status_code == 400
    assert client.post(action, content="&".join(f"f{n}=1" for n in range(500))).status_code == 400
    visitor.send(action, {**fields, "question": "one"}, status=400)
    visitor.send(action, {**fields, "question": "99"}, status=404)
    visitor.send(action, {**fields, "question": "-1"}, status=400)
    assert client.put(action).status_code == 405


def test_an_unforeseen_failure_shows_no_trace(visitor: Visitor, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret cause")

    monkeypatch.setattr(taking_pages, "shown", fail)
    client = TestClient(create_app(visitor.place.site), raise_server_exceptions=False)
    response = client.get(visitor.address)
    assert response.status_code == 500
    assert "Something went wrong on our side" in response.text
    assert "secret cause" not in response.text
    assert "Traceback" not in response.text
    assert response.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


def test_operators_are_told_whether_it_lives_and_is_ready(place: Place):
    assert place.client.get("/healthz").text == "ok"
    assert place.client.get("/readyz").text == "ready"


def test_without_its_database_it_lives_and_is_not_ready(place: Place):
    with place.database.begin() as connection:
        connection.execute(text("DROP TABLE event"))
    assert place.client.get("/healthz").status_code == 200
    response = place.client.get("/readyz")
    assert response.status_code == 503
    assert "Please wait a moment" in response.text


def test_an_answer_with_every_sign_comes_back_as_it_was_typed(visitor: Visitor):
    visitor.go_to("essay")
    typed = "<script>alert(1)</script> & \"quotes\" 'naïve' 東京 😀\r\nsecond line"
    visitor.answer(typed)
    visitor.take()
    page = visitor.get(f"{visitor.address}/review/3")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;" in page
    assert "東京 😀\nsecond line" in page
    assert "<script>alert" not in page
