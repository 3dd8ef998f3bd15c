"""What every page needs: the service, the seals of its forms, and the templates."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from engine.delivery.forms import Form, first, read_form
from engine.delivery.security import seal, sealed
from engine.delivery.service import SessionService

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Site:
    """The candidate's pages over a session service.

    Parameters
    ----------
    service : SessionService
        What the pages do.
    secret : bytes
        What seals the forms.
    new_token : callable
        Returns a fresh token that nobody can guess.
    """

    service: SessionService
    secret: bytes
    new_token: Callable[[], str]

    def page(self, template: str, context: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
        """Return a page made of a template; `here` is the session's address, empty outside a session."""
        words = {"here": "", "about": None, **context}
        return HTMLResponse(templates().get_template(template).render(words), status)

    def seal(self, *words: str) -> str:
        """Return the seal of a form that acts on the words."""
        return seal(self.secret, *words)

    def check(self, form: Form, *words: str) -> None:
        """Refuse a form that these pages did not make for these words (403)."""
        if not sealed(self.secret, first(form, "seal"), *words):
            raise HTTPException(403)


def site_of(request: Request) -> Site:
    """Return the site that the application serves."""
    site: Site = request.app.state.site
    return site


def seen_at(token: str) -> str:
    """Return the address of a session's pages."""
    return f"/sessions/{token}"


def go(address: str) -> RedirectResponse:
    """Return the answer to a form: look at this page now."""
    return RedirectResponse(address, 303)


@cache
def static_root() -> str:
    """Return the address of the static files, which changes with their content."""
    content = hashlib.sha256()
    for path in sorted((FOLDER / "static").rglob("*.*")):
        content.update(path.read_bytes())
    return f"/static/{content.hexdigest()[:16]}"


@cache
def templates() -> Environment:
    """Return the templates; whatever they show is escaped unless it was made safe before."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = lambda name: f"{static_root()}/{name}"
    return environment


SiteHere = Annotated[Site, Depends(site_of)]
FormSent = Annotated[Form, Depends(read_form)]
