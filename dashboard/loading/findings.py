"""What was found out of items: analyses, flags, comparisons, and the triage queue made of them."""

from typing import Any

import pandas as pd

from calibration import triage
from calibration.linking import Link
from dashboard import drift
from dashboard.item_table import analysed_flags, item_table
from dashboard.loading import banks, log
from dashboard.loading.memory import database, for_a_while, while_same
from dashboard.store import analyses, comparisons
from dashboard.store.analyses import KeptAnalysis
from dashboard.store.triage import queue_with_standing, standing


@for_a_while
def comparison(job: int) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return the tables and facts of a comparison of groups."""
    return comparisons.load(database(), job)


@for_a_while
def _made(bank: str, parameter_set: int) -> str | None:
    return analyses.made(database(), bank, parameter_set)


@while_same(_made)
def analysis(bank: str, parameter_set: int) -> KeptAnalysis | None:
    """Return the kept analysis under a parameter set, None if there is none yet."""
    return analyses.load(database(), bank, parameter_set)


@for_a_while
def items(id: str, parameter_set: int | None) -> pd.DataFrame:
    """Return one row for each item of a bank with everything that is known of it."""
    return item_table(
        banks.bank(id),
        log.counts(id),
        log.star_counts(id),
        None if parameter_set is None else banks.stored(id, parameter_set).parameters,
        None if parameter_set is None else analysis(id, parameter_set),
        sessions=log.count_sessions(id),
    )


@for_a_while
def flags(bank: str, parameter_set: int | None) -> pd.DataFrame:
    """Return what the statistics have against the items of a bank at their current version."""
    kept = None if parameter_set is None else analysis(bank, parameter_set)
    return analysed_flags(items(bank, parameter_set), kept)


def triage_queue(bank: str, parameter_set: int | None) -> pd.DataFrame:
    """Return the item versions with something against them, the most harmful first, and who is on it."""
    return queue_with_standing(_harm(bank, parameter_set), standing(database(), bank))


@for_a_while
def _harm(bank: str, parameter_set: int | None) -> pd.DataFrame:
    exposure = log.counts(bank)[["item", "version", "n"]]
    exposure = exposure.assign(share=exposure["n"] / max(log.count_sessions(bank), 1))
    found = flags(bank, parameter_set)[["item", "version", "flag", "level", "urgent"]]
    return triage.triage_queue(log.problem_counts(bank), log.reports(bank), exposure, found)


def linked(bank: str, new: int, old: int) -> Link | str:
    """Return one set put on the scale of another, or why that cannot be done."""
    kept = drift.kept_link(analysis(bank, new), banks.stored(bank, new).parameters, old)
    return _linked(bank, new, old) if kept is None else kept


def _sets(bank: str, new: int, old: int) -> tuple[int, int]:
    return new, old


@while_same(_sets)
def _linked(bank: str, new: int, old: int) -> Link | str:
    return drift.compared(banks.stored(bank, new).parameters, banks.stored(bank, old).parameters)
