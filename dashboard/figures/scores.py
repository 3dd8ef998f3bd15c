"""How the totals are distributed, beside what the model expects."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import SECOND, Figure


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Numbers of the figure: `score`, `n`, `share` and the model's `expected` share."""

    table: pd.DataFrame


def draw_scores(record: Scores) -> Figure:
    """Draw the observed distribution as bars and the expected one as a line."""
    base = alt.Chart(record.table).encode(x=alt.X("score:Q", title="number of points"))
    bars = base.mark_bar(opacity=0.7).encode(
        y=alt.Y("share:Q", title="share of people"),
        tooltip=["score", "n", alt.Tooltip("share:Q", format=".3f")],
    )
    table = record.table
    mean = float((table["score"] * table["share"]).sum())
    sd = float(np.sqrt((table["share"] * (table["score"] - mean) ** 2).sum()))
    return Figure(
        name="totals",
        title="How the totals are distributed",
        sentence=f"Bars are people ({int(table['n'].sum()):,}), mean {mean:.1f}, SD {sd:.1f} points; the "
        "line is what the model expects.",
        chart=alt.layer(bars, base.mark_line(color=SECOND).encode(y="expected:Q")),
        table=table,
    )
