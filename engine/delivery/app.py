"""The web application: pages, static files, figures, and two questions for operators."""

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Scope

from engine.delivery import after_pages, help_pages, taking_pages
from engine.delivery.problem_pages import add_problem_pages
from engine.delivery.security import SecureHeaders
from engine.delivery.site import FOLDER, Site, SiteHere, static_root
from engine.delivery.store import event

FOREVER = "public, max-age=31536000, immutable"


class Immutable(StaticFiles):
    """Static files whose address changes with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, to be kept for good."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOREVER
        return response


def create_app(site: Site) -> ASGIApp:
    """Return the candidate's pages as an ASGI application."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.site = site
    for pages in (taking_pages, after_pages, help_pages):
        app.include_router(pages.router)
    app.add_api_route("/healthz", healthy)
    app.add_api_route("/readyz", ready)
    app.mount(static_root(), Immutable(directory=FOLDER / "static"))
    add_problem_pages(app)
    return SecureHeaders(app)


def healthy() -> Response:
    """Say that the process is alive."""
    return PlainTextResponse("ok")


def ready(site: SiteHere) -> Response:
    """Say that the database answers; 503 where it does not."""
    try:
        with site.service.database.connect() as connection:
            connection.execute(select(event.c.seq).limit(1))
    except SQLAlchemyError as error:
        raise HTTPException(503) from error
    return PlainTextResponse("ready")
