"""The pages behind the links in the header: accessibility guide, feedback, and problem reports."""

from typing import Any, cast, get_args

from fastapi import APIRouter, HTTPException, Response

from engine.delivery.events import Problem
from engine.delivery.forms import Form, first, text, whole
from engine.delivery.service import Recorded
from engine.delivery.site import FormSent, Site, SiteHere, seen_at

PROBLEMS: dict[Problem, str] = {
    "wrong_key": "The answer that counts as correct is not",
    "unclear": "The question or its explanation is hard to understand",
    "typo": "There is a slip in the text, a formula or a figure",
    "technical": "The page does not work as it should",
    "biased": "The question is unfair to some people",
    "other": "Something else",
}
LONGEST = 4_000
"""Characters of a message."""

router = APIRouter()
"""Each page twice: within a session, from which a link leads back, and outside of any."""


@router.get("/accessibility")
@router.get("/sessions/{token}/accessibility")
def accessibility(site: SiteHere, token: str = "", question: int = 0) -> Response:
    """Show how to use these pages with a keyboard, a screen reader, or large text."""
    return site.page("accessibility.html", _place(site, token, question))


@router.get("/feedback")
@router.get("/sessions/{token}/feedback")
def feedback(site: SiteHere, token: str = "") -> Response:
    """Show a form for feedback in general."""
    return site.page("feedback.html", _form(site, token, 0))


@router.post("/feedback")
@router.post("/sessions/{token}/feedback")
def give_feedback(site: SiteHere, form: FormSent, token: str = "") -> Response:
    """Keep the feedback and say thank you; an empty one is asked for again."""
    written = text(form, "text", LONGEST)
    if not written:
        again = {**_form(site, token, 0), "problem": "Please write a few words first."}
        return site.page("feedback.html", again, status=422)
    _keep(site, token, form, "feedback", written, 0)
    return _thanks(site, token, 0, "Thank you for your feedback")


@router.get("/report")
@router.get("/sessions/{token}/report")
def report(site: SiteHere, token: str = "", question: int = 0) -> Response:
    """Show a form to report a problem, with a question or in general."""
    return site.page("report.html", _form(site, token, question))


@router.post("/report")
@router.post("/sessions/{token}/report")
def send_report(site: SiteHere, form: FormSent, token: str = "") -> Response:
    """Keep the report and say thank you; one without its kind is asked for again."""
    about = whole(form, "question") if first(form, "question") else 0
    chosen, written = first(form, "problem"), text(form, "text", LONGEST)
    if not chosen:
        asked = {"problem": "Please say what is the matter first.", "text": written}
        return site.page("report.html", {**_form(site, token, about), **asked}, status=422)
    if chosen not in get_args(Problem):
        raise HTTPException(400)
    _keep(site, token, form, cast(Problem, chosen), written, about)
    return _thanks(site, token, about, "Thank you for the report")


def _place(site: Site, token: str, about: int) -> dict[str, Any]:
    """Return where the reader is and where the way back leads."""
    if not token:
        return {"here": "", "about": None, "back": "/", "back_words": "To the assessments"}
    now = site.service.look(token)
    current = now.session.current
    about = about or (current.position if current else 0)
    back, words = _way_back(now, token, about)
    return {"here": seen_at(token), "about": about or None, "back": back, "back_words": words}


def _way_back(now: Recorded, token: str, about: int) -> tuple[str, str]:
    if not now.session.ended:
        return seen_at(token), "Back to your test"
    if 1 <= about <= len(now.session.answers):
        return f"{seen_at(token)}/review/{about}", "Back to the question"
    return f"{seen_at(token)}/result", "Back to your result"


def _form(site: Site, token: str, about: int) -> dict[str, Any]:
    """Return what a form needs; outside a session it carries a token that makes it one message."""
    message = "" if token else site.new_token()
    own = {
        "message": message,
        "seal": site.seal("message", message) if message else site.seal("session", token),
    }
    return {
        **_place(site, token, about),
        **own,
        "problems": PROBLEMS,
        "chosen": "",
        "problem": "",
        "text": "",
    }


def _keep(site: Site, token: str, form: Form, problem: Problem, written: str, about: int) -> None:
    if token:
        site.check(form, "session", token)
        return site.service.report(token, problem, written, position=about or None)
    message = first(form, "message")
    site.check(form, "message", message)
    site.service.receive(message, problem, written)


def _thanks(site: Site, token: str, about: int, heading: str) -> Response:
    place = _place(site, token, about)
    told = "The people who look after the questions will read it."
    context = {
        **place,
        "heading": heading,
        "sentences": [told],
        "to": place["back"],
        "to_words": place["back_words"],
    }
    return site.page("message.html", context)
