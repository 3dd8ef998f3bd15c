"""A database that cannot be reached: said in words, with everything that people entered still there."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from sqlalchemy.exc import InterfaceError, OperationalError

log = logging.getLogger(__name__)


@contextmanager
def said() -> Iterator[None]:
    """Say on the page that the database cannot be reached, where what happens in the block needs it."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        log.warning("the database cannot be reached: %s", error.orig)
        st.error(
            "The database cannot be reached right now, so nothing was changed in it. What you entered here "
            "is kept: try again in a moment.",
            icon=":material/cloud_off:",
        )
        st.button("Try again", key="try again")
