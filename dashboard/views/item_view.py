"""One item: what candidates see, how it works, what they choose, what they say; and what to do with it."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loading, showing
from dashboard.preview import preview
from dashboard.views import choosing, item_actions, item_editor, item_evidence, item_versions
from dashboard.views.choosing import Place
from items.bank import Entry

EVIDENCE = {
    "Along ability": item_evidence.along_ability,
    "Answers": item_evidence.answers,
    "Groups": item_evidence.groups,
    "Time": item_evidence.time,
    "Ratings": item_evidence.ratings,
}
PREVIEW, VERSIONS, EDIT, ACTIONS = "As candidates see it", "Versions", "Edit", "Actions"
SIDES = (PREVIEW, *EVIDENCE, VERSIONS, EDIT, ACTIONS)
"""The sides that an item can be looked at from."""


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "One item",
        "For authors and psychometricians: is this question doing its work, and what do people say of it?",
    )
    if place is None:
        return
    name = choosing.item(place.bank)
    item_actions.say_what_happened()
    rows = loading.items(place.bank, place.chosen)
    _facts({str(key): value for key, value in rows[rows["item"] == name].to_dict("records")[0].items()})
    side = st.segmented_control(
        "Look at", SIDES, default=PREVIEW, key="side", bind="query-params", label_visibility="collapsed"
    )
    _look_at(side or PREVIEW, place, loading.bank(place.bank).entry(name))


def _look_at(side: str, place: Place, entry: Entry) -> None:
    """Show one side of the item; only what is looked at is read and drawn."""
    showing.stands_at(item=entry.item.id, version=entry.item.version)
    if side == PREVIEW:
        st.iframe(preview(loading.bank(place.bank), entry.item.id), height="content")
    elif side == VERSIONS:
        item_versions.show(place, entry)
    elif side == EDIT:
        item_editor.show(place, entry)
    elif side == ACTIONS:
        item_actions.show(place, entry)
    else:
        EVIDENCE[side](place, entry.item, item_evidence.kept_of(place, entry.item))


def _facts(row: dict[str, Any]) -> None:
    known = row["n"] and pd.notna(row["share"])
    told = {
        "State": row["state"],
        "Answers": int(row["n"]),
        "Share of full score": f"{row['share']:.2f}" if known else "none yet",
        "Difficulty b (logits)": _estimate(row.get("b"), row.get("se_b")),
        "Discrimination a": _estimate(row.get("a"), row.get("se_a")),
        "Exposure": f"{row['exposure']:.0%}",
        "Stars": "none yet" if pd.isna(row["rating"]) else f"{row['rating']:.1f}",
    }
    showing.facts(
        told,
        {
            "Share of full score": "With its 95 % interval",
            "Difficulty b (logits)": "± one standard error",
            "Discrimination a": "± one standard error",
            "Exposure": "Share of the sessions that met it",
            "Stars": "Adjusted for who rated and how the answer went; at least: its 95 % lower bound",
        },
        sure={
            "State": f"version {row['version']}",
            "Share of full score": showing.interval(row["share_low"], row["share_high"]) if known else "",
            "Exposure": f"of {row['n'] / row['exposure']:,.0f} sessions" if row["exposure"] else "",
            "Stars": _stars(row),
        },
    )
    if row["flags"]:
        st.warning(f"**{row['flags'].capitalize()}**: {row['reason']}.", icon=":material/flag:")


def _stars(row: dict[str, Any]) -> str:
    """Return how sure the rating of an item is, and from how many."""
    if pd.isna(row["rating"]):
        return ""
    return f"at least {row['rating_low']:.1f}, n = {row['rated']:,}"


def _estimate(value: Any, error: Any) -> str:
    if pd.isna(value):
        return "not known"
    return f"{value:.2f}" + ("" if pd.isna(error) else f" ± {error:.2f}")
