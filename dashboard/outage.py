"""A database that cannot be used: said in words, with everything that people entered still there."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st
from sqlalchemy.exc import DBAPIError, ProgrammingError

from dashboard import patience
from dashboard.patience import GONE

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
ICON = ":material/cloud_off:"
UNDONE = "not done"
"""Where a click leaves why it could not be carried out."""
LOST = (
    "The database cannot be reached right now, so nothing was changed in it. What you entered here is kept: "
    "try again in a moment."
)
BY_ITSELF = (
    "The database cannot be reached right now. Nothing is lost: what is being computed goes on, what is "
    "computed waits to be saved up to a day while this dashboard runs, and this page comes back by itself."
)
WITHOUT_TABLES = (
    "The database answers, but does not hold what this page needs, so nothing was changed in it; what you "
    "entered here is kept. Was its file moved or replaced? Put it back, then start the dashboard again: that "
    "brings the tables up to date."
)
FAILED = (*GONE, ProgrammingError)


@contextmanager
def said(*, key: str = "try again", by_itself: bool = False) -> Iterator[None]:
    """Say on the page what is wrong with the database, where what happens in the block needs it.

    A part of a page that refreshes itself comes back `by_itself`; else there is a button with this key.
    """
    why = st.session_state.pop(UNDONE, "")
    undone = st.empty() if why else None
    if undone:
        undone.error(why, icon=ICON)
    try:
        yield
    except FAILED as error:
        words = _words(error)
        if undone:
            undone.empty()
        st.error(BY_ITSELF if by_itself and words == LOST else words, icon=ICON)
        if not by_itself:
            st.button("Try again", key=key)


def kept(click: Callable[P, T]) -> Callable[P, T | None]:
    """Make what a click does say, on the page that is drawn next, that the database could not be used."""

    @wraps(click)
    def clicked(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return click(*args, **kwargs)
        except FAILED as error:
            st.session_state[UNDONE] = _words(error)
            return None

    return clicked


def _words(error: DBAPIError) -> str:
    """Return what is wrong, in words; the log has it in the database's own."""
    if patience.away(error):
        log.warning("the database cannot be reached: %s", error.orig)
        patience.notice()
        return LOST
    log.error("the database does not hold what a page needs: %s", error.orig)
    return WITHOUT_TABLES
