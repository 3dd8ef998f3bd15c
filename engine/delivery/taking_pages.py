"""The pages of a test: what is on offer, the start, and one question after the other."""

from mimetypes import guess_type

from fastapi import APIRouter, Response

from engine.delivery.forms import Form, first, whole
from engine.delivery.question_view import ShownQuestion, shown, with_given
from engine.delivery.replay import Question
from engine.delivery.service import NoSuchQuestion, Recorded
from engine.delivery.site import FormSent, Site, SiteHere, go, seen_at
from items.errors import BadInput
from items.scoring import Answer, read_answer

router = APIRouter()

FIGURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A figure may style itself, and do nothing else."""


@router.get("/")
def home(site: SiteHere) -> Response:
    """Show the assessments on offer."""
    editions = [site.service.edition(one.id) for one in site.service.offered()]
    return site.page("home.html", {"editions": editions})


@router.get("/assessments/{name}")
def assessment(site: SiteHere, name: str, after: str = "") -> Response:
    """Say what to expect; the form carries the token of the session that it starts."""
    return _expect(site, name, site.new_token(), after=after)


@router.get("/invitations/{token}")
def invitation(site: SiteHere, token: str) -> Response:
    """Say what to expect of the test that this token invites to, or go to it once it was begun."""
    name = site.service.invited_to(token)
    return go(seen_at(token)) if name is None else _expect(site, name, token)


@router.post("/assessments/{name}/sessions")
def start(site: SiteHere, name: str, form: FormSent) -> Response:
    """Start the session of the form's token; a double click starts it once."""
    token = first(form, "token")
    after = first(form, "after")
    site.check(form, "start", name, token, after)
    site.service.start(name, token, after=after)
    return go(seen_at(token))


@router.get("/sessions/{token}")
def question(site: SiteHere, token: str, blank: int = 0) -> Response:
    """Show the question that waits, or go to the result."""
    now = site.service.look(token)
    current = now.session.current
    if current is None:
        return go(f"{seen_at(token)}/result")
    return _question_page(site, token, now, as_shown(token, now, current), blank=blank == current.position)


@router.post("/sessions/{token}/answers")
def answer(site: SiteHere, token: str, form: FormSent) -> Response:
    """Keep an answer and show what comes next; a blank or unreadable one comes back with advice."""
    site.check(form, "session", token)
    now, position = site.service.look(token), whole(form, "question")
    asked = now.session.question(position)
    if asked is None:
        raise NoSuchQuestion(f"question {position} of session {now.session.id}")
    if asked.answered or first(form, "skip"):
        return _settle(site, token, position, _reading(now, asked, form))
    try:
        given = read_answer(now.edition.items[asked.item], form)
    except BadInput as unread:
        return _again(site, token, now, asked, form, unread)
    if given.code == "omit":
        return go(f"{seen_at(token)}?blank={position}")
    return _settle(site, token, position, given)


def as_shown(token: str, now: Recorded, asked: Question) -> ShownQuestion:
    """Return a question of a session as it is shown before the answer."""
    item, position, seed = now.edition.items[asked.item], asked.position, now.session.started.seed
    return shown(item, now.edition, position=position, seed=seed, media=media_at(token, position))


def media_at(token: str, position: int) -> str:
    """Return the address under which the figures of a question stand."""
    return f"{seen_at(token)}/media/{position}/"


@router.get("/sessions/{token}/media/{position}/{path:path}")
def figure(site: SiteHere, token: str, position: int, path: str) -> Response:
    """Return a figure of a question that the session has come to; those of explanations only afterwards."""
    content = site.service.figure(token, position, path)
    kind, _ = guess_type(path)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": FIGURE_POLICY}
    return Response(content, media_type=kind or "application/octet-stream", headers=headers)


def _expect(site: Site, name: str, token: str, *, after: str = "") -> Response:
    """Say what to expect of the test that this token will start, after an earlier one or not."""
    context = {
        "edition": site.service.edition(name),
        "days": site.service.open_for.days,
        "token": token,
        "after": after,
        "seal": site.seal("start", name, token, after),
    }
    return site.page("assessment.html", context)


def _question_page(
    site: Site,
    token: str,
    now: Recorded,
    asked: ShownQuestion,
    *,
    blank: bool = False,
    problem: str = "",
    status: int = 200,
) -> Response:
    context = {
        "here": seen_at(token),
        "about": asked.position,
        "title": now.edition.assessment.title,
        "longest": now.edition.longest,
        "question": asked,
        "blank": blank,
        "problem": problem,
        "seal": site.seal("session", token),
    }
    return site.page("question.html", context, status=status)


def _again(site: Site, token: str, now: Recorded, asked: Question, form: Form, unread: BadInput) -> Response:
    """Show the question once more, with what was typed and what would be right."""
    filled = with_given(as_shown(token, now, asked), form.get("answer", []), unsure=bool(first(form, "idk")))
    return _question_page(site, token, now, filled, problem=_sentence(unread), status=422)


def _reading(now: Recorded, asked: Question, form: Form) -> Answer:
    """Return the answer to a question that was answered before; what cannot be read counts as blank."""
    if first(form, "skip"):
        return Answer("omit")
    try:
        return read_answer(now.edition.items[asked.item], form)
    except BadInput:
        return Answer("omit")


def _settle(site: Site, token: str, position: int, given: Answer) -> Response:
    """Keep the answer and go on, or say that an earlier answer holds."""
    if site.service.answer(token, position, given):
        return go(seen_at(token))
    context = {
        "here": seen_at(token),
        "heading": "You have answered this question before",
        "sentences": [
            f"Your first answer to question {position} holds, and nothing was counted twice. "
            "This happens when the test is open in two windows, or after going back."
        ],
        "to": seen_at(token),
        "to_words": "Go on with the test",
    }
    return site.page("message.html", context, status=409)


def _sentence(problem: BadInput) -> str:
    """Return what was wrong and what would be right, in sentences."""
    parts = (problem.what, problem.right)
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts if part)
