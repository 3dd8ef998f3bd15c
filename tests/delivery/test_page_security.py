import re

import pytest

from engine.delivery.security import HEADERS, new_token, seal
from engine.delivery.store import read
from tests.delivery.published import RIGHT, Place, Visitor, forms

SECRET_WORDS = ("KEYWORD", "explanation", "correct answer", "solution")


def test_no_page_shows_a_key_or_an_explanation_before_the_review(visitor: Visitor):
    """Every byte that reaches the browser during the test, errors and reloads included."""
    while not visitor.ended:
        visitor.get(visitor.answer(""))
        visitor.get(f"{visitor.address}/review/1", status=409)
        visitor.answer(RIGHT[visitor.item])
    assert len(visitor.pages) > 20
    for page in visitor.pages:
        lowered = page.lower()
        for word in SECRET_WORDS:
            assert word.lower() not in lowered.replace("answers and explanations are shown", "").replace(
                "review each question with its explanation", ""
            )
        assert not re.search(r"data-|correct=", page.replace("data-once", ""))


def test_the_options_of_a_question_differ_in_nothing_but_their_text(visitor: Visitor):
    visitor.go_to("code")
    labels = re.findall(r'<label class="option">.*?</label>', visitor.get(), re.DOTALL)
    bare = {re.sub(r"<code>.*?</code>", "", re.sub(r'value="\w"', "", label)) for label in labels}
    assert len(labels) == 4
    assert len(bare) == 1


def test_no_page_has_anything_inline(visitor: Visitor):
    paths = ["/", "/assessments/sampler", "/feedback", "/report", "/accessibility", "/nowhere"]
    visitor.take()
    paths += [f"{visitor.address}/{end}" for end in ("result", "review/1", "review/2", "report", "feedback")]
    for path in paths:
        visitor.get(path, status=404 if path == "/nowhere" else 200)
    for page in visitor.pages:
        assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|<script(?! src=)", page)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


@pytest.mark.parametrize("path", ["/", "/nowhere", "/healthz", "/sessions/none", "/assessments/none"])
def test_every_response_carries_the_headers(place: Place, path: str):
    headers = place.client.get(path).headers
    for name, value in HEADERS.items():
        assert headers[name] == value
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "set-cookie" not in headers


def test_static_files_may_be_kept_for_good(place: Place):
    page = place.client.get("/").text
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        response = place.client.get(address)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        assert response.headers["x-content-type-options"] == "nosniff"
    styles = place.client.get(re.findall(r'href="([^"]+\.css)"', page)[0])
    for font in re.findall(r'url\("([^"]+)"\)', styles.text):
        assert place.client.get(str(styles.url.join(font))).status_code == 200


def test_figures_are_served_to_their_session_and_can_do_nothing(visitor: Visitor):
    visitor.go_to("figure")
    [source, *_] = re.findall(r'<img src="([^"]+)"', visitor.get())
    response = visitor.place.client.get(source)
    assert response.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in response.headers["content-security-policy"]
    assert "private" in response.headers["cache-control"]
    for path in (source.replace("boxes", "solution"), source.replace(visitor.token, new_token())):
        assert visitor.place.client.get(path).status_code == 404
    visitor.take()
    assert visitor.place.client.get(source.replace("boxes", "solution")).status_code == 200


@pytest.mark.parametrize("given", ["", "0" * 64, "é"])
def test_a_form_without_its_seal_is_refused(visitor: Visitor, given: str):
    action, fields = visitor.form()
    page = visitor.send(action, {**fields, "seal": given, "answer": "a"}, status=403)
    assert "not accepted" in page
    assert "Question 1 of" in visitor.get()


def test_a_seal_of_another_session_is_refused(visitor: Visitor, place: Place):
    other = Visitor(place)
    other.start()
    _, theirs = other.form()
    action, fields = visitor.form()
    visitor.send(action, {**fields, "seal": theirs["seal"], "answer": "a"}, status=403)


def test_nobody_chooses_a_sessions_token(place: Place):
    visitor = Visitor(place)
    [(action, fields)] = forms(visitor.get("/assessments/sampler"))
    visitor.send(action, {**fields, "token": "short"}, status=403)
    assert place.client.get("/sessions/short").status_code == 404


def test_a_form_from_another_site_is_refused(visitor: Visitor):
    action, fields = visitor.form()
    body = {name: values[0] for name, values in fields.items()} | {"answer": "a"}
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        assert visitor.place.client.post(action, data=body, headers=headers).status_code == 403
    assert "Question 1 of" in visitor.get()


def test_a_double_click_on_start_starts_one_session(place: Place):
    visitor = Visitor(place)
    [(action, fields)] = forms(visitor.get("/assessments/sampler"))
    assert visitor.send(action, fields) == visitor.send(action, fields)


def test_the_store_never_holds_a_token(visitor: Visitor):
    visitor.take()
    for event in read(visitor.place.database, visitor.session):
        assert visitor.token not in repr(event)


def test_seals_belong_to_one_purpose(place: Place):
    token = new_token()
    assert place.site.seal("start", "sampler", token) != place.site.seal("session", token)
    assert place.site.seal("session", token) == seal(b"s" * 32, "session", token)
