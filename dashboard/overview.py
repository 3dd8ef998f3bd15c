"""The morning's view of a bank: what to do first, how far the pilots are, what the newest sessions did."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.store.triage import CLOSED
from items.item import Status

SEVERITIES: Mapping[int, str] = {
    5: "scores are wrong",
    4: "scores may be wrong",
    3: "mend it before the next use",
    2: "look at it",
    1: "worth knowing",
}
"""What a flag's severity means, as the policy file says it."""
SERIOUS = 4
"""Severity from which on scores are in doubt."""
PILOT = 250
"""Answers that a pilot item should have before it counts: 250 for high stakes (Linacre 1994, RMT 7:4)."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do: why, in words, and the page where it is done."""

    words: str
    page: str


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """The sessions that began on one day (UTC).

    `reasons` has a row for each way in which they ended: `reason`, `sessions`, median `questions`, and of the
    standard errors (logits) the median `se` with the range `se_low, se_high` of the middle 80 %.
    """

    date: str
    sessions: int
    finished: int
    reasons: pd.DataFrame


def newest_day(sessions: pd.DataFrame) -> Day | None:
    """Sum up the newest day of sessions (`started_at, reason, answered, se`); None without any."""
    if sessions.empty:
        return None
    days = sessions["started_at"].str[:10]
    here = sessions[days == days.max()]
    ended = here.dropna(subset="reason")
    grouped = ended.assign(se=ended["se"].astype(float)).groupby("reason")
    reasons = grouped.agg(
        sessions=("reason", "size"),
        questions=("answered", "median"),
        se=("se", "median"),
        se_low=("se", lambda errors: errors.quantile(0.1)),
        se_high=("se", lambda errors: errors.quantile(0.9)),
    )
    ordered = reasons.sort_values("sessions", ascending=False).reset_index()
    return Day(str(days.max()), len(here), len(ended), ordered)


def states(items: pd.DataFrame) -> dict[str, int]:
    """Return how many items stand in each state that occurs, in the order of an item's life."""
    counted = items["state"].value_counts()
    return {one.value: int(counted[one.value]) for one in Status if one.value in counted}


def pilot_progress(items: pd.DataFrame, *, least: int = PILOT) -> pd.DataFrame:
    """Return `item, title, n, missing, done` of the pilot items, those nearest to enough answers first."""
    pilots = items.loc[items["state"] == Status.PILOT.value, ["item", "title", "n"]]
    missing = (least - pilots["n"]).clip(lower=0)
    done = np.minimum(pilots["n"] / least, 1.0)
    return pilots.assign(missing=missing, done=done).sort_values("n", ascending=False, ignore_index=True)


def by_severity(flags: pd.DataFrame) -> pd.DataFrame:
    """Return `severity, means, items, flags`, the most harmful first."""
    counted = flags.groupby("severity").agg(items=("item", "nunique"), flags=("flag", "size"))
    table = counted.sort_index(ascending=False).reset_index()
    return table.assign(means=table["severity"].astype(int).map(SEVERITIES))[
        ["severity", "means", "items", "flags"]
    ]


def tasks(
    queue: pd.DataFrame,
    pilots: pd.DataFrame,
    *,
    proposed: int | None,
    drifted: int,
    new_answers: int,
    today: str,
) -> list[Task]:
    """Return what to do, the most harmful first.

    Parameters
    ----------
    queue : DataFrame
        The triage queue with where the work stands: `item, urgent, state, due`.
    pilots : DataFrame
        `pilot_progress`.
    proposed : int or None
        The number of a parameter set that waits for a decision.
    drifted : int
        Items that moved too far since the set in use.
    new_answers : int
        Answers since the last analysis.
    today : str
        The date, ISO 8601.
    """
    still = queue[~queue["state"].isin(CLOSED)]
    urgent = still[still["urgent"] & (still["state"] == "new")]
    late = still[(still["due"] != "") & (still["due"] < today)]
    ready = int((pilots["missing"] == 0).sum())
    told = [
        Task(
            f"{_items(len(urgent))} may have a wrong key or be biased, and nobody looked yet; "
            f"first {', '.join(urgent['item'].head(3))}.",
            "ratings",
        )
        if len(urgent)
        else None,
        Task(f"{_items(len(late))} in triage should have been settled by now.", "ratings")
        if len(late)
        else None,
        Task(f"Parameter set {proposed} waits for somebody to accept or reject it.", "calibrate")
        if proposed is not None
        else None,
        Task(f"{_items(drifted)} moved too far since the parameters in use were estimated.", "calibrate")
        if drifted
        else None,
        Task(f"A calibration can judge {_items(ready)} on trial: the answers suffice now.", "calibrate")
        if ready
        else None,
        Task(f"{new_answers:,} answers wait for their analysis.", "items") if new_answers > 0 else None,
    ]
    return [one for one in told if one is not None]


def _items(n: int) -> str:
    return "1 item" if n == 1 else f"{n:,} items"
