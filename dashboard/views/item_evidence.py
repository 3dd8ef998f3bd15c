"""What is known of one item: along ability, answers, groups, time, ratings."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from calibration.ratings import raw_intervals
from dashboard import loading, showing
from dashboard.figures.information import draw_information, information
from dashboard.figures.item_curve import NO_CURVES, draw_item_curve, item_curve
from dashboard.figures.option_curves import draw_option_curves, option_curves
from dashboard.figures.options import draw_options, option_shares
from dashboard.figures.seconds import draw_seconds, seconds
from dashboard.figures.stars import draw_stars, star_counts
from dashboard.store.analyses import KeptAnalysis
from dashboard.views import waiting
from dashboard.views.choosing import Place
from dashboard.views.columns import DIF, FIT, OPTIONS, filled
from items.item import Item

ABOUT_KEY = ("suspected_wrong_key", "ambiguous_pair", "negative_discrimination")
"""Flags that call the key into question."""


def kept_of(place: Place, item: Item) -> KeptAnalysis | None:
    """Return the analysis where it holds for this version of the item; say what is missing where not."""
    kept = waiting.analysis(place.bank, place.chosen, by=place.person.name)
    if kept is None or place.chosen is None:
        return None
    table = loading.stored(place.bank, place.chosen).parameters.table
    if not ((table["item"] == item.id) & (table["version"] == item.version)).any():
        showing.empty(
            f"Version {item.version} was not analysed under this parameter set.",
            "Calibrate it, or choose another set.",
        )
        return None
    return kept


def along_ability(place: Place, item: Item, kept: KeptAnalysis | None) -> None:
    """Show the item's curve, what it tells, and how it fits."""
    if place.chosen is None or item.id not in (pool := loading.pool(place.bank, place.chosen)).items:
        showing.empty("This item has no parameters in this set.", "Calibrate it, or choose another set.")
        return
    curve = draw_item_curve(item_curve(pool, kept["curves"] if kept else NO_CURVES, item.id))
    alone = curve.code.replace("analysis['curves']", "NO_CURVES")
    showing.figure(curve if kept else replace(curve, code=alone))
    one = pool.subset(pool.positions([item.id]))
    told = draw_information(information(one, what=item.id))
    code = "draw_information(information(pool.subset(pool.positions([item])), what=item))"
    showing.figure(replace(told, code=code))
    if kept is not None:
        st.subheader("Fit")
        fit = kept["fit"]
        showing.table(fit[fit["item"] == item.id].dropna(axis=1, how="all"), f"fit_{item.id}", FIT)
        st.caption(
            "Infit and outfit are 1 where answers vary as the model expects; 0.7 to 1.3 is usual for "
            "questions like these (Wright & Linacre 1994, a convention). p values are adjusted by Benjamini "
            "and Hochberg's method."
        )
    flags = loading.flags(place.bank, place.chosen)
    _flags(flags[flags["item"] == item.id], item)


def answers(place: Place, item: Item, kept: KeptAnalysis | None) -> None:
    """Show who gave which answer, and whether another key is likelier."""
    given = loading.answers(place.bank, item.id, item.version)
    if given.empty:
        showing.empty("Nobody has met this version yet.", "Come back when candidates have.")
        return
    flags = loading.flags(place.bank, place.chosen)
    of_key = flags[(flags["item"] == item.id) & flags["flag"].isin(ABOUT_KEY)]
    for one in of_key.to_dict("records"):
        word = str(one["flag"]).replace("_", " ").capitalize()
        st.error(f"**{word}**: {one['evidence']}. {one['action']}", icon=":material/key_off:")
    showing.figure(draw_options(option_shares(item, given)))
    if kept is None or kept["option_curves"].empty:
        return
    curves, options = kept["option_curves"], kept["options"]
    if (curves["item"] == item.id).any():
        showing.figure(draw_option_curves(option_curves(curves, options, item.id)))
    showing.table(options[options["item"] == item.id].drop(columns="item"), f"options_{item.id}", OPTIONS)
    st.caption(
        "With the rest: how far choosing the answer goes with standing on the rest of the test; above 0 for "
        "the key only, if all is well. Lead: how much abler its choosers are than the key's, in standard "
        "errors."
    )


