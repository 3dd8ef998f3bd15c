"""Items: the bank as a table to filter, read and take away."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loading, showing, work
from dashboard.store import saved_views
from dashboard.store.roles import who_may
from dashboard.views import choosing
from dashboard.views.choosing import Place

COLUMNS: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", pinned=True),
    "title": "Title",
    "flags": st.column_config.TextColumn(
        "Flags", help="What the statistics have against it, the worst first"
    ),
    "reason": st.column_config.TextColumn("Why", width="medium"),
    "skill": "Skill",
    "type": "Kind",
    "state": "State",
    "version": st.column_config.NumberColumn("Version", width="small"),
    "n": st.column_config.NumberColumn("Answers", format="localized"),
    "share": st.column_config.NumberColumn(
        "Share of full score", format="%.2f", help="Mean share of the score"
    ),
    "share_low": st.column_config.NumberColumn("From", format="%.2f", help="Lower end of its 95 % interval"),
    "share_high": st.column_config.NumberColumn("To", format="%.2f", help="Upper end of its 95 % interval"),
    "expected": st.column_config.NumberColumn("Expected", format="%.2f", help="Share that the model expects"),
    "rir": st.column_config.NumberColumn(
        "RIR", format="%.2f", help="Correlation with the rest of the test; below 0.10 it tells little"
    ),
    "idk": st.column_config.NumberColumn("Don't know yet", format="percent"),
    "omit": st.column_config.NumberColumn("Left blank", format="percent"),
    "seconds": st.column_config.NumberColumn("Seconds", format="%.0f", help="Median time spent"),
    "exposure": st.column_config.NumberColumn(
        "Exposure", format="percent", help="Share of sessions that met it"
    ),
    "model": "Model",
    "a": st.column_config.NumberColumn("a", format="%.2f", help="Discrimination"),
    "se_a": st.column_config.NumberColumn("± a", format="%.2f", help="Standard error of a"),
    "b": st.column_config.NumberColumn("b", format="%.2f", help="Difficulty (logits), the mean of several"),
    "se_b": st.column_config.NumberColumn("± b", format="%.2f", help="Standard error of b"),
    "infit": st.column_config.NumberColumn(
        "Infit", format="%.2f", help="1 is as expected; 0.7 to 1.3 is usual"
    ),
    "dif": st.column_config.TextColumn("DIF", help="Worst ETS class over all groups: A negligible … C large"),
    "rated": st.column_config.NumberColumn("Ratings", format="localized"),
    "rating": st.column_config.NumberColumn(
        "Stars", format="%.1f", help="Adjusted for who rated and how it went"
    ),
}


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "Items", "For content teams and psychometricians: find the questions that need a look, then open one."
    )
    if place is None:
        return
    rows = most_harmful_first(
        loading.items(place.bank, place.chosen), loading.flags(place.bank, place.chosen)
    )
    _saved(place)
    _table(rows, place.bank)


@st.fragment
def _table(rows: pd.DataFrame, bank: str) -> None:
    """Show the items that are looked for; a filter draws this anew and nothing else."""
    kept = filtered(rows, **_filters(rows))
    st.caption(
        f"{len(kept)} of {len(rows)} items, the most severe flags first. Select a row to open the item."
    )
    event = st.dataframe(
        kept[list(COLUMNS)],
        hide_index=True,
        column_config=COLUMNS,
        on_select="rerun",
        selection_mode="single-row",
        key="items table",
        alt="The items of the bank with their statistics",
    )
    showing.download(kept, f"items_{bank}")
    if picked := event.selection.rows:
        choosing.open_item(str(kept["item"].iloc[picked[0]]))


def _saved(place: Place) -> None:
    """Offer the saved views, and to save the filters as they stand."""
    database = loading.database()
    known = saved_views.views(database, "items")
    with st.popover("Saved views", icon=":material/bookmark:"):
        for name, query in known.items():
            st.button(name, key=f"view {name}", on_click=st.session_state.update, args=(query,))
        if not place.person.may("triage"):
            st.caption(f"Views that everybody finds here are saved by {who_may('triage')}.")
            return
        name = st.text_input("Save these filters as", key="view name", max_chars=80).strip()
        now = {key: st.session_state.get(key) for key in ("text", "skills", "states", "flagged")}
        if st.button("Save", disabled=not name):
            saved_views.save(database, "items", name, now, at=work.now(), by=place.person.name)
            st.rerun()


def most_harmful_first(rows: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the most severe flag first, the rest in the bank's order."""
    severity = rows["item"].map(flags.groupby("item")["severity"].max()).astype(float).fillna(0.0)
    return rows.loc[severity.sort_values(ascending=False, kind="stable").index]


def filtered(
    rows: pd.DataFrame, *, text: str, skills: list[str], states: list[str], flagged: bool = False
) -> pd.DataFrame:
    """Return the rows whose item or title holds the text, of these skills and states (any, if none)."""
    held = rows["item"].str.contains(text, case=False, regex=False)
    held |= rows["title"].str.contains(text, case=False, regex=False)
    for name, wanted in (("skill", skills), ("state", states)):
        if wanted:
            held &= rows[name].isin(wanted)
    return rows[held & (rows["flags"] != "")] if flagged else rows[held]


def _filters(rows: pd.DataFrame) -> dict[str, Any]:
    first, second, third, fourth = st.columns([4, 5, 4, 3], vertical_alignment="bottom")
    return {
        "text": first.text_input("Item or title contains", bind="query-params", key="text"),
        "skills": second.multiselect(
            "Skill", sorted(rows["skill"].unique()), key="skills", placeholder="any"
        ),
        "states": third.multiselect("State", sorted(rows["state"].unique()), key="states", placeholder="any"),
        "flagged": fourth.toggle("Flagged", key="flagged"),
    }
