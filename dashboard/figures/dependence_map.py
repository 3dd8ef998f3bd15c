"""Which items go together beyond ability: Q3 of the worst pairs as a map."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import Figure

STEP = 20
"""Pixels of a cell."""


@dataclass(frozen=True, slots=True, eq=False)
class DependenceMap:
    """Numbers of the figure.

    Attributes
    ----------
    cells : DataFrame
        Each pair in both orders: `item_1, item_2, n, excess` (Q3 above its mean) and `beyond` the cut-off.
    items : tuple of texts
        The items in the order of the map, those of the worst pairs first.
    cutoff : float
        What chance alone gives; NaN where it is not known.
    """

    cells: pd.DataFrame
    items: tuple[str, ...]
    cutoff: float


def dependence_map(pairs: pd.DataFrame) -> DependenceMap:
    """Take the table `dependence_map` of a kept analysis, the most dependent pair first."""
    items = tuple(dict.fromkeys(pairs[["item_1", "item_2"]].to_numpy(dtype=object).ravel()))
    cutoff = float(pairs["cutoff"].iloc[0]) if len(pairs) else np.nan
    half = pairs[["item_1", "item_2", "n"]].assign(excess=pairs["q3_excess"])
    other = half.rename(columns={"item_1": "item_2", "item_2": "item_1"})
    cells = pd.concat([half, other], ignore_index=True)
    return DependenceMap(cells.assign(beyond=cells["excess"] > cutoff), items, cutoff)


def draw_dependence_map(record: DependenceMap) -> Figure:
    """Draw a cell for each pair, its colour the excess; a dot marks what is beyond chance."""
    most = float(record.cells["excess"].abs().max()) if len(record.cells) else 1.0
    side = alt.Step(STEP)
    base = alt.Chart(record.cells).encode(
        x=alt.X(
            "item_1:N",
            title=None,
            sort=list(record.items),
            axis=alt.Axis(labelAngle=-60, labelOverlap="greedy"),
        ),
        y=alt.Y("item_2:N", title=None, sort=list(record.items)),
        tooltip=["item_1", "item_2", "n", alt.Tooltip("excess:Q", format=".2f")],
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "excess:Q",
            title="Q3 above its mean",
            scale=alt.Scale(scheme="blueorange", domain=[-most, most], domainMid=0),
            legend=alt.Legend(gradientLength=240),
        )
    )
    dots = base.transform_filter("datum.beyond").mark_point(size=40, color="#1b2430")
    return Figure(
        name="dependence_map",
        title="Items that go together beyond ability",
        sentence=_sentence(record),
        chart=alt.layer(cells, dots).properties(width=side, height=side),
        table=record.cells.iloc[: len(record.cells) // 2],
        code="draw_dependence_map(dependence_map(analysis['dependence_map']))",
    )


def _sentence(record: DependenceMap) -> str:
    if record.cells.empty:
        return "No pair of items was met by enough people."
    beyond = int(record.cells["beyond"].sum()) // 2
    worst = record.cells.iloc[0]
    told = (
        f"the worst pair is {worst['item_1']} with {worst['item_2']} ({worst['excess']:.2f}, "
        f"{worst['n']:,} people)"
    )
    if np.isnan(record.cutoff):
        return f"Correlations of residuals (Q3) less their mean, among the items of the worst pairs; {told}."
    return (
        f"Correlations of residuals (Q3) less their mean, among the items of the worst pairs: {beyond} lie "
        f"beyond {record.cutoff:.2f}, which chance alone reaches in 5 of 100 such tests; {told}."
    )
