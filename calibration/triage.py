"""Which item to look at first: problem rate × exposure × severity of what reports and flags say."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import betaincinv

KEY = ["item", "version"]

SEVERITY: Mapping[str, float] = {
    "wrong_key": 5.0,
    "biased": 5.0,
    "unclear": 2.0,
    "technical": 2.0,
    "typo": 1.0,
    "other": 1.0,
}
"""Harm of a problem to a candidate whom it concerns, 1 (a nuisance) to 5 (a wrong score); a convention."""

URGENT = ("wrong_key", "biased")
"""Problems that go to the head of the queue, whatever their rate."""

DISSATISFIED = 2
"""Most stars of a rating that counts as a problem met."""

PSEUDO = 20.0
"""Candidates' worth of the bank's own problem rate that is added to each item's."""


def triage_queue(
    problems: pd.DataFrame, reports: pd.DataFrame, exposure: pd.DataFrame, flags: pd.DataFrame
) -> pd.DataFrame:
    """Return the item versions with something against them, the most harmful first.

    Parameters
    ----------
    problems : DataFrame
        `item`, `version`, `n`: candidates who reported a problem or gave at most `DISSATISFIED` stars.
    reports : DataFrame
        `item`, `version`, `problem`: what candidates reported.
    exposure : DataFrame
        `item`, `version`, `n` (candidates who met it) and `share` of all candidates.
    flags : DataFrame
        `item`, `version`, `flag`, `level` (1 to 5), and whether it is `urgent`: what the statistics say.

    Returns
    -------
    DataFrame
        `item`, `version`, `harm`, `urgent`, `problems` (candidates), `n`, `rate` (drawn towards the bank's),
        `rate_low` (95 % lower bound), `exposure`, `severity`, `reasons` (in words, worst first).
    """
    table = exposure.rename(columns={"share": "exposure"}).copy()
    table["problems"] = _count(table, problems)
    table["rate"], table["rate_low"] = _rates(table["problems"].to_numpy(float), table["n"].to_numpy(float))
    told = _told(table, reports, flags)
    table = table.merge(told, on=KEY, how="left").fillna({"severity": 1.0, "reasons": ""})
    table["urgent"] = table["urgent"].eq(True)
    table["harm"] = table["rate"] * table["exposure"] * table["severity"]
    concerned = table[(table["problems"] > 0) | (table["reasons"] != "")]
    ordered = concerned.sort_values(["urgent", "harm"], ascending=False, kind="stable")
    columns = ["harm", "urgent", "problems", "n", "rate", "rate_low", "exposure", "severity", "reasons"]
    return ordered[[*KEY, *columns]].reset_index(drop=True)


def _count(table: pd.DataFrame, problems: pd.DataFrame) -> "pd.Series[int]":
    counted = problems[[*KEY, "n"]].rename(columns={"n": "count"})
    return table[KEY].merge(counted, on=KEY, how="left")["count"].fillna(0).astype(int)


def _rates(problems: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return problem rates drawn towards the bank's, and Jeffreys' 95 % lower bounds of the raw ones."""
    n = np.maximum(n, problems)
    overall = problems.sum() / max(n.sum(), 1.0)
    low = np.where(problems > 0, betaincinv(problems + 0.5, n - problems + 0.5, 0.05), 0.0)
    return (problems + PSEUDO * overall) / (n + PSEUDO), low


def _told(table: pd.DataFrame, reports: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Return severity, urgency and reasons of each item version from reports and flags together."""
    counted = reports.groupby([*KEY, "problem"]).size().rename("count").reset_index()
    counted["level"] = counted["problem"].map(SEVERITY).fillna(1.0)
    counted["urgent"] = counted["problem"].isin(URGENT)
    counted["reason"] = counted["problem"].str.replace("_", " ") + " × " + counted["count"].astype(str)
    flagged = flags.merge(table[KEY], on=KEY)
    flagged = flagged.assign(reason=flagged["flag"].str.replace("_", " "))
    both = pd.concat([counted, flagged])[[*KEY, "level", "urgent", "reason"]]
    both = both.astype({"level": float, "urgent": bool})
    both = both.sort_values("level", ascending=False, kind="stable")
    return (
        both.groupby(KEY)
        .agg(severity=("level", "max"), urgent=("urgent", "any"), reasons=("reason", ", ".join))
        .reset_index()
    )
