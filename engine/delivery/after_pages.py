"""The pages after a test: the result, the review of each question, and its rating."""

from fastapi import APIRouter, HTTPException, Response

from engine.delivery.forms import text, whole
from engine.delivery.question_view import reviewed
from engine.delivery.result_view import shown_result
from engine.delivery.service import HasNotEnded, NoSuchQuestion, Recorded
from engine.delivery.site import FormSent, SiteHere, go, seen_at
from engine.delivery.taking_pages import as_shown, media_at

STARS = ((1, "Poor"), (2, "Fair"), (3, "Good"), (4, "Very good"), (5, "Excellent"))

router = APIRouter(prefix="/sessions/{token}")


@router.get("/result")
def result(site: SiteHere, token: str) -> Response:
    """Show the result; a test under way goes on instead."""
    now = site.service.look(token)
    if not now.session.ended:
        return go(seen_at(token))
    context = {
        "here": seen_at(token),
        "title": now.edition.assessment.title,
        "onward": site.service.onward(now),
        "result": shown_result(now.session, now.edition.items, now.edition.scale),
    }
    return site.page("result.html", context)


@router.get("/review/{position}")
def review(site: SiteHere, token: str, position: int, saved: bool = False) -> Response:
    """Show a question with the answer given, the key and the explanation."""
    now = _ended(site.service.look(token))
    answers = now.session.answers
    if not 1 <= position <= len(answers):
        raise NoSuchQuestion(f"question {position} of session {now.session.id}")
    asked = answers[position - 1]
    context = {
        "here": seen_at(token),
        "about": position,
        "title": now.edition.assessment.title,
        "question": reviewed(
            as_shown(token, now, asked), now.edition.items[asked.item], asked, media=media_at(token, position)
        ),
        "total": len(answers),
        "rating": asked.rating,
        "words": STARS,
        "saved": saved and asked.rating is not None,
        "seal": site.seal("session", token),
    }
    return site.page("review.html", context)


@router.post("/review/{position}/rating")
def rate(site: SiteHere, token: str, position: int, form: FormSent) -> Response:
    """Keep a rating, and show the question again with a word of thanks."""
    site.check(form, "session", token)
    stars = whole(form, "stars")
    if not 1 <= stars <= len(STARS):
        raise HTTPException(400)
    site.service.rate(token, position, stars, text(form, "comment", 2_000))
    return go(f"{seen_at(token)}/review/{position}?saved=true#rating")


def _ended(now: Recorded) -> Recorded:
    """Return the session, or refuse to show a key before the test has ended."""
    if not now.session.ended:
        raise HasNotEnded(now.session.id)
    return now
