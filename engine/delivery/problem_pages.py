"""When something cannot be done: a page that says what, and where to go from there. Never a stack trace."""

from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from engine.delivery.service import (
    HasEnded,
    HasNotEnded,
    NoSuchAssessment,
    NoSuchFigure,
    NoSuchInvitation,
    NoSuchQuestion,
    NoSuchSession,
)
from engine.delivery.site import site_of
from engine.delivery.store import Conflict
from items.errors import BadInput


@dataclass(frozen=True, slots=True)
class Advice:
    """A problem in words: the status code, what happened, and what to do next."""

    status: int
    heading: str
    told: str


_FORM = "Please go back, load the page anew, and send it once more."
_BUSY = "Your answers are safe. Please wait a moment and load the page anew."

BY_STATUS = {
    400: Advice(400, "This form cannot be read", f"Something in it is not as these pages send it. {_FORM}"),
    403: Advice(
        403, "This form was not accepted", f"It was not sent from the page that it belongs to. {_FORM}"
    ),
    404: Advice(
        404, "There is no such page", "Please check the address: a letter may be missing or changed."
    ),
    405: Advice(405, "This page takes no such request", "Please use the links and buttons of the page."),
    413: Advice(413, "That is too much text", "Please go back and send a shorter one."),
    500: Advice(500, "Something went wrong on our side", f"We have noted it. {_BUSY}"),
    503: Advice(503, "There is much to do at the moment", _BUSY),
}

BY_PROBLEM: dict[type[Exception], Advice] = {
    NoSuchAssessment: Advice(
        404, "There is no such assessment", "It may have been withdrawn. See what is on offer now."
    ),
    NoSuchInvitation: Advice(
        404,
        "There is no invitation at this address",
        "Please check the address, each letter counts, or ask who invited you.",
    ),
    NoSuchSession: Advice(
        404,
        "There is no test at this address",
        "Please check the address: it is the key to your test, so each letter counts.",
    ),
    NoSuchQuestion: Advice(
        404, "There is no such question in your test", "Your test has not come to it. Go on where you were."
    ),
    NoSuchFigure: BY_STATUS[404],
    HasEnded: Advice(
        410, "This test is closed", "It takes no more answers. What you answered before is kept and counted."
    ),
    HasNotEnded: Advice(
        409, "This comes after the test", "Answers and explanations are shown when the test has ended."
    ),
    RequestValidationError: BY_STATUS[404],
    BadInput: BY_STATUS[400],
    Conflict: BY_STATUS[503],
    OperationalError: BY_STATUS[503],
    Exception: BY_STATUS[500],
}


def add_problem_pages(app: FastAPI) -> None:
    """Let the application answer each problem with its page."""
    for problem in BY_PROBLEM:
        app.add_exception_handler(problem, _show_problem)
    app.add_exception_handler(HTTPException, _show_status)


def _show_problem(request: Request, problem: Exception) -> Response:
    advice = next(BY_PROBLEM[kind] for kind in type(problem).__mro__ if kind in BY_PROBLEM)
    return _page(request, advice, known=not isinstance(problem, NoSuchSession))


def _show_status(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    return _page(request, BY_STATUS.get(status, BY_STATUS[400]))


def _page(request: Request, advice: Advice, *, known: bool = True) -> Response:
    """Return the problem's page; from within a session that is `known` it leads back into it."""
    parts = request.url.path.split("/")
    inside = known and len(parts) > 3 and parts[1] == "sessions"
    here = "/".join(parts[:3]) if inside else ""
    context = {
        "here": here,
        "heading": advice.heading,
        "sentences": [advice.told],
        "to": here or "/",
        "to_words": "Back to your test" if inside else "To the assessments",
    }
    return site_of(request).page("message.html", context, status=advice.status)
