"""Where answers come from: the sessions of the bank, or a log that somebody uploads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from calibration import ResponseMatrix
from dashboard import loading, showing
from dashboard.fairness import read_groups
from dashboard.figures.names import first_of
from dashboard.store.jobs import Job
from dashboard.views.choosing import Place
from items.errors import BadInput

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

SESSIONS, UPLOAD = "Sessions of this bank", "A log that I upload"
LOG = ("log", "key", "use_score", "omit")
"""What a request tells of an uploaded log."""
LARGEST = 200
"""Megabytes of a log that may be uploaded; larger ones are for the command line."""
LARGEST_KEY = 5
"""Megabytes of a key, or of the groups of people."""
TOO_LARGE = (
    f"Up to {LARGEST} MB. A larger log is not sent: run `itemwise calibrate LOG --out params.csv` where it "
    "lies, which reads any size, then bring the result to “A parameter file”."
)
"""What to do with a log that is too large to be sent."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Answers and where they are from.

    Attributes
    ----------
    request : dict
        What a job needs to read them again.
    counts : DataFrame
        `item`, and how often each of its categories was met, `0, 1, …`.
    people, answers : int
    groups : tuple of texts
        Columns `g_*` of the people.
    messages : tuple of texts
        What the reader changed or resolved.
    members : mapping
        How many people each value of each column `g_*` has.
    """

    request: dict[str, Any]
    counts: pd.DataFrame
    people: int
    answers: int
    groups: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    members: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def most_categories(self) -> int:
        """The largest number of categories that an item shows."""
        return int((self.counts.drop(columns="item") > 0).sum(axis=1).max())


def choose(place: Place, last: Job | None, *, groups: bool = False) -> Source | None:
    """Let people choose answers, on request with the groups of the people who took sessions.

    The log of their `last` job is at hand without another upload. None while there are no answers, with the
    reason on the page.
    """
    request = _log_of(last, place.bank)
    again = [f"{Path(request['log']).name}, uploaded before"] if request else []
    kind = st.radio("Answers", [SESSIONS, UPLOAD, *again], 2 if again else 0, horizontal=True, key="source")
    if kind == UPLOAD:
        return _uploaded()
    if request and kind in again:
        return of_responses(loading.uploaded(**request), request)
    found = _sessions(place.bank)
    return _with_groups(place, found) if found and groups else found


def _log_of(job: Job | None, bank: str) -> dict[str, Any] | None:
    """Return how a job of this bank read its log, if it had one and the log is still there."""
    asked = job.request if job and job.request["bank"] == bank else {}
    there = set(LOG) <= asked.keys() and Path(asked["log"]).exists()
    return {name: asked[name] for name in LOG} if there else None


def of_responses(responses: ResponseMatrix, request: dict[str, Any]) -> Source:
    """Return what is known of an uploaded log."""
    counts = pd.DataFrame(responses.category_counts()).rename(columns=str)
    counts.insert(0, "item", list(responses.items))
    found = members(responses.groups)
    return Source(
        request,
        counts,
        responses.n_persons,
        responses.n_responses,
        tuple(found),
        responses.messages,
        found,
    )


def members(groups: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return how many people each value of each column has, the largest group first."""
    return {
        str(name): {str(value): int(n) for value, n in groups[name].dropna().map(str).value_counts().items()}
        for name in groups.columns
    }


def of_counts(counts: pd.DataFrame, people: int) -> Source:
    """Return what is known of a bank's sessions, from `item, version, category, n`."""
    table = counts.pivot_table(index="item", columns="category", values="n", aggfunc="sum", fill_value=0)
    table.columns = table.columns.astype(str)
    return Source({}, table.reset_index(), people, int(counts["n"].sum()))


