"""A database that is away for a while: work in the background keeps what it has, and waits."""

import logging
import math
import sqlite3
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")
GONE = (OperationalError, InterfaceError)
PATIENCE = 24 * 3600.0
"""Seconds after which nobody waits any longer."""
PAUSES = (0.5, 5.0)
"""Seconds between two tries: at first, doubled each time; at most."""

_seen_away = [-math.inf]


def until_back(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do what needs the database, again and again while it cannot be reached, for a day at most.

    What is done has to be all or nothing, so that it can be done again.
    """
    began, (pause, longest) = time.monotonic(), PAUSES
    while True:
        try:
            return call(*args, **kwargs)
        except GONE as error:
            if not away(error) or time.monotonic() - began > PATIENCE:
                raise
            log.warning("waiting for the database: %s", error.orig)
            time.sleep(pause)
            pause = min(2 * pause, longest)


def away(error: DBAPIError) -> bool:
    """Return whether the database cannot be reached, so that it helps to wait.

    SQLite raises the same for what it does not hold, such as a table: its code tells these apart.
    """
    code = getattr(error.orig, "sqlite_errorcode", None)
    return isinstance(error, GONE) and code != sqlite3.SQLITE_ERROR


def notice() -> None:
    """Remember that the database is away: nobody can give a sign of life in it now."""
    _seen_away[0] = time.monotonic()


def was_away(within: float) -> bool:
    """Return whether this process noticed in the last so many seconds that the database is away."""
    return time.monotonic() - _seen_away[0] <= within
