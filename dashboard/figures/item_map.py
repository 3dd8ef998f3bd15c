"""All items at a glance: how hard they are and how well they tell people apart."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.names import first_of
from dashboard.figures.theme import ACCENT, SECOND, Figure, rule

LINE = 0.2
"""Item-rest correlation below which an item is looked at; Ebel & Frisbie (1991), ch. 13."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemMap:
    """Numbers of the figure: `item`, `p`, `rir` and `kind` ("flagged" or "not flagged")."""

    points: pd.DataFrame


def item_map(items: pd.DataFrame) -> ItemMap:
    """Take `item`, `p`, `rir` and `flags` from an analysis's items; those without numbers are left out."""
    points = items[["item", "p", "rir"]].assign(
        kind=(items["flags"] != "").map({True: "flagged", False: "not flagged"})
    )
    return ItemMap(points.dropna().reset_index(drop=True))


def draw_item_map(record: ItemMap) -> Figure:
    """Draw each item as a point; the sentence names the weakest."""
    kinds = ["flagged", "not flagged"]
    base = alt.Chart(record.points).encode(
        x=alt.X("p:Q", title="share of the full score", scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("rir:Q", title="correlation with the rest of the test"),
    )
    points = base.mark_point(size=60).encode(
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[SECOND, ACCENT])),
        shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=kinds, range=["triangle-up", "circle"])),
        tooltip=["item", alt.Tooltip("p:Q", format=".2f"), alt.Tooltip("rir:Q", format=".2f")],
    )
    below = record.points[record.points["rir"] < LINE].sort_values("rir")["item"]
    return Figure(
        name="item_map",
        title="How hard the items are, and how well they tell people apart",
        sentence=f"{len(below)} of {len(record.points)} items{first_of(below)} correlate less than {LINE} "
        "with the rest of the test; those far down deserve a look first.",
        chart=alt.layer(rule(LINE, f"{LINE} (Ebel & Frisbie)"), points),
        table=record.points,
    )
