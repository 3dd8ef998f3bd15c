"""Sessions as staff look for them: filtered, counted and listed in the database, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, Engine, String, cast, func, literal, select

from dashboard.store.read_model import frame
from dashboard.store.read_tables import session_table

UNDER_WAY = "under way"
DAY = func.substr(session_table.c.started_at, 1, 10)
STATE = func.coalesce(session_table.c.reason, UNDER_WAY)
SHOWN = ("assessment", "asked", "theta", "se", "score", "low", "high", "level", "waiting", "simulated")
"""Columns that stand in the list as they are kept."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions of a bank are looked for.

    Attributes
    ----------
    bank : str
    assessments, states : tuple of texts
        How they were called and how they ended; any, if none is named.
    days : pair of dates, ISO 8601, or None
        First and last day (UTC) on which they began.
    lengths : pair of ints, or None
        Fewest and most questions.
    least_se : float
        Smallest standard error (logits), 0 for any or none.
    simulated : bool or None
        Whether candidates were simulated, None for both.
    """

    bank: str
    assessments: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    days: tuple[str, str] | None = None
    lengths: tuple[int, int] | None = None
    least_se: float = 0.0
    simulated: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a session has to fulfil."""
        table = session_table.c
        asked: list[ColumnElement[bool]] = [table.bank == self.bank]
        if self.assessments:
            asked.append(table.assessment.in_(self.assessments))
        if self.states:
            asked.append(STATE.in_(self.states))
        if self.days is not None:
            asked.append(DAY.between(*self.days))
        if self.lengths is not None:
            asked.append(table.asked.between(*self.lengths))
        if self.least_se > 0:
            asked.append(table.se >= self.least_se)
        if self.simulated is not None:
            asked.append(table.simulated == self.simulated)
        return asked


def kinds(database: Engine) -> pd.DataFrame:
    """Return how many sessions there are of each kind, and how they range.

    Returns
    -------
    DataFrame
        `bank, assessment, edition, simulated, state`; `n` sessions, their `first` and `last` day (UTC),
        the newest event (`until`), `fewest` and `most` questions.
    """
    table = session_table.c
    what = (table.bank, table.assessment, table.edition, table.simulated, STATE.label("state"))
    first, last = func.min(table.started_at), func.max(table.started_at)
    query = select(
        *what,
        func.count().label("n"),
        func.substr(first, 1, 10).label("first"),
        func.substr(last, 1, 10).label("last"),
        func.max(table.last_at).label("until"),
        func.min(table.asked).label("fewest"),
        func.max(table.asked).label("most"),
    )
    return frame(database, query.group_by(*what))


def count(database: Engine, wanted: Wanted) -> int:
    """Return how many sessions there are."""
    query = select(func.count()).select_from(session_table).where(*wanted.conditions())
    with database.connect() as connection:
        return connection.scalar(query) or 0


def listed(database: Engine, wanted: Wanted, *, people: bool, most: int | None = None) -> pd.DataFrame:
    """Return the sessions, the newest first; without the right to see people they have numbers and days.

    Returns
    -------
    DataFrame
        `id` of the session and what it is called (`session`); `started` (UTC), `state`, and `SHOWN`.
    """
    return _named(database, wanted.bank, wanted.conditions(), people=people, most=most)


def named(database: Engine, bank: str, name: str, *, people: bool) -> pd.DataFrame:
    """Return the session that people call so, as one row; none if there is no such session."""
    return _named(database, bank, [session_table.c.bank == bank], people=people, name=name)


def _named(
    database: Engine,
    bank: str,
    conditions: Sequence[ColumnElement[bool]],
    *,
    people: bool,
    most: int | None = None,
    name: str | None = None,
) -> pd.DataFrame:
    table = session_table.c
    columns = (table.session.label("id"), *(table[one] for one in SHOWN), STATE.label("state"))
    begun = func.substr(table.started_at, 1, 16 if people else 10)
    query = select(*columns, func.replace(begun, "T", " ").label("started"))
    if people:
        called: ColumnElement[str] = table.session
    else:
        order = func.row_number().over(order_by=(table.started_at, table.session))
        numbers = select(table.session, order.label("number")).where(table.bank == bank).subquery()
        query = query.join(numbers, numbers.c.session == table.session)
        called = literal("session ") + cast(numbers.c.number, String)
    query = query.add_columns(called.label("session")).where(*conditions)
    if name is not None:
        query = query.where(called == name)
    return frame(database, query.order_by(table.started_at.desc(), table.session.desc()).limit(most))
