"""How what pages read is remembered: for a while, or as long as what it was made of stays the same."""

import os
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import streamlit as st
from sqlalchemy import Engine, make_url

from dashboard.launch import DATABASE
from items.storage.database import connect

FRESH = 30
"""Seconds for which is remembered what may change without a sign."""
HELD = 8
"""Results of a function that are remembered."""

P = ParamSpec("P")
T = TypeVar("T")
_PASSING: list[Any] = []


def database() -> Engine:
    """Return the database that this dashboard reads."""
    return _connect(os.environ[DATABASE])


def address() -> str:
    """Return the address of the database if it is a file, "" for a server, which is nobody's business."""
    url = make_url(os.environ[DATABASE])
    return str(url) if url.get_backend_name() == "sqlite" else ""


def for_a_while(function: Callable[P, T]) -> Callable[P, T]:
    """Remember for `FRESH` seconds, each database apart, what pages read and never change."""
    held = _held(function, ttl=FRESH)
    _PASSING.append(held)

    @wraps(function)
    def remembered(*given: P.args, **named: P.kwargs) -> T:
        found: T = held(os.environ[DATABASE], None, *given, **named)
        return found

    return remembered


def while_same(state: Callable[..., Hashable]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Remember, each database apart, as long as `state` of the same arguments stays the same."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        held = _held(function, ttl=None)

        @wraps(function)
        def remembered(*given: P.args, **named: P.kwargs) -> T:
            found: T = held(os.environ[DATABASE], state(*given, **named), *given, **named)
            return found

        return remembered

    return decorate


def forget() -> None:
    """Forget what is remembered for a while, after something was changed."""
    for held in _PASSING:
        held.clear()


def _held(function: Callable[..., T], *, ttl: float | None) -> Any:
    def read(url: str, state: Hashable, *given: Any, **named: Any) -> T:
        return function(*given, **named)

    read.__qualname__ = f"{function.__module__}.{function.__qualname__}"  # Streamlit tells functions by it
    return st.cache_resource(ttl=ttl, max_entries=HELD, show_spinner=False)(read)


@st.cache_resource(show_spinner=False)
def _connect(url: str) -> Engine:
    return connect(url)