def understood(source: Source) -> pd.DataFrame:
    """Return `item`, `answers`, `categories` and the observed share of each category."""
    counts = source.counts.drop(columns="item").to_numpy()
    total = counts.sum(axis=1)
    table = pd.DataFrame(
        {"item": source.counts["item"], "answers": total, "categories": (counts > 0).sum(axis=1)}
    )
    shares = counts / np.maximum(total, 1)[:, None]
    return table.assign(**{f"share of {k}": shares[:, k] for k in range(shares.shape[1])})


def strangers(source: Source, known: Sequence[str]) -> list[str]:
    """Return the items of the answers that are none of the known ones."""
    return sorted(set(source.counts["item"]) - set(known))


def preview(place: Place, source: Source) -> None:
    """Show what was understood of the answers."""
    showing.facts(
        {
            "People": source.people,
            "Items": len(source.counts),
            "Answers": source.answers,
            "Groups": ", ".join(source.groups) or "none",
        }
    )
    for message in source.messages[:10]:
        (st.warning if " key" in message else st.caption)(message)
    unknown = strangers(source, [item.id for item in loading.bank(place.bank).items])
    if unknown:
        st.warning(
            f"{len(unknown)} of {len(source.counts)} items are not in this bank{first_of(unknown)}. They can "
            "be calibrated, but no test of this bank will ask them.",
            icon=":material/help:",
        )
    showing.folded(
        "What was understood, item by item",
        "what was understood",
        lambda: showing.table(understood(source), "understood"),
    )


def _sessions(bank: str) -> Source | None:
    counts = loading.category_counts(bank)
    if counts.empty:
        showing.empty(
            "This bank has no answers yet.", "Upload a log, or come back when candidates have taken the test."
        )
        return None
    return of_counts(counts, loading.count_sessions(bank))


def _with_groups(place: Place, found: Source) -> Source:
    """Let people name the groups of those who took the sessions."""
    file = st.file_uploader(
        "Groups of these people (CSV person,g_…; person is the name of the session)",
        type=["csv"],
        max_upload_size=LARGEST_KEY,
        key="groups",
    )
    if file is None:
        return found
    path = str(_kept(file))
    try:
        table = read_groups(path)
    except BadInput as error:
        st.error(f"This file cannot be used: {error}", icon=":material/error:")
        return found
    here = table[table.index.isin(loading.people(place.bank, place.chosen))]
    st.caption(f"{len(here):,} of the {len(table):,} people in the file have answers that can be compared.")
    told = members(here)
    return replace(found, request={**found.request, "groups": path}, groups=tuple(told), members=told)


def _uploaded() -> Source | None:
    first, second = st.columns(2)
    log = first.file_uploader(
        "Response log (CSV or Parquet, long or wide)",
        type=["csv", "parquet"],
        max_upload_size=LARGEST,
        key="log",
    )
    key = second.file_uploader(
        "Key (CSV item,key), for raw answers", type=["csv"], max_upload_size=LARGEST_KEY, key="key"
    )
    first.caption(TOO_LARGE)
    use_score = first.toggle("Take the column “score” instead of a key", key="use score")
    omit = second.selectbox("Omitted answers count as", ["wrong", "missing"], key="omit")
    if log is None:
        st.caption("Nothing is computed before you have seen what was understood of the log.")
        return None
    kept, with_key = str(_kept(log)), str(_kept(key)) if key else None
    try:
        responses = loading.uploaded(kept, with_key, use_score, omit)
    except BadInput as error:
        told = (
            str(error).replace(f"{Path(kept).parent}/", "").replace(f"{Path(with_key or kept).parent}/", "")
        )
        st.error(f"This log cannot be used: {told}", icon=":material/error:")
        return None
    return of_responses(responses, {"log": kept, "key": with_key, "use_score": use_score, "omit": omit})


def _kept(upload: "UploadedFile") -> Path:
    """Keep an upload in a folder of its own while the server runs."""
    folder = loading.upload_folder() / upload.file_id
    folder.mkdir(exist_ok=True)
    path = folder / Path(upload.name).name
    if not path.exists():
        path.write_bytes(upload.getbuffer())
    return path
