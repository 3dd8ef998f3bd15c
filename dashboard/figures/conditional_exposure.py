"""How often items are met by people of like ability: exposure in bands of one logit."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.exposure import effective_size
from dashboard.figures.item_curve import proportion_interval
from dashboard.figures.theme import ACCENT, Figure

LEAST = 20
"""Fewest sessions that make a band."""


@dataclass(frozen=True, slots=True, eq=False)
class ConditionalExposure:
    """Numbers of the figure.

    Attributes
    ----------
    bands : DataFrame
        `theta` (middle), `sessions`, the most used `item`, the share `highest` of the sessions that met it
        with its 95 % interval `low` to `high`, and `effective`, the effective number of items.
    """

    bands: pd.DataFrame


def conditional_exposure(counts: pd.DataFrame) -> ConditionalExposure:
    """Take `band, item, n, sessions` and find the most used item of each band with enough sessions."""
    enough = counts[counts["sessions"] >= LEAST]
    enough = enough.assign(share=enough["n"] / enough["sessions"])
    rows = []
    for band, here in enough.groupby("band"):
        most = here.nlargest(1, "share").iloc[0]
        told = {
            "theta": band,
            "sessions": int(most["sessions"]),
            "item": most["item"],
            "highest": most["share"],
        }
        rows.append(told | {"effective": effective_size(here["share"].to_numpy(float))})
    bands = pd.DataFrame(rows, columns=["theta", "sessions", "item", "highest", "effective"])
    low, high = proportion_interval(bands["highest"].to_numpy(float), bands["sessions"].to_numpy(float))
    return ConditionalExposure(bands.assign(low=low, high=high))


def draw_conditional_exposure(record: ConditionalExposure) -> Figure:
    """Draw the highest exposure of each band with its interval."""
    base = alt.Chart(record.bands).encode(x=alt.X("theta:Q", title="ability θ (logits)"))
    y = alt.Y("highest:Q", title="highest exposure", axis=alt.Axis(format="%"))
    bars = base.mark_rule(color=ACCENT).encode(y="low:Q", y2="high:Q")
    points = base.mark_point().encode(
        y=y, tooltip=["item", "sessions", alt.Tooltip("highest:Q", format=".0%")]
    )
    worst = record.bands.nlargest(1, "highest").iloc[0]
    return Figure(
        name="conditional_exposure",
        title="Exposure among people of like ability",
        sentence=f"Around θ = {worst['theta']:.0f}, {worst['item']} is met in {worst['highest']:.0%} of the "
        f"{worst['sessions']:,} sessions (95 % interval {worst['low']:.0%} to {worst['high']:.0%}); there "
        f"the bank works like one of {worst['effective']:.0f} equally used items.",
        chart=alt.layer(bars, points),
        table=record.bands.rename(columns={"low": "highest_low", "high": "highest_high"}),
        code="draw_conditional_exposure(conditional_exposure(analysis['exposure_by_ability']))",
    )
