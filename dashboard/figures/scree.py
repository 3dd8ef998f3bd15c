"""How many abilities the answers show: eigenvalues beside those of chance (parallel analysis)."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.theme import Figure, group_scales

NAMES = {"eigenvalue": "observed", "by_chance": "by chance"}


@dataclass(frozen=True, slots=True, eq=False)
class Scree:
    """Numbers of the figure: `dimension`, `eigenvalue`, `by_chance`, and how many lie above chance."""

    table: pd.DataFrame
    count: int


def scree(dimensions: pd.DataFrame) -> Scree:
    """Take an analysis's table of dimensions; those above chance count up to the first that is not."""
    above = dimensions["eigenvalue"] > dimensions["by_chance"]
    return Scree(dimensions, int(above.cumprod().sum()))


def draw_scree(record: Scree) -> Figure:
    """Draw both lines."""
    told = record.table.melt("dimension", list(NAMES), "what", "value").replace({"what": NAMES})
    colours, shapes = group_scales(list(NAMES.values()))
    base = alt.Chart(told).encode(
        x=alt.X("dimension:O", title="dimension", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title="eigenvalue"),
        color=alt.Color("what:N", title=None, scale=colours),
    )
    points = base.mark_point().encode(shape=alt.Shape("what:N", title=None, scale=shapes))
    first = record.table["eigenvalue"].to_numpy()
    ratio = (
        f" The first is {first[0] / first[1]:.1f} times the second."
        if len(first) > 1 and first[1] > 0
        else ""
    )
    return Figure(
        name="scree",
        title="How many abilities the answers show",
        sentence=f"{'1 eigenvalue' if record.count == 1 else f'{record.count} eigenvalues'} of the item "
        f"correlations {'lies' if record.count == 1 else 'lie'} above what chance alone gives "
        f"(Horn 1965).{ratio}",
        chart=alt.layer(base.mark_line(), points),
        table=record.table,
        code="draw_scree(scree(analysis['dimensions']))",
    )
