"""What candidates did: sessions, answers, ratings and reports, counted in the database.

The counts are remembered until new events are read in, however long that takes.
"""

from collections.abc import Hashable

import pandas as pd

from calibration.triage import DISSATISFIED
from dashboard.answers import newest_versions
from dashboard.item_table import mean_stars
from dashboard.loading.banks import stored
from dashboard.loading.memory import database, for_a_while, forget, while_same
from dashboard.store import read_model, session_list

AT_ONCE = 300
"""Sessions that are read in while somebody waits for a page; more of them are a job."""


def read_in() -> int:
    """Read in what sessions did since the last time; where too many did, only return how many."""
    late = _behind()
    if len(late) > AT_ONCE:
        return len(late)
    if late:
        read_model.catch_up(database(), late)
        forget()
    return 0


@for_a_while
def _behind() -> list[str]:
    return read_model.behind(database())


@for_a_while
def _state() -> tuple[int, int]:
    return read_model.state(database())


def reading(*asked: Hashable, **named: Hashable) -> tuple[int, int]:
    """Return what tells apart any two states of what was read in, whatever is asked of it."""
    return _state()


@while_same(reading)
def session_kinds() -> pd.DataFrame:
    """Return how many sessions there are of each kind, as `session_list.kinds` tells them."""
    return session_list.kinds(database())


@while_same(reading)
def newest_sessions(bank: str) -> pd.DataFrame:
    """Return the sessions of the newest day on which somebody took a test of the bank."""
    return read_model.newest_sessions(database(), bank)


@while_same(reading)
def is_simulated() -> bool:
    """Return whether any session was simulated."""
    return read_model.is_simulated(database())


@while_same(reading)
def answers(bank: str, item: str, version: int) -> pd.DataFrame:
    """Return the answers to one item version, each with the ability of who gave it."""
    return read_model.answers(database(), bank, item, version)


@while_same(reading)
def counts(bank: str) -> pd.DataFrame:
    """Return how often each item version was met, answered and earned points."""
    return read_model.item_counts(database(), bank)


@while_same(reading)
def star_counts(bank: str) -> pd.DataFrame:
    """Return how often each item version got each number of stars."""
    return read_model.star_counts(database(), bank)


def stars(bank: str) -> pd.DataFrame:
    """Return how often each item version was `rated`, and its mean `stars`."""
    return mean_stars(star_counts(bank))


@while_same(reading)
def count_sessions(bank: str) -> int:
    """Return how many sessions of a bank have begun."""
    return read_model.count_sessions(database(), bank)


@while_same(reading)
def count_answers(bank: str) -> int:
    """Return how many answers a bank has."""
    return read_model.count_answers(database(), bank)


@while_same(reading)
def people(bank: str, chosen: int | None) -> set[str]:
    """Return who has answers that count under a parameter set, or any scored answer if there is none."""
    table = None if chosen is None else newest_versions(stored(bank, chosen).parameters).table
    versions = None if table is None else list(zip(table["item"], table["version"].tolist(), strict=True))
    return read_model.people(database(), bank, versions)


@while_same(reading)
def category_counts(bank: str) -> pd.DataFrame:
    """Return how often each category of each item version was earned."""
    return read_model.category_counts(database(), bank)


def answers_of_person(bank: str, person: str) -> pd.DataFrame:
    """Return the answers of one session, in the order of the test."""
    return read_model.log(database(), bank, of=person)


def ratings(bank: str, item: str, version: int) -> pd.DataFrame:
    """Return the ratings of one item version, the oldest first."""
    return read_model.ratings(database(), bank, item=(item, version))


@while_same(reading)
def newest_ratings(bank: str) -> pd.DataFrame:
    """Return the newest ratings, the newest first."""
    return read_model.newest_ratings(database(), bank)


@while_same(reading)
def comments(bank: str) -> pd.DataFrame:
    """Return the newest ratings that came with a comment, the newest first."""
    return read_model.comments(database(), bank)


@while_same(reading)
def reports(bank: str) -> pd.DataFrame:
    """Return the problems reported with the items of a bank, the oldest first."""
    return read_model.reports(database(), bank)


@while_same(reading)
def problem_counts(bank: str) -> pd.DataFrame:
    """Return how many candidates had a problem with each item version."""
    return read_model.problem_counts(database(), bank, most=DISSATISFIED)
