"""One item: what candidates see, how it works, what they choose, what they say."""

from collections.abc import Hashable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loading, showing
from dashboard.figures.item_curve import NO_CURVES, draw_item_curve, item_curve
from dashboard.figures.options import draw_options, option_shares
from dashboard.figures.stars import draw_stars, star_counts
from dashboard.preview import preview
from dashboard.views import choosing, waiting
from dashboard.views.choosing import Place
from items.item import Item


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "One item",
        "For authors and psychometricians: is this question doing its work, and what do people say of it?",
    )
    if place is None:
        return
    bank, chosen, name = place.bank, place.chosen, choosing.item(place.bank)
    item = loading.bank(bank).item(name)
    rows = loading.items(bank, chosen)
    _facts(rows[rows["item"] == name].to_dict("records")[0])
    seen, curve, options, said = st.tabs(["As candidates see it", "Along ability", "Answers", "Ratings"])
    with seen:
        st.iframe(preview(loading.bank(bank), name), height="content")
    with curve:
        _curve(place, name)
    with options:
        _options(bank, item)
    with said:
        _ratings(bank, item)


def _facts(row: dict[Hashable, Any]) -> None:
    facts = st.container(horizontal=True)
    facts.metric("State", str(row["state"]), help=f"version {row['version']}", width="content")
    facts.metric("Answers", f"{row['n']:,}", width="content")
    known = row["n"] and pd.notna(row["share"])
    facts.metric(
        "Share of full score",
        f"{row['share']:.2f}" if known else "none yet",
        width="content",
        help=f"95 % interval {showing.interval(row['share_low'], row['share_high'])}" if known else None,
    )
    for label, name in (("Difficulty b (logits)", "b"), ("Discrimination a", "a")):
        facts.metric(label, _estimate(row.get(name), row.get(f"se_{name}")), width="content")


def _estimate(value: Any, error: Any) -> str:
    if pd.isna(value):
        return "not known"
    return f"{value:.2f}" + ("" if pd.isna(error) else f" ± {error:.2f}")


def _curve(place: Place, name: str) -> None:
    if place.chosen is None or name not in loading.pool(place.bank, place.chosen).items:
        showing.empty("This item has no parameters in this set.", "Calibrate it, or choose another set.")
        return
    kept = waiting.analysis(place.bank, place.chosen, by=place.person.name)
    observed = kept["curves"] if kept else NO_CURVES
    showing.figure(draw_item_curve(item_curve(loading.pool(place.bank, place.chosen), observed, name)))


def _options(bank: str, item: Item) -> None:
    given = loading.answers(bank, item.id, item.version)
    if given.empty:
        showing.empty("Nobody has met this version yet.", "Come back when candidates have.")
        return
    showing.figure(draw_options(option_shares(item, given)))


def _ratings(bank: str, item: Item) -> None:
    said = loading.ratings(bank, item.id, item.version)
    if said.empty:
        showing.empty("Nobody has rated this version yet.", "Candidates rate a question when they review it.")
        return
    showing.figure(draw_stars(star_counts(item.id, said["stars"])))
    comments = said.loc[said["comment"] != "", ["at", "stars", "comment"]].sort_values("at", ascending=False)
    showing.table(
        comments, f"comments_{item.id}", {"at": "When (UTC)", "stars": "Stars", "comment": "Comment"}
    )
    reported = loading.reports(bank)
    reported = reported[(reported["item"] == item.id) & (reported["version"] == item.version)]
    if not reported.empty:
        st.subheader("Problems reported")
        showing.table(reported[["at", "problem", "text"]], f"reports_{item.id}")
