"""A database that cannot be reached: said in words, with everything that people entered still there."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from dashboard import patience
from dashboard.patience import GONE

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
ICON = ":material/cloud_off:"
UNDONE = "not done"
"""Where a click leaves that it could not be carried out."""
LOST = (
    "The database cannot be reached right now, so nothing was changed in it. What you entered here is kept: "
    "try again in a moment."
)
BY_ITSELF = (
    "The database cannot be reached right now. Nothing is lost: what is being computed goes on, what is "
    "computed waits to be saved up to a day while this dashboard runs, and this page comes back by itself."
)


@contextmanager
def said(*, key: str = "try again", by_itself: bool = False) -> Iterator[None]:
    """Say on the page that the database cannot be reached, where what happens in the block needs it.

    A part of a page that refreshes itself comes back `by_itself`; else there is a button with this key.
    """
    undone = st.session_state.pop(UNDONE, False) and st.empty()
    if undone:
        undone.error(LOST, icon=ICON)
    try:
        yield
    except GONE as error:
        log.warning("the database cannot be reached: %s", error.orig)
        patience.notice()
        if undone:
            undone.empty()
        st.error(BY_ITSELF if by_itself else LOST, icon=ICON)
        if not by_itself:
            st.button("Try again", key=key)


def kept(click: Callable[P, T]) -> Callable[P, T | None]:
    """Make what a click does say, on the page that is drawn next, that the database was out of reach."""

    @wraps(click)
    def clicked(*args: P.args, **kwargs: P.kwargs) -> T | None:
        try:
            return click(*args, **kwargs)
        except GONE as error:
            log.warning("the database cannot be reached: %s", error.orig)
            st.session_state[UNDONE] = True
            return None

    return clicked
