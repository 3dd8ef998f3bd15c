"""What pages read from the database, remembered for a while: the only place with caching."""

import os
from collections.abc import Callable
from typing import TypeVar

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from calibration import ResponseMatrix, triage
from calibration.ratings import summarise_ratings
from calibration.scoring import score as score_log
from dashboard.item_table import (
    difficulties,
    flags_for_triage,
    full_scores,
    item_table,
    with_analysis,
)
from dashboard.launch import DATABASE
from dashboard.store import analyses
from dashboard.store.analyses import KeptAnalysis
from dashboard.store.triage import queue_with_standing, standing
from dashboard.work import coded
from engine.delivery import queries
from engine.pool import ItemPool
from items.bank import ItemBank
from items.storage import banks, parameter_sets
from items.storage.database import connect
from items.storage.parameter_sets import Promotion, StoredSet

FRESH = 30
"""Seconds for which sessions, answers and ratings are remembered."""

T = TypeVar("T")


def database() -> Engine:
    """Return the database that this dashboard reads."""
    return _connect(os.environ[DATABASE])


def forget() -> None:
    """Forget what was read, after something was changed."""
    st.cache_data.clear()


def bank_ids() -> tuple[str, ...]:
    """Return the ids of all banks."""
    return banks.bank_ids(database())


def bank(id: str) -> ItemBank:
    """Return a bank as it stands."""
    return _bank(os.environ[DATABASE], id)


def sets(bank: str) -> tuple[StoredSet, ...]:
    """Return all parameter sets of a bank, oldest first."""
    return _sets(os.environ[DATABASE], bank)


def promotions(bank: str) -> tuple[Promotion, ...]:
    """Return every promotion of a bank, oldest first; the last one is in force."""
    return parameter_sets.promotions(database(), bank)


def set_in_use(bank: str) -> int | None:
    """Return the number of the parameter set in use, None before the first promotion."""
    made = promotions(bank)
    return made[-1].parameter_set if made else None


def no_flags() -> pd.DataFrame:
    """Return an empty table of flags."""
    return pd.DataFrame(columns=["item", "flag", "severity", "evidence", "action", "basis", "source"])


def log(bank: str) -> pd.DataFrame:
    """Return every answer to the bank's items, in the long format of a response log."""
    return _log(os.environ[DATABASE], bank)


def sessions() -> pd.DataFrame:
    """Return one row a session, the newest last."""
    return _read(os.environ[DATABASE], "sessions")


def ratings() -> pd.DataFrame:
    """Return the rating that holds of each question of each session."""
    return _read(os.environ[DATABASE], "ratings")


def reports() -> pd.DataFrame:
    """Return every problem reported."""
    return _read(os.environ[DATABASE], "reports")


def responses(bank: str, parameter_set: int) -> ResponseMatrix:
    """Return the scored answers to the items of a parameter set, coded as it expects."""
    return _responses(os.environ[DATABASE], bank, parameter_set)


def abilities(bank: str, parameter_set: int) -> pd.DataFrame:
    """Return each session's ability under a parameter set: `person, theta, se, status, n_items`."""
    return _abilities(os.environ[DATABASE], bank, parameter_set)


def pool(bank: str, parameter_set: int) -> ItemPool:
    """Return the items of a parameter set, ready for computing."""
    return ItemPool.from_parameters(stored(bank, parameter_set).parameters)


def stored(bank: str, parameter_set: int) -> StoredSet:
    """Return one parameter set of a bank."""
    return next(one for one in sets(bank) if one.id == parameter_set)


def rating_summary(bank: str) -> pd.DataFrame:
    """Return what candidates think of each item version of a bank."""
    return _rating_summary(os.environ[DATABASE], bank)


def items(bank: str, parameter_set: int | None) -> pd.DataFrame:
    """Return one row for each item of a bank with everything that is known of it."""
    return _items(os.environ[DATABASE], bank, parameter_set)


def analysis(bank: str, parameter_set: int) -> KeptAnalysis | None:
    """Return the kept analysis of a bank's log under a parameter set, None if there is none yet."""
    return _analysis(os.environ[DATABASE], bank, parameter_set)


def triage_queue(bank: str, parameter_set: int | None) -> pd.DataFrame:
    """Return the items with something against them, the most harmful first, and where the work stands."""
    kept = None if parameter_set is None else analysis(bank, parameter_set)
    table = items(bank, parameter_set)
    exposure = table[["item", "version", "n"]].assign(share=table["exposure"])
    known = table["item"]
    rated, reported = ratings(), reports()
    queue = triage.triage_queue(
        rated[rated["item"].isin(known)].rename(columns={"session": "person"}),
        reported[reported["item"].isin(known)].rename(columns={"session": "person"}),
        exposure,
        flags_for_triage(kept),
    )
    return queue_with_standing(queue, standing(database(), bank))


def _remember(function: Callable[..., T]) -> Callable[..., T]:
    remembered: Callable[..., T] = st.cache_data(ttl=FRESH, max_entries=20, show_spinner=False)(function)
    return remembered


@st.cache_resource(show_spinner=False)
def _connect(url: str) -> Engine:
    return connect(url)


@_remember
def _bank(url: str, id: str) -> ItemBank:
    return banks.load(_connect(url), id)


@_remember
def _sets(url: str, bank: str) -> tuple[StoredSet, ...]:
    return parameter_sets.history(_connect(url), bank)


@_remember
def _read(url: str, what: str) -> pd.DataFrame:
    table: pd.DataFrame = getattr(queries, what)(_connect(url))
    return table


@_remember
def _log(url: str, bank: str) -> pd.DataFrame:
    everything = _read(url, "response_log")
    return everything[everything["item"].isin([item.id for item in _bank(url, bank).items])]


@_remember
def _responses(url: str, bank: str, parameter_set: int) -> ResponseMatrix:
    return coded(_log(url, bank), stored(bank, parameter_set).parameters)


@_remember
def _abilities(url: str, bank: str, parameter_set: int) -> pd.DataFrame:
    return score_log(_responses(url, bank, parameter_set), stored(bank, parameter_set).parameters)


@_remember
def _rating_summary(url: str, bank: str) -> pd.DataFrame:
    rated = _read(url, "ratings").rename(columns={"session": "person"})
    rated = rated[rated["item"].isin([item.id for item in _bank(url, bank).items])]
    theta = _read(url, "sessions").set_index("session")["theta"]
    made = parameter_sets.in_use(_connect(url), bank)
    b = {} if made is None else difficulties(made.parameters.table.set_index("item")).to_dict()
    full = full_scores(_bank(url, bank))
    return summarise_ratings(
        rated.assign(
            correct=rated["category"].astype(float) / rated["item"].map(full) >= 1,
            theta=rated["person"].map(theta).astype(float),
            b=rated["item"].map(b),
        )
    )


@_remember
def _items(url: str, bank: str, parameter_set: int | None) -> pd.DataFrame:
    parameters = None if parameter_set is None else stored(bank, parameter_set).parameters
    table = item_table(_bank(url, bank), _log(url, bank), parameters, _rating_summary(url, bank))
    kept = None if parameter_set is None else _analysis(url, bank, parameter_set)
    return with_analysis(table, kept)


@_remember
def _analysis(url: str, bank: str, parameter_set: int) -> KeptAnalysis | None:
    return analyses.load(_connect(url), bank, parameter_set)
