"""What pages read from the database, remembered for a while: the only place with caching."""

import atexit
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import streamlit as st
from sqlalchemy import Engine, make_url

from calibration import ResponseMatrix, triage
from calibration.linking import Link
from dashboard.answers import answers_of, newest_versions
from dashboard.drift import compared
from dashboard.item_table import analysed_flags, item_table, mean_stars
from dashboard.launch import DATABASE
from dashboard.live_design import (
    OUTSIDE,
    AgainstDesign,
    Live,
    against_design,
    as_able,
    ended_by_rules,
    even,
    live_tests,
)
from dashboard.store import analyses, comparisons, read_model, rejections
from dashboard.store.analyses import KeptAnalysis
from dashboard.store.triage import queue_with_standing, standing
from engine.delivery import assessments, simulations
from engine.delivery.assessments import Published
from engine.delivery.edition import load_edition
from engine.pool import ItemPool
from engine.simulation import Study
from engine.simulation.archive import unpack
from items.bank import ItemBank
from items.storage import banks, parameter_sets
from items.storage.database import connect
from items.storage.parameter_sets import Promotion, StoredSet

FRESH = 30
"""Seconds for which sessions, answers and ratings are remembered."""
AT_ONCE = 300
"""Sessions that are read in while somebody waits for a page; more of them are a job."""

P = ParamSpec("P")
T = TypeVar("T")
_HELD: list[Any] = []


def _remember(function: Callable[P, T]) -> Callable[P, T]:
    """Remember for a while, each database apart, what pages read and never change."""

    def read(url: str, *given: P.args, **named: P.kwargs) -> T:
        return function(*given, **named)

    read.__qualname__ = function.__qualname__  # by which Streamlit tells functions apart
    held: Any = st.cache_resource(ttl=FRESH, max_entries=8, show_spinner=False)(read)
    _HELD.append(held)

    @wraps(function)
    def remembered(*given: P.args, **named: P.kwargs) -> T:
        found: T = held(os.environ[DATABASE], *given, **named)
        return found

    return remembered


def database() -> Engine:
    """Return the database that this dashboard reads."""
    return _connect(os.environ[DATABASE])


def address() -> str:
    """Return the address of the database if it is a file, "" for a server, which is nobody's business."""
    url = make_url(os.environ[DATABASE])
    return str(url) if url.get_backend_name() == "sqlite" else ""


def forget() -> None:
    """Forget what was read, after something was changed."""
    for held in _HELD:
        held.clear()


def read_in() -> int:
    """Read in what sessions did since the last time; where too many did, only return how many."""
    late = _behind()
    if len(late) > AT_ONCE:
        return len(late)
    if late:
        read_model.catch_up(database(), late)
        forget()
    return 0


@_remember
def _behind() -> list[str]:
    return read_model.behind(database())


def bank_ids() -> tuple[str, ...]:
    """Return the ids of all banks."""
    return banks.bank_ids(database())


@_remember
def bank(id: str) -> ItemBank:
    """Return a bank as it stands."""
    return banks.load(database(), id)


@_remember
def sets(bank: str) -> tuple[StoredSet, ...]:
    """Return all parameter sets of a bank, oldest first."""
    return parameter_sets.history(database(), bank)


def rejected() -> dict[int, str]:
    """Return the sets that were rejected, each with the reason."""
    return rejections.rejected(database())


def promotions(bank: str) -> tuple[Promotion, ...]:
    """Return every promotion of a bank, oldest first; the last one is in force."""
    return parameter_sets.promotions(database(), bank)


def set_in_use(bank: str) -> int | None:
    """Return the number of the parameter set in use, None before the first promotion."""
    made = promotions(bank)
    return made[-1].parameter_set if made else None


def stored(bank: str, parameter_set: int) -> StoredSet:
    """Return one parameter set of a bank."""
    return next(one for one in sets(bank) if one.id == parameter_set)


def linked(bank: str, new: int, old: int) -> Link | str:
    """Return one set put on the scale of another, or why that cannot be done."""
    return _linked(os.environ[DATABASE], bank, new, old)


@_remember
def pool(bank: str, parameter_set: int) -> ItemPool:
    """Return the items of a parameter set, at their newest version, ready for computing."""
    return ItemPool.from_parameters(newest_versions(stored(bank, parameter_set).parameters))


def editions() -> tuple[Published, ...]:
    """Return every published edition, the newest first."""
    return assessments.editions(database())


def simulation(edition: str) -> Study | None:
    """Return the simulation that is kept with an edition, None if there is none yet."""
    return _simulation(os.environ[DATABASE], edition) if simulations.kept(database(), edition) else None


def against(edition: str, *, simulated: bool, able: bool) -> tuple[Live, AgainstDesign] | None:
    """Return the live tests of an edition and how they compare with its design, None while there are none.

    `able` compares with simulated people who end as able as the live ones.
    """
    rows = sessions()
    own = ended_by_rules(rows[(rows["edition"] == edition) & (rows["simulated"] == simulated)])
    if own.empty or not simulations.kept(database(), edition):
        return None
    state = f"{len(own)} until {own['last_at'].max()}"
    return _against(os.environ[DATABASE], edition, simulated, able, state, _own=own)


@_remember
def sessions() -> pd.DataFrame:
    """Return one row a session, the newest last."""
    return read_model.sessions(database())


@_remember
def newest_sessions(bank: str) -> pd.DataFrame:
    """Return the sessions of the newest day on which somebody took a test of the bank."""
    return read_model.newest_sessions(database(), bank)


@_remember
def is_simulated() -> bool:
    """Return whether any session was simulated."""
    return read_model.is_simulated(database())


