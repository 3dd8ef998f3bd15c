"""How many candidates gave how many stars."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import Figure

SCALE = range(1, 6)


@dataclass(frozen=True, slots=True, eq=False)
class StarCounts:
    """Numbers of the figure: `stars` 1..5 and `n` each, for one item."""

    item: str
    counts: pd.DataFrame


def star_counts(item: str, stars: "pd.Series[int]") -> StarCounts:
    """Count the ratings of an item by stars."""
    n = np.bincount(stars.to_numpy(int), minlength=6)[1:6]
    return StarCounts(item, pd.DataFrame({"stars": list(SCALE), "n": n}))


def draw_stars(record: StarCounts) -> Figure:
    """Draw a bar for each number of stars, its count beside it."""
    base = alt.Chart(record.counts).encode(
        y=alt.Y("stars:O", title="stars", sort="descending"),
        x=alt.X("n:Q", title="candidates", axis=alt.Axis(tickMinStep=1)),
    )
    chart = alt.layer(base.mark_bar(), base.mark_text(align="left", dx=4).encode(text="n:Q"))
    n, total = record.counts["n"], int(record.counts["n"].sum())
    mean = float((record.counts["stars"] * n).sum() / total) if total else float("nan")
    return Figure(
        name=f"ratings_{record.item}",
        title=f"What candidates think of {record.item}",
        sentence=f"{total} candidates rated it, {mean:.1f} stars on average; few votes can mislead.",
        chart=chart.properties(height=180),
        table=record.counts,
        code="draw_stars(star_counts(item, ratings['stars']))",
    )
