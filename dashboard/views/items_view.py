"""Items: the bank as a table to filter, read and take away."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loading, showing
from dashboard.views import choosing

COLUMNS: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", pinned=True),
    "title": "Title",
    "skill": "Skill",
    "type": "Kind",
    "state": "State",
    "version": st.column_config.NumberColumn("Version", width="small"),
    "n": st.column_config.NumberColumn("Answers", format="localized"),
    "share": st.column_config.NumberColumn(
        "Share of full score", format="%.2f", help="Mean share of the score"
    ),
    "share_low": st.column_config.NumberColumn("from", format="%.2f", help="Lower end of its 95 % interval"),
    "share_high": st.column_config.NumberColumn("to", format="%.2f", help="Upper end of its 95 % interval"),
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
    "rated": st.column_config.NumberColumn("Ratings", format="localized"),
    "rating": st.column_config.NumberColumn(
        "Stars", format="%.1f", help="Adjusted for who rated and how it went"
    ),
}


def show() -> None:
    """Show the page."""
    bank = choosing.bank()
    if bank is None:
        return
    chosen = choosing.parameter_set(bank)
    rows = loading.items(bank, chosen)
    showing.head(
        "Items",
        "For content teams and psychometricians: find the questions that need a look, then open one.",
        simulated=choosing.has_simulated(),
    )
    kept = filtered(rows, **_filters(rows))
    st.caption(f"{len(kept)} of {len(rows)} items. Select a row to open the item.")
    event = st.dataframe(
        kept,
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


def filtered(rows: pd.DataFrame, *, text: str, skills: list[str], states: list[str]) -> pd.DataFrame:
    """Return the rows whose item or title holds the text, of these skills and states (any, if none)."""
    held = rows["item"].str.contains(text, case=False, regex=False)
    held |= rows["title"].str.contains(text, case=False, regex=False)
    held &= rows["skill"].isin(skills or rows["skill"])
    return rows[held & rows["state"].isin(states or rows["state"])]


def _filters(rows: pd.DataFrame) -> dict[str, Any]:
    first, second, third = st.columns([2, 3, 2])
    return {
        "text": first.text_input("Item or title contains", bind="query-params", key="text"),
        "skills": second.multiselect("Skill", sorted(rows["skill"].unique()), key="skills"),
        "states": third.multiselect("State", sorted(rows["state"].unique()), key="states"),
    }
