"""What an item costs and what it gives: seconds against information a minute; and how long items take."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from calibration.flags import takes_long
from dashboard.figures.along import correlation_interval
from dashboard.figures.crowd import crowd, squares_of
from dashboard.figures.names import first_of
from dashboard.figures.theme import ACCENT, GROUPS, SECOND, Figure, rule

Z = 1.96
LOG = alt.Scale(type="log", nice=False, padding=12)


@dataclass(frozen=True, slots=True, eq=False)
class TimeCost:
    """Numbers of the figure: `item, n_timed, median_s, info_per_minute, slow`; typical yield, and which share
    of it is little. Of many items those worth their time are counted by `median_s, info_per_minute, n`.
    """

    points: pd.DataFrame
    crowd: pd.DataFrame
    typical: float
    share: float

    @property
    def least(self) -> float:
        """Yield below which an item takes long for what it tells."""
        return self.share * self.typical


def time_cost(items: pd.DataFrame, *, share: float) -> TimeCost:
    """Take an analysis's table of items; slow is what takes long for what it tells (`takes_long`)."""
    columns = ["item", "n_timed", "median_s", "info_per_minute", "slow"]
    known = items.assign(slow=takes_long(items, share)).dropna(subset=["median_s", "info_per_minute"])
    points = known[columns].reset_index(drop=True)
    typical = float(points["info_per_minute"].median()) if len(points) else np.nan
    worth = points[~points["slow"] & (points["info_per_minute"] > 0)]
    many = crowd(worth["median_s"], worth["info_per_minute"], log_y=True)
    return TimeCost(points, many, typical, share)


def draw_time_cost(record: TimeCost) -> Figure:
    """Draw each item by its seconds and its information a minute; the sentence names the least."""
    kinds = {True: "takes long for what it tells", False: "worth its time"}
    points = record.points.assign(kind=record.points["slow"].map(kinds))
    domain = list(kinds.values())
    x = alt.X("median_s:Q", title="median time (seconds)", scale=alt.Scale(zero=False, nice=True))
    y = alt.Y("info_per_minute:Q", title="information a minute", scale=LOG)
    base = alt.Chart(points if record.crowd.empty else points[points["slow"]]).encode(x=x, y=y)
    marks = base.mark_point().encode(
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=domain, range=[SECOND, ACCENT])),
        shape=alt.Shape(
            "kind:N", title=None, scale=alt.Scale(domain=domain, range=["triangle-up", "circle"])
        ),
        tooltip=["item", "n_timed", "median_s", alt.Tooltip("info_per_minute:Q", format=".2f")],
    )
    slow = points[points["slow"]].sort_values("info_per_minute")["item"]
    return Figure(
        name="time_cost",
        title="What items cost and what they give",
        sentence=f"{len(slow)} of {len(points)} items{first_of(slow)} take longer than the median item and "
        f"give less than {record.least:.2f} a minute at the ability of those who met them; the median item "
        f"gives {record.typical:.2f}.",
        chart=alt.layer(rule(record.least, "little for its time"), *squares_of(record.crowd, x, y), marks),
        table=record.points,
        code=f"draw_time_cost(time_cost(timed, share={record.share}))",
    )


@dataclass(frozen=True, slots=True, eq=False)
class TimeIntensity:
    """Numbers of the figure: `item, n, difficulty, seconds, low, high` (95 %); the correlation, its ends.

    Many items are counted by `difficulty, seconds, n`.
    """

    points: pd.DataFrame
    crowd: pd.DataFrame
    correlation: tuple[float, float, float]


def time_intensity(items: pd.DataFrame, difficulty: "pd.Series[float]") -> TimeIntensity:
    """Set the time intensity of an analysis's items, in seconds, beside their difficulties (J,)."""
    half = Z * items.get("se_intensity", pd.Series(np.nan, index=items.index))
    points = pd.DataFrame(
        {
            "item": items["item"],
            "n": items["n_timed"],
            "difficulty": difficulty.to_numpy(float),
            "seconds": np.exp(items["intensity"]),
            "low": np.exp(items["intensity"] - half),
            "high": np.exp(items["intensity"] + half),
        }
    ).dropna(subset=["difficulty", "seconds"])
    r, low, high, _ = correlation_interval(
        points["difficulty"].to_numpy(float), np.log(points["seconds"].to_numpy(float))
    )
    many = crowd(points["difficulty"], points["seconds"], log_y=True)
    return TimeIntensity(points.reset_index(drop=True), many, (r, low, high))


def draw_time_intensity(record: TimeIntensity) -> Figure:
    """Draw the seconds that somebody of average speed needs, with their intervals, along difficulty."""
    x = alt.X("difficulty:Q", title="difficulty b (logits)")
    named: dict[str, Any] = {"title": "time intensity exp β (seconds)", "scale": LOG}
    y = alt.Y("seconds:Q", **named)
    base = alt.Chart(record.points).encode(x=x)
    bars = base.mark_rule(color=GROUPS[0], opacity=0.6).encode(y=alt.Y("low:Q", **named), y2="high:Q")
    tips = [alt.Tooltip("seconds:Q", format=".1f"), alt.Tooltip("difficulty:Q", format=".2f")]
    points = base.mark_point().encode(y=y, tooltip=["item", "n", *tips])
    many = squares_of(record.crowd, x, y)
    r, low, high = record.correlation
    told = f" correlation {r:.2f} (95 % interval {low:.2f} to {high:.2f})," if np.isfinite(r) else ""
    return Figure(
        name="time_intensity",
        title="How long items take along their difficulty",
        sentence=f"Seconds that somebody of average speed needs (van der Linden 2006), with 95 % intervals"
        f"{' in the table' if many else ''}:{told} {len(record.points)} items.",
        chart=alt.layer(*(many or (bars, points))),
        table=record.points,
        code="draw_time_intensity(time_intensity(timed, difficulties(timed)))",
    )
