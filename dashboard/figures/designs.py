"""Designs of a test side by side: what each costs and what it gives."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.precision import LEAST
from dashboard.figures.theme import ACCENT, Figure, group_scales

MEASURES = {
    "mean_length": "questions",
    "rmse": "error made (logits)",
    "max_exposure": "largest exposure",
    "mean_overlap": "overlap",
}
"""What is drawn of each design; less is better in all."""
PANEL = 150
"""Width of a panel."""
LETTER = 7
"""Width of a letter of the designs' names."""
COLOURED = 8
"""Most designs that are drawn as lines; more could not be told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Numbers of the figure: `design` and the measures that the table of designs has."""

    table: pd.DataFrame


def measures(table: pd.DataFrame) -> Measures:
    """Keep what is drawn of the table of designs."""
    return Measures(table[["design", *(name for name in MEASURES if name in table)]])


def draw_designs(record: Measures) -> Figure:
    """Draw each design as a row of dots, a panel a measure."""
    designs, names = record.table["design"].tolist(), [n for n in MEASURES if n in record.table]
    panels = []
    for place, name in enumerate(names):
        room = LETTER * max(len(design) for design in designs)
        axis = alt.Axis(labelLimit=400, minExtent=min(room, 400)) if place == 0 else None
        base = alt.Chart(record.table).encode(
            y=alt.Y("design:N", title=None, sort=designs, axis=axis),
            x=alt.X(f"{name}:Q", title=MEASURES[name], axis=alt.Axis(tickCount=3)),
            tooltip=["design", alt.Tooltip(f"{name}:Q", format=".3f")],
        )
        stems = base.mark_rule(color=ACCENT, opacity=0.5).encode(x2=alt.datum(0))
        panels.append(alt.layer(stems, base.mark_point()).properties(width=PANEL, height=26 * len(designs)))
    best = record.table.nsmallest(1, "rmse").to_dict("records")
    return Figure(
        name="designs",
        title="What each design costs and gives",
        sentence="Less is better in every panel."
        + "".join(f" The least error, {one['rmse']:.3f}, is made by {one['design']}." for one in best),
        chart=alt.hconcat(*panels, spacing=18),
        table=record.table,
    )


def draw_errors(along: pd.DataFrame) -> Figure:
    """Draw the error made along true ability, a line a design (`design`, `theta_low`, … `rmse`)."""
    kept = along[along["n"] >= LEAST]
    designs = list(dict.fromkeys(kept["design"]))[:COLOURED]
    kept = kept[kept["design"].isin(designs)]
    kept = kept.assign(theta=(kept["theta_low"] + kept["theta_high"]) / 2)
    colours, shapes = group_scales(designs)
    base = alt.Chart(kept).encode(
        x=alt.X("theta:Q", title="true ability θ (logits)"),
        y=alt.Y("rmse:Q", title="error made, RMSE (logits)"),
        color=alt.Color("design:N", title=None, scale=colours, legend=alt.Legend(columns=1, labelLimit=500)),
    )
    points = base.mark_point().encode(shape=alt.Shape("design:N", title=None, scale=shapes))
    more = "" if along["design"].nunique() <= COLOURED else f" Only the first {COLOURED} designs are drawn."
    return Figure(
        name="errors",
        title="Error along ability",
        sentence=f"RMSE of the reported ability by bins of true ability with at least {LEAST} people.{more}",
        chart=alt.layer(base.mark_line(), points),
        table=kept,
    )
