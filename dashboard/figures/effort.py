"""Who tries: the distribution of effort, the share of a person's answers that are no rapid guesses."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.item_curve import proportion_interval
from dashboard.figures.theme import ACCENT, Figure, rule

EDGES = np.linspace(0.0, 1.0, 21)


@dataclass(frozen=True, slots=True, eq=False)
class Effort:
    """Numbers of the figure.

    Attributes
    ----------
    bins : DataFrame
        `low` and `high` end of each bin of effort, and `n` people in it.
    least : float
        Effort below which a score says little.
    below : int
        People below it.
    share : (3,)
        Their share, and its 95 % interval.
    """

    bins: pd.DataFrame
    least: float
    below: int
    share: tuple[float, float, float]

    @property
    def n(self) -> int:
        """People with times."""
        return int(self.bins["n"].sum())


def effort(persons: pd.DataFrame, *, least: float) -> Effort:
    """Count the `effort` of an analysis's table of persons."""
    known = persons["effort"].dropna().to_numpy(float)
    n, _ = np.histogram(known, EDGES + np.r_[np.full(20, -1e-9), 1e-9])
    bins = pd.DataFrame({"low": EDGES[:-1], "high": EDGES[1:], "n": n})
    below = int((known < least).sum())
    if not known.size:
        return Effort(bins, least, 0, (np.nan, np.nan, np.nan))
    share = np.array([below / known.size])
    low, high = proportion_interval(share, np.array([known.size]))
    return Effort(bins, least, below, (float(share[0]), float(low[0]), float(high[0])))


def draw_effort(record: Effort) -> Figure:
    """Draw the people by effort, with the value below which a score says little."""
    bars = (
        alt.Chart(record.bins)
        .mark_bar(color=ACCENT, binSpacing=1)
        .encode(
            x=alt.X("low:Q", title="effort (share of answers that are no rapid guesses)", bin="binned"),
            x2="high:Q",
            y=alt.Y("n:Q", title="people", scale=alt.Scale(type="symlog")),
            tooltip=["low", "high", "n"],
        )
    )
    share, low, high = record.share
    return Figure(
        name="effort",
        title="Do people try",
        sentence="Nobody's times are known."
        if np.isnan(share)
        else f"{record.below:,} of {record.n:,} people ({share:.1%}; 95 % interval {low:.1%} to {high:.1%}) "
        f"have an effort below {record.least:.2f} (Wise & Kong 2005): ask why before using their scores.",
        chart=alt.layer(bars, rule(record.least, f"{record.least:.2f}", axis="x")),
        table=record.bins,
        code=f"draw_effort(effort(analysis['persons'], least={record.least}))",
    )