def groups(place: Place, item: Item, kept: KeptAnalysis | None) -> None:
    """Show whether people of like ability but other groups answer alike."""
    rows = [] if kept is None else [kept[f"dif_{name}"].assign(group=f"g_{name}") for name in kept.groups]
    if not rows:
        showing.empty(
            "The answers of this analysis name no groups.",
            "Upload a log with columns g_… on the page Calibrate to compare groups; what was compared on the "
            "page Fairness stands there.",
        )
        return
    columns = {"group": "By", **{name: told for name, told in DIF.items() if name != "item"}}
    table = pd.concat(rows)
    showing.table(filled(table[table["item"] == item.id], columns), f"groups_{item.id}", columns)
    st.caption(
        "Δ below 0: harder for the focal group at like ability. A negligible (|Δ| < 1), B between, C large "
        "(|Δ| ≥ 1.5 and significantly above 1): Zwick (2012), ETS RR-12-08."
    )


def time(place: Place, item: Item, kept: KeptAnalysis | None) -> None:
    """Show how long people take."""
    given = loading.answers(place.bank, item.id, item.version)
    if given["time_s"].notna().sum() == 0:
        showing.empty("No times are known for this version.", "Tests that are taken here are timed.")
        return
    row = pd.DataFrame() if kept is None else kept["items"][kept["items"]["item"] == item.id]
    rapid = float(row["threshold_s"].iloc[0]) if "threshold_s" in row and len(row) else float("nan")
    showing.figure(draw_seconds(seconds(item.id, given["time_s"], rapid=rapid)))


def ratings(place: Place, item: Item, kept: KeptAnalysis | None) -> None:
    """Show what candidates think of this version: stars, comments, problems."""
    said = loading.ratings(place.bank, item.id, item.version)
    if said.empty:
        showing.empty("Nobody has rated this version yet.", "Candidates rate a question when they review it.")
    else:
        _summary(item, kept, said)
        showing.figure(draw_stars(star_counts(item.id, said["stars"])))
        comments = said[said["comment"] != ""].sort_values("at", ascending=False)
        showing.table(comments[["at", "stars", "comment"]], f"comments_{item.id}")
    told = loading.reports(place.bank)
    told = told[(told["item"] == item.id) & (told["version"] == item.version)]
    if not told.empty:
        st.subheader("Problems reported")
        showing.table(told[["at", "problem", "text"]], f"reports_{item.id}")


def _summary(item: Item, kept: KeptAnalysis | None, said: pd.DataFrame) -> None:
    """Show the mean of the stars, drawn towards the bank's and adjusted, with what is sure of it."""
    if kept is None or kept["ratings"].empty:
        return
    told = kept["ratings"]
    row = told[(told["item"] == item.id) & (told["version"] == item.version)].to_dict("records")
    of_mean, of_trend = raw_intervals(said.sort_values("at", kind="stable")["stars"].to_numpy(float))
    for one in row:
        adjusted = "too few" if pd.isna(one["adjusted"]) else f"{one['adjusted']:.1f}"
        trend = "too few" if pd.isna(one["trend"]) else f"{one['trend']:+.1f}"
        showing.facts(
            {
                "Ratings": int(one["n"]),
                "Raw mean": f"{one['mean']:.1f}",
                "Drawn to the bank's": f"{one['shrunk']:.1f}",
                "Adjusted": adjusted,
                "Trend": trend,
            },
            {
                "Drawn to the bank's": "Few ratings count less: the mean is drawn towards the bank's own. "
                "At least: its 95 % lower bound.",
                "Adjusted": "Without how severe its raters are and whether they answered wrongly. "
                "At least: its 95 % lower bound.",
                "Raw mean": "With its 95 % interval (Student)",
                "Trend": "Mean of the later half less that of the earlier half, with its 95 % "
                "interval (Welch)",
            },
            sure={
                "Raw mean": _interval(of_mean, len(said)),
                "Trend": _interval(of_trend, len(said)),
                "Drawn to the bank's": f"at least {one['shrunk_low']:.1f}",
                "Adjusted": "" if pd.isna(one["adjusted"]) else f"at least {one['adjusted_low']:.1f}",
            },
        )


def _interval(ends: tuple[float, float], n: int) -> str:
    return f"n = {n:,}" if pd.isna(ends[0]) else showing.interval(*ends, n, form=".1f")


def _flags(flags: pd.DataFrame, item: Item) -> None:
    st.subheader("Flags")
    if flags.empty:
        st.caption("The statistics have nothing against it.")
        return
    columns = ["flag", "severity", "evidence", "action", "basis", "source"]
    showing.table(flags[columns], f"flags_of_{item.id}")
