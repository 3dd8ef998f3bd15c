"""People and items on one scale (Wright map)."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import ACCENT, SECOND, Figure
from engine._types import Floats

WIDTH_OF_BIN = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class WrightMap:
    """Numbers of the figure: `people` (`theta`, `n` in bins) and `items` (`item`, `b`)."""

    people: pd.DataFrame
    items: pd.DataFrame


def wright_map(theta: Floats, items: pd.DataFrame) -> WrightMap:
    """Count people (N,) in bins of ability beside the items (`item`, `b`); unknown values are left out."""
    known = theta[np.isfinite(theta)]
    edges = np.arange(-6.0, 6.0 + WIDTH_OF_BIN, WIDTH_OF_BIN)
    n, _ = np.histogram(np.clip(known, -6, 6), edges)
    people = pd.DataFrame({"theta": edges[:-1] + WIDTH_OF_BIN / 2, "n": n})
    return WrightMap(people[people["n"] > 0].reset_index(drop=True), items[["item", "b"]].dropna())


def draw_wright_map(record: WrightMap) -> Figure:
    """Draw the people as bars, the items as ticks, on the same axis of ability."""
    x = alt.X(
        "theta:Q", title="ability θ and difficulty b (logits)", scale=alt.Scale(domain=[-5, 5], clamp=True)
    )
    people = (
        alt.Chart(record.people, height=180)
        .mark_bar(color=ACCENT, binSpacing=1, size=9)
        .encode(x=x.axis(None), y=alt.Y("n:Q", title="people"), tooltip=["theta", "n"])
    )
    items = (
        alt.Chart(record.items.rename(columns={"b": "theta"}), height=60)
        .mark_tick(color=SECOND, thickness=2, size=40)
        .encode(x=x, y=alt.value(30), tooltip=["item", alt.Tooltip("theta:Q", format=".2f")])
    )
    return Figure(
        name="wright_map",
        title="People and items on one scale",
        sentence=_sentence(record),
        chart=alt.vconcat(people, items, spacing=4).resolve_scale(x="shared"),
        table=record.items,
        code="draw_wright_map(wright_map(analysis['persons']['theta'].to_numpy(float), "
        "stored.table.assign(b=difficulties(stored.table))))",
    )


def _sentence(record: WrightMap) -> str:
    people, items = record.people, record.items["b"]
    if people.empty or items.empty:
        return "People above, items below; one of the two is not known yet."
    mean = float((people["theta"] * people["n"]).sum() / people["n"].sum())
    apart = mean - float(items.mean())
    if abs(apart) < 0.3:
        return (
            "Bars are people, ticks are items: on average the items are about as hard as the people are able."
        )
    word = "harder than the people are able" if apart < 0 else "easier than the people are able"
    return f"Bars are people, ticks are items: on average the items are {abs(apart):.1f} logits {word}."
