"""What people of each group score on an item, at equal standing."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.theme import Figure, group_scales

LEAST = 5
"""Fewest answers of a group that make a point."""


@dataclass(frozen=True, slots=True, eq=False)
class DifCurves:
    """Numbers of the figure: `group`, `level`, `standing`, `n`, `mean`, `low`, `high` of one item.

    Attributes
    ----------
    item : str
    name : str
        What the groups are, without `g_`.
    points : DataFrame
        The numbers, where enough people stand behind them.
    standing : str
        What people were matched on, in words.
    """

    item: str
    name: str
    points: pd.DataFrame
    standing: str


def dif_curves(
    curves: pd.DataFrame, name: str, item: str, *, standing: str = "standing (total, or ability)"
) -> DifCurves:
    """Take one item's rows out of a table of curves for the group column `name`."""
    here = curves[(curves["item"] == item) & (curves["n"] >= LEAST)]
    return DifCurves(
        item, name.removeprefix("g_"), here.drop(columns="item").reset_index(drop=True), standing
    )


def draw_dif_curves(record: DifCurves) -> Figure:
    """Draw a line with intervals for each group."""
    colours, shapes = group_scales([str(group) for group in dict.fromkeys(record.points["group"])])
    base = alt.Chart(record.points).encode(
        x=alt.X("standing:Q", title=record.standing, scale=alt.Scale(zero=False)),
        color=alt.Color("group:N", title=record.name, scale=colours),
    )
    bars = base.mark_rule(strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
    lines = base.mark_line().encode(y=alt.Y("mean:Q", title="mean score"))
    points = base.mark_point(size=45).encode(
        y="mean:Q",
        shape=alt.Shape("group:N", title=record.name, scale=shapes),
        tooltip=["group", alt.Tooltip("mean:Q", format=".2f"), alt.Tooltip("n:Q")],
    )
    return Figure(
        name=f"dif_curves_{record.name}_{record.item}",
        title=f"What equally able people of each {record.name} score on {record.item}",
        sentence=_sentence(record),
        chart=alt.layer(bars, lines, points).properties(height=340),
        table=record.points,
        code=f"draw_dif_curves(dif_curves(tables['curves'], facts['group'], {record.item!r}, "
        "standing=facts['standing']))",
    )


def _sentence(record: DifCurves) -> str:
    """Say who scores highest at how many of the levels where every group was met."""
    levels = record.points.pivot(index="level", columns="group", values="mean").dropna()
    told = "Points are mean scores of people who stand equally high, with 95 % intervals"
    if levels.shape[1] < 2 or levels.empty:
        return f"{told}."
    ahead = levels.idxmax(axis=1).value_counts()
    return f"{told}: {record.name} = {ahead.index[0]} is ahead at {ahead.iloc[0]} of {len(levels)} levels."
