"""One item: what candidates see, how it works, what they choose, what they say."""

from collections.abc import Hashable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loading, showing
from dashboard.figures.item_curve import draw_item_curve, item_curve
from dashboard.figures.options import draw_options, option_shares
from dashboard.figures.stars import draw_stars, star_counts
from dashboard.preview import preview
from dashboard.views import choosing
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
        _curve(bank, chosen, name)
    with options:
        _options(bank, item)
    with said:
        _ratings(item)


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


def _curve(bank: str, chosen: int | None, name: str) -> None:
    if chosen is None or name not in loading.pool(bank, chosen).items:
        showing.empty("This item has no parameters in this set.", "Calibrate it, or choose another set.")
        return
    responses = loading.responses(bank, chosen)
    theta = loading.abilities(bank, chosen)["theta"].to_numpy()
    here = responses.items_index == (responses.items.index(name) if name in responses.items else -1)
    record = item_curve(
        loading.pool(bank, chosen), name, theta[responses.persons_index[here]], responses.category[here]
    )
    showing.figure(draw_item_curve(record))


def _options(bank: str, item: Item) -> None:
    log = loading.log(bank)
    given = log[(log["item"] == item.id) & (log["version"] == item.version)]
    if given.empty:
        showing.empty("Nobody has met this version yet.", "Come back when candidates have.")
        return
    theta = loading.sessions().set_index("session")["theta"]
    showing.figure(draw_options(option_shares(item, given.assign(theta=given["person"].map(theta)))))


def _ratings(item: Item) -> None:
    ratings = loading.ratings()
    said = ratings[(ratings["item"] == item.id) & (ratings["version"] == item.version)]
    if said.empty:
        showing.empty("Nobody has rated this version yet.", "Candidates rate a question when they review it.")
        return
    showing.figure(draw_stars(star_counts(item.id, said["stars"])))
    comments = said.loc[said["comment"] != "", ["at", "stars", "comment"]].sort_values("at", ascending=False)
    showing.table(
        comments, f"comments_{item.id}", {"at": "When (UTC)", "stars": "Stars", "comment": "Comment"}
    )
    reported = loading.reports()
    reported = reported[(reported["item"] == item.id) & (reported["version"] == item.version)]
    if not reported.empty:
        st.subheader("Problems reported")
        showing.table(reported[["at", "problem", "text"]], f"reports_{item.id}")
