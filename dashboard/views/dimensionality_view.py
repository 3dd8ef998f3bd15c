"""Dimensionality and local dependence: does the test measure one thing, and do items lean on each other?"""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import showing
from dashboard.figures.along import fisher_interval
from dashboard.figures.dependence_map import dependence_map, draw_dependence_map
from dashboard.figures.scree import draw_scree, scree
from dashboard.store.analyses import KeptAnalysis
from dashboard.views import choosing
from dashboard.views.columns import filled

WORST = 100
"""Pairs that the page lists; the download holds all that are kept."""

COLUMNS: dict[str, Any] = {
    "item_1": st.column_config.TextColumn("Item", pinned=True),
    "item_2": st.column_config.TextColumn("Goes with"),
    "n": st.column_config.NumberColumn("People", format="localized", help="Who met both"),
    "q3": st.column_config.NumberColumn("Q3", format="%.2f", help="Correlation of the residuals (Yen 1984)"),
    "q3_excess": st.column_config.NumberColumn("Above the mean", format="%.2f"),
    "low": st.column_config.NumberColumn(
        "From", format="%.2f", help="Lower end of Q3's 95 % interval (Fisher's z)"
    ),
    "high": st.column_config.NumberColumn("To", format="%.2f", help="Upper end of Q3's 95 % interval"),
    "beyond": st.column_config.CheckboxColumn("Beyond chance", help="Above the simulated cut-off"),
    "ld_chi2": st.column_config.NumberColumn("LD-χ²", format="%.1f", help="Signed; Chen & Thissen (1997)"),
    "df": st.column_config.NumberColumn("df", format="%d"),
    "p_adjusted": st.column_config.NumberColumn("p", format="%.3g", help="Of LD-χ², false discoveries held"),
    "cramers_v": st.column_config.NumberColumn("Cramér's V", format="%.2f", help="The size of LD-χ²"),
}


def show() -> None:
    """Show the page."""
    begun = choosing.begin_analysed(
        "Dimensionality and local dependence",
        "For psychometricians: does the test measure one thing, and does an item give another away?",
    )
    if begun is None:
        return
    _, kept = begun
    sides = {
        "How many abilities": lambda: _dimensions(kept),
        "Items that lean on each other": lambda: _dependence(kept),
    }
    showing.tabs(sides, "dimensionality side")


def _dimensions(kept: KeptAnalysis) -> None:
    if kept["dimensions"].empty:
        why = str(kept.facts.get("dimensions_note") or "not defined").removeprefix("not defined: ")
        showing.empty(
            f"Dimensions cannot be counted: {why}.",
            "Correlations of all items need one form for all: calibrate such a log (Calibrate, “A log that I "
            "upload”) and choose its set in the sidebar. Pairs of items can be judged here all the same.",
        )
        return
    facts = kept.facts
    n = f"n = {int(facts['n_persons']):,}"
    showing.facts(
        {
            "Dimensions beyond chance": f"{facts['dimensions']:.0f}",
            "First to second eigenvalue": _number(facts["first_to_second"], 1),
            "Common variance of the first": _number(facts.get("ecv"), 2),
        },
        help={
            "First to second eigenvalue": "Above 3 a test is usually taken for one-dimensional (convention)",
            "Common variance of the first": "Explained common variance; above 0.70 is usually enough for one "
            "dimension (Reise, Moore & Haviland 2010; convention)",
        },
        sure={
            "Dimensions beyond chance": n,
            "First to second eigenvalue": n,
            "Common variance of the first": n if facts.get("ecv") is not None else "",
        },
    )
    showing.figure(draw_scree(scree(kept["dimensions"])))
    st.caption(
        "Chance: the 95th percentile of ten shuffles of the same answers within each item (Horn 1965), by "
        "tetrachoric or polychoric correlations."
    )
    parts = kept["subscores"]
    if len(parts):
        st.subheader("Are the skills worth a score of their own")
        st.caption(
            "Report a sub-score only where it predicts itself better than the total does (Haberman 2008)."
        )
        showing.table(parts, "subscores")


def _dependence(kept: KeptAnalysis) -> None:
    pairs = kept["dependence"]
    if pairs.empty:
        showing.empty("No two items were met by thirty people yet.", "Come back when there are more answers.")
        return
    if len(kept["dependence_map"]):
        showing.figure(draw_dependence_map(dependence_map(kept["dependence_map"])))
    counted = int(kept.facts.get("pairs") or len(pairs))
    st.subheader("The worst pairs")
    st.caption(
        f"The {min(WORST, len(pairs)):,} most dependent of {counted:,} pairs that thirty people or more met. "
        "Put what leans on each other into one enemy set, or score it together."
    )
    showing.table(worst_pairs(pairs).head(WORST), "dependent_pairs", COLUMNS)
    showing.thresholds(["dependent_pair"])


def worst_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs with the interval of Q3 and whether it is beyond chance, without empty columns."""
    low, high = fisher_interval(pairs["q3"].to_numpy(float), pairs["n"].to_numpy(float))
    table = pairs.assign(low=low, high=high, beyond=pairs["q3_excess"] > pairs["cutoff"])
    return filled(table, COLUMNS)


def _number(value: float | None, digits: int) -> str:
    return "not known" if value is None else f"{value:.{digits}f}"
