"""Raw ratings beside adjusted ones."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from calibration.ratings import ONE_SIDED
from dashboard.figures.theme import GROUPS, Figure


@dataclass(frozen=True, slots=True, eq=False)
class RatingMap:
    """Numbers of the figure: `item`, `n`, `mean`, `adjusted`, and its 90 % interval `low` to `high`."""

    points: pd.DataFrame


def rating_map(summary: pd.DataFrame) -> RatingMap:
    """Take the items with an adjusted rating out of a summary of ratings."""
    known = summary.dropna(subset="adjusted")
    half = ONE_SIDED * known["adjusted_se"].astype(float)
    adjusted = known["adjusted"].astype(float)
    points = known[["item", "n", "mean"]].assign(adjusted=adjusted, low=adjusted - half, high=adjusted + half)
    return RatingMap(points.reset_index(drop=True))


def draw_rating_map(record: RatingMap) -> Figure:
    """Draw each item's adjusted rating against its raw mean, with the line of no change."""
    scale = alt.Scale(domain=[1, 5])
    base = alt.Chart(record.points).encode(x=alt.X("mean:Q", title="raw mean (stars)", scale=scale))
    y = alt.Y("adjusted:Q", title="adjusted (stars)", scale=scale)
    equal = alt.Chart(pd.DataFrame({"mean": [1, 5], "adjusted": [1, 5]}))
    line = equal.mark_line(strokeDash=[4, 3], strokeWidth=1, color=GROUPS[6]).encode(
        x=alt.X("mean:Q", scale=scale), y=y
    )
    bars = base.mark_rule(opacity=0.4).encode(y=alt.Y("low:Q", scale=scale), y2="high:Q")
    points = base.mark_point().encode(
        y=y,
        tooltip=["item", "n", alt.Tooltip("mean:Q", format=".2f"), alt.Tooltip("adjusted:Q", format=".2f")],
    )
    moved = np.abs(record.points["adjusted"] - record.points["mean"])
    most = record.points.assign(moved=moved).nlargest(1, "moved").to_dict("records")
    return Figure(
        name="ratings",
        title="Ratings, raw and adjusted",
        sentence="Adjusted ratings take away who rated and how the answer went; bars are 90 % intervals."
        + "".join(
            f" {one['item']} moves most, from {one['mean']:.1f} to {one['adjusted']:.1f}." for one in most
        ),
        chart=alt.layer(line, bars, points),
        table=record.points,
        code="draw_rating_map(rating_map(analysis['ratings']))",
    )
