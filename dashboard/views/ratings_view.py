"""Ratings: the triage queue, ratings raw and adjusted, what comments say, and what a fix changed."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from calibration.ratings import before_and_after, recurring_words
from dashboard import loading, outage, showing, work
from dashboard.figures.rating_map import draw_rating_map, rating_map
from dashboard.item_table import answer_shares, full_scores
from dashboard.store import audit, triage
from dashboard.store.roles import who_may
from dashboard.store.triage import STATES, Overtaken, Triage
from dashboard.views import choosing, waiting
from dashboard.views.choosing import Place
from items.errors import BadInput

COLUMNS: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", pinned=True),
    "version": st.column_config.NumberColumn("Version", width="small"),
    "urgent": st.column_config.CheckboxColumn("First", help="A wrong key or bias: comes before all others"),
    "reasons": st.column_config.TextColumn("Why", width="medium"),
    "state": "State",
    "owner": "Owner",
    "due": "Due",
    "note": "Note",
    "harm": st.column_config.NumberColumn("Harm", format="%.3f", help="problem rate × exposure × severity"),
    "problems": st.column_config.NumberColumn(
        "Met a problem", help="Candidates who reported it or gave 1–2 stars"
    ),
    "n": st.column_config.NumberColumn("Met it"),
    "rate": st.column_config.NumberColumn("Rate", format="percent", help="Drawn towards the bank's own rate"),
    "rate_low": st.column_config.NumberColumn("At least", format="percent", help="95 % lower bound"),
    "exposure": st.column_config.NumberColumn("Exposure", format="percent"),
    "severity": st.column_config.NumberColumn("Severity", help="1 a nuisance … 5 a wrong score"),
}

AFTER: dict[str, Any] = {
    "n_before": "Ratings before",
    "before": st.column_config.NumberColumn("Stars before", format="%.2f"),
    "n_after": "Ratings after",
    "after": st.column_config.NumberColumn("Stars after", format="%.2f"),
    "difference": st.column_config.NumberColumn("After − before", format="%+.2f"),
    "sure": st.column_config.CheckboxColumn("Sure", help="The intervals of the two versions stay apart"),
}

AS_IT_IS = "as it is"
"""What stands for a field of several records that nobody wants to change."""


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "Ratings and triage",
        "For content teams: which question to look at first, why, and who is on it.",
    )
    if place is None:
        return
    showing.tabs({name: partial(show, place) for name, show in SIDES.items()}, "side")


def _queue(place: Place) -> None:
    queue = loading.triage_queue(place.bank, place.chosen)
    if queue.empty:
        showing.empty("Nothing speaks against any item.", "Reports, low ratings and flags will appear here.")
        return
    still = int((~queue["state"].isin(triage.CLOSED)).sum())
    may = place.person.may("triage")
    told = "to change them together" if may else f"to read on; {who_may('triage')} may change them"
    st.caption(f"{still} open of {len(queue)}, the most harmful first. Select rows {told}.")
    event = st.dataframe(
        queue[list(COLUMNS)],
        hide_index=True,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="multi-row",
        key="queue",
        alt="The triage queue, the most harmful item first",
    )
    showing.download(queue, "triage")
    rows = queue.iloc[event.selection.rows]
    if rows.empty:
        return
    if len(rows) == 1:
        _story(place, rows.iloc[0])
    if may:
        _form(place, [_as_seen(place.bank, row) for row in rows.to_dict("records")])


def _as_seen(bank: str, row: Mapping[Any, Any]) -> Triage:
    """Return the record as the table showed it."""
    version, revision = (int(str(row[name])) for name in ("version", "revision"))
    item, state, owner, due, note = (str(row[name]) for name in ("item", "state", "owner", "due", "note"))
    fixed_in = None if pd.isna(row["fixed_in"]) else int(row["fixed_in"])
    return Triage(bank, item, version, revision, state, owner, due, note, fixed_in)


def _form(place: Place, seen: list[Triage]) -> None:
    """Offer to change the selected records, made from what this page showed; of several, what is written."""
    several = len(seen) > 1
    now = Triage(place.bank, "", 0) if several else seen[0]
    states = (AS_IT_IS, *STATES) if several else STATES
    hint = AS_IT_IS if several else None
    with st.form("triage", border=True):
        st.markdown(f"**Change {f'{len(seen)} items' if several else now.item}**")
        first, second, third = st.columns(3)
        at = 0 if several else STATES.index(now.state)
        first.selectbox("State", states, index=at, key=f"triage state {several}")
        second.text_input("Owner", now.owner, key=f"triage owner {several}", placeholder=hint)
        due = date.fromisoformat(now.due) if now.due else None
        third.date_input("Due", due, key=f"triage due {several}")
        st.text_input("Note", now.note, key=f"triage note {several}", placeholder=hint)
        if several:
            st.caption("What is left empty stays as it is with each item.")
        st.form_submit_button("Save", type="primary", on_click=_save, args=(place, seen))
    for problem in st.session_state.pop("triage problems", []):
        st.error(problem, icon=":material/sync_problem:")


@outage.kept
def _save(place: Place, seen: list[Triage]) -> None:
    told, several = st.session_state, len(seen) > 1
    state, owner, due, note = (told[f"triage {name} {several}"] for name in ("state", "owner", "due", "note"))
    wanted = {
        "state": "" if state == AS_IT_IS else state,
        "owner": owner.strip(),
        "due": due.isoformat() if due else "",
        "note": note.strip(),
    }
    known = {item.id: item.version for item in loading.bank(place.bank).items}
    told["triage problems"] = save(place, changed(seen, wanted, known))


def changed(seen: list[Triage], wanted: Mapping[str, str], versions: Mapping[str, int]) -> list[Triage]:
    """Return the records as somebody wants them; of several, what they left empty stays as it is.

    `versions` are the newest ones of the items, in which one that counts as fixed was fixed.
    """
    given = {name: text for name, text in wanted.items() if text or len(seen) == 1}
    return [_with(replace(one, fixed_in=versions.get(one.item)), **given) for one in seen]


def _with(record: Triage, **given: str) -> Triage:
    """Return a record with other texts."""
    return Triage(**{**asdict(record), **given})


def save(place: Place, records: list[Triage]) -> list[str]:
    """Keep changed records and return, in words, those that somebody else had changed first."""
    database, problems = loading.database(), []
    for record in records:
        before = triage.find(database, place.bank, record.item, record.version)
        try:
            kept = triage.change(database, record, at=work.now(), by=place.person.name)
        except Overtaken as overtaken:
            problems.append(f"{overtaken}. Nothing was overwritten: look again and decide anew.")
            continue
        except BadInput as error:
            problems.append(f"{error}.")
            continue
        about = f"{kept.item} version {kept.version}"
        detail = triage.difference(before, kept) or "nothing changed"
        audit.note(database, "triage", about, at=kept.at, by=kept.by, detail=detail)
    loading.forget()
    return problems


def _story(place: Place, row: "pd.Series[str]") -> None:
    """Show what is said of one item, and what was done about it."""
    left, right = st.columns(2)
    if left.button("Open the item", icon=":material/quiz:"):
        choosing.open_item(str(row["item"]))
    if right.button("Verdict and re-keying", icon=":material/gavel:"):
        choosing.open_item(str(row["item"]), page="verdict")
    told = loading.reports(place.bank)
    told = told[(told["item"] == row["item"]) & (told["version"] == row["version"])]
    if not told.empty:
        showing.table(told[["at", "problem", "text"]], "reports")
    story = triage.history(loading.database(), place.bank, str(row["item"]), int(row["version"]))
    for one in story:
        st.caption(f"{one.at[:16].replace('T', ' ')} · {one.by}: {one.words}. {one.note}")


def _map(place: Place) -> None:
    kept = waiting.analysis(place.bank, place.chosen, by=place.person.name)
    if kept is None:
        return
    if kept["ratings"].empty or kept["ratings"]["adjusted"].notna().sum() == 0:
        showing.empty("Too few ratings to adjust them.", "Twenty in the whole bank are the least.")
        return
    showing.figure(draw_rating_map(rating_map(kept["ratings"])))
    showing.table(kept["ratings"].sort_values("shrunk_low"), "ratings_by_item", {"n": "Ratings"})


def _words(place: Place) -> None:
    said = loading.comments(place.bank)
    words = recurring_words(said["comment"])
    if words.empty:
        showing.empty("No word recurs in the comments yet.", "Candidates may write one with each rating.")
        return
    st.caption(f"Words that recur in the newest {len(said):,} comments; few stars point to trouble.")
    stars = [
        said.loc[said["comment"].str.contains(word, case=False), "stars"].mean() for word in words["word"]
    ]
    showing.table(words.assign(mean_stars=stars), "words", {"n": "Comments"})
    showing.table(said[["at", "item", "stars", "comment"]].head(200), "comments")


def _after(place: Place) -> None:
    fixed = triage.standing(loading.database(), place.bank)
    fixed = fixed[fixed["state"] == triage.FIXED]
    if fixed.empty:
        showing.empty(
            "Nothing was fixed yet.",
            "An edit that candidates see makes a new version, which starts without the old one's statistics.",
        )
        return
    fixed = fixed.astype({"fixed_in": int})
    columns = ["item", "version", "fixed_in", "at", "by", "owner", "note"]
    showing.table(fixed[columns].sort_values("at", ascending=False), "fixed")
    counts = answer_shares(
        loading.counts(place.bank),
        full_scores(loading.bank(place.bank)),
        sessions=loading.count_sessions(place.bank),
    )
    showing.table(before_and_after_answers(fixed, counts), "answers_before_and_after")
    st.caption(
        "Answers before and after: a fix that helps brings the share nearer to what the model expects."
    )
    kept = None if place.chosen is None else loading.analysis(place.bank, place.chosen)
    table = pd.DataFrame() if kept is None or kept["ratings"].empty else before_and_after(kept["ratings"])
    if table.empty:
        st.caption("Ratings can be compared once candidates have rated a new version.")
        return
    st.caption("Stars before and after, drawn towards the bank's mean; sure = the intervals stay apart.")
    showing.table(table, "before_and_after", AFTER)


def before_and_after_answers(fixed: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return answers and share of the full score of each fixed version beside the version that fixed it."""
    known = shares[["item", "version", "n", "share", "share_low", "share_high"]]
    pairs = fixed[["item", "version", "fixed_in"]].astype({"fixed_in": int})
    joined = pairs.merge(known, on=["item", "version"], how="left")
    after = known.rename(columns={"version": "fixed_in"})
    joined = joined.merge(after, on=["item", "fixed_in"], how="left", suffixes=("_before", "_after"))
    return joined.fillna({"n_before": 0, "n_after": 0}).astype({"n_before": int, "n_after": int})


SIDES = {"Queue": _queue, "Raw and adjusted": _map, "Comments": _words, "After a fix": _after}