@_remember
def answers(bank: str, item: str, version: int) -> pd.DataFrame:
    """Return the answers to one item version, each with the ability of who gave it."""
    return read_model.answers(database(), bank, item, version)


@_remember
def counts(bank: str) -> pd.DataFrame:
    """Return how often each item version was met, answered and earned points."""
    return read_model.item_counts(database(), bank)


@_remember
def star_counts(bank: str) -> pd.DataFrame:
    """Return how often each item version got each number of stars."""
    return read_model.star_counts(database(), bank)


def stars(bank: str) -> pd.DataFrame:
    """Return how often each item version was `rated`, and its mean `stars`."""
    return mean_stars(star_counts(bank))


@_remember
def count_sessions(bank: str) -> int:
    """Return how many sessions of a bank have begun."""
    return read_model.count_sessions(database(), bank)


@_remember
def count_answers(bank: str) -> int:
    """Return how many answers a bank has."""
    return read_model.count_answers(database(), bank)


@_remember
def category_counts(bank: str) -> pd.DataFrame:
    """Return how often each category of each item version was earned."""
    return read_model.category_counts(database(), bank)


@_remember
def comparison(job: int) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and facts of a comparison of groups."""
    return comparisons.load(database(), job)


def answers_of_person(bank: str, person: str) -> pd.DataFrame:
    """Return the answers of one session, in the order of the test."""
    return read_model.log(database(), bank, of=person)


def ratings(bank: str, item: str, version: int) -> pd.DataFrame:
    """Return the ratings of one item version, the oldest first."""
    return read_model.ratings(database(), bank, item=(item, version))


@_remember
def newest_ratings(bank: str) -> pd.DataFrame:
    """Return the newest ratings, the newest first."""
    return read_model.newest_ratings(database(), bank)


@_remember
def comments(bank: str) -> pd.DataFrame:
    """Return the newest ratings that came with a comment, the newest first."""
    return read_model.comments(database(), bank)


@_remember
def reports(bank: str) -> pd.DataFrame:
    """Return the problems reported with the items of a bank, the oldest first."""
    return read_model.reports(database(), bank)


@_remember
def items(id: str, parameter_set: int | None) -> pd.DataFrame:
    """Return one row for each item of a bank with everything that is known of it."""
    return item_table(
        bank(id),
        counts(id),
        star_counts(id),
        None if parameter_set is None else stored(id, parameter_set).parameters,
        None if parameter_set is None else analysis(id, parameter_set),
        sessions=count_sessions(id),
    )


def flags(bank: str, parameter_set: int | None) -> pd.DataFrame:
    """Return what the statistics have against the items of a bank at their current version."""
    kept = None if parameter_set is None else analysis(bank, parameter_set)
    return analysed_flags(items(bank, parameter_set), kept)


@_remember
def analysis(bank: str, parameter_set: int) -> KeptAnalysis | None:
    """Return the kept analysis under a parameter set, None if there is none yet."""
    return analyses.load(database(), bank, parameter_set)


def triage_queue(bank: str, parameter_set: int | None) -> pd.DataFrame:
    """Return the item versions with something against them, the most harmful first, and who is on it."""
    exposure = counts(bank)[["item", "version", "n"]]
    exposure = exposure.assign(share=exposure["n"] / max(count_sessions(bank), 1))
    low = read_model.low_ratings(database(), bank, most=triage.DISSATISFIED)
    found = flags(bank, parameter_set)[["item", "version", "flag", "level", "urgent"]]
    queue = triage.triage_queue(
        low.rename(columns={"session": "person"}),
        reports(bank).rename(columns={"session": "person"}),
        exposure,
        found,
    )
    return queue_with_standing(queue, standing(database(), bank))


@st.cache_resource(show_spinner=False)
def upload_folder() -> Path:
    """Return the folder in which uploads are kept while the server runs."""
    folder = Path(mkdtemp(prefix="itemwise-uploads-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


@st.cache_resource(show_spinner=False, max_entries=4)
def uploaded(log: str, key: str | None, use_score: bool, omit: str) -> ResponseMatrix:
    """Read an uploaded log; raises BadInput where it cannot be used."""
    return answers_of(database(), {"log": log, "key": key, "use_score": use_score, "omit": omit})


@st.cache_resource(show_spinner=False)
def _connect(url: str) -> Engine:
    return connect(url)


@st.cache_resource(max_entries=8, show_spinner=False)
def _linked(url: str, bank: str, new: int, old: int) -> Link | str:
    return compared(stored(bank, new).parameters, stored(bank, old).parameters)


@st.cache_resource(max_entries=8, show_spinner=False)
def _simulation(url: str, edition: str) -> Study:
    content = simulations.load(database(), edition)
    assert content is not None
    return unpack(content, load_edition(database(), edition).design)[0]


@st.cache_resource(max_entries=16, show_spinner=False)
def _against(
    url: str, edition: str, simulated: bool, able: bool, state: str, *, _own: pd.DataFrame
) -> tuple[Live, AgainstDesign]:
    """Compare once for each `state` of an edition's sessions, however often pages ask."""
    study, live = _simulation(url, edition), live_tests(_own, _asked(url, edition, simulated, state))
    weights = as_able(study, live) if able else even(study)
    return live, against_design(study, live, weights=weights, rng=np.random.default_rng(1))


@st.cache_resource(max_entries=16, show_spinner=False)
def _asked(url: str, edition: str, simulated: bool, state: str) -> "pd.Series[Any]":
    counts = read_model.asked_counts(database(), edition, simulated=simulated, outside=OUTSIDE)
    return counts.set_index("item")["n"]
