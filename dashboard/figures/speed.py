"""Do abler people work faster? Speed along ability."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.along import correlation_interval, means_along
from dashboard.figures.theme import ACCENT, Figure, rule


@dataclass(frozen=True, slots=True, eq=False)
class Speed:
    """Numbers of the figure: `bins` (`theta, n, mean, low, high`), the correlation with its ends, and n."""

    bins: pd.DataFrame
    correlation: tuple[float, float, float]
    n: int


def speed_along_ability(persons: pd.DataFrame) -> Speed:
    """Take `theta` and `speed` of an analysis's table of persons."""
    theta, speed = persons["theta"].to_numpy(float), persons["speed"].to_numpy(float)
    r, low, high, n = correlation_interval(theta, speed)
    return Speed(means_along(theta, speed), (r, low, high), n)


def draw_speed(record: Speed) -> Figure:
    """Draw the mean speed of people of like ability with its interval."""
    base = alt.Chart(record.bins).encode(x=alt.X("theta:Q", title="ability θ (logits)"))
    y = alt.Y("mean:Q", title="speed τ (log units)")
    bars = base.mark_rule(color=ACCENT, strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
    points = base.mark_point().encode(y=y, tooltip=["n", alt.Tooltip("mean:Q", format=".2f")])
    return Figure(
        name="speed_along_ability",
        title="Speed along ability",
        sentence=_sentence(record),
        chart=alt.layer(rule(0.0, "average speed"), bars, points),
        table=record.bins,
        code="draw_speed(speed_along_ability(analysis['persons']))",
    )


def _sentence(record: Speed) -> str:
    r, low, high = record.correlation
    if np.isnan(r):
        return f"Too few people with times ({record.n}) to say how speed goes with ability."
    word = "Abler people work faster" if low > 0 else "Abler people take longer" if high < 0 else ""
    word = word or "Speed and ability do not go together"
    return (
        f"{word}: the estimates correlate by {r:.2f} (95 % interval {low:.2f} to {high:.2f}, "
        f"{record.n:,} people); 0.7 on this axis is twice as fast as the average."
    )
