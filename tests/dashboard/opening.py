"""A page run as the dashboard would, without a browser."""

import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.waiting import PATIENCE


def open_page(name, *, state=(), **query):
    """Run one page by its address, nothing remembered from before; return it as it was drawn."""
    st.cache_resource.clear()
    page = AppTest.from_function(_script, kwargs={"name": name}, default_timeout=3 * PATIENCE)
    for key, value in query.items():
        page.query_params[key] = value
    for key, value in dict(state).items():
        page.session_state[key] = value
    return page.run()


def _script(name):
    from dashboard.navigation import GROUPS

    next(show for listed in GROUPS.values() for one, _, _, show in listed if one == name)()
