"""Two calibrations of the same items, one against the other."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.names import first_of
from dashboard.figures.theme import ACCENT, GROUPS, SECOND, Figure
from dashboard.item_table import difficulties
from engine._types import Floats
from items.naming import first_few
from items.parameters import ParameterSet

DRIFT = 0.5
"""Change of difficulty (logits) that is acted upon; Wright & Douglas (1976)."""


@dataclass(frozen=True, slots=True, eq=False)
class TwoSets:
    """Numbers of the figure: `item`, `old`, `new` difficulty (logits) and their `change`."""

    points: pd.DataFrame


def two_sets(old: ParameterSet, new: ParameterSet) -> TwoSets:
    """Join the difficulties of the item versions that both sets hold; both should stand on one scale."""
    tables = [one.table[["item", "version"]].assign(b=difficulties(one.table)) for one in (old, new)]
    points = tables[0].merge(tables[1], on=["item", "version"], suffixes=("_old", "_new"))
    points = points.rename(columns={"b_old": "old", "b_new": "new"}).dropna()
    return TwoSets(points.assign(change=points["new"] - points["old"]))


def draw_two_sets(record: TwoSets) -> Figure:
    """Draw new against old with the line of no change; the sentence names what moved far.

    Difficulties far outside the others are drawn at the edge: they would leave no room for these.
    """
    points = record.points
    low, high = _reach(points[["old", "new"]].to_numpy(float))
    far = points[["old", "new"]].lt(low).any(axis=1) | points[["old", "new"]].gt(high).any(axis=1)
    kind = (points["change"].abs() > DRIFT).map({True: "moved", False: "stayed"}).mask(far, "beyond the axes")
    shown = points.assign(kind=kind, x=points["old"].clip(low, high), y=points["new"].clip(low, high))
    domain = alt.Scale(domain=[low, high], nice=False)
    x = alt.X("x:Q", title="difficulty in the set in use (logits)", scale=domain)
    y = alt.Y("y:Q", title="difficulty in this set (logits)", scale=domain)
    line = (
        alt.Chart(pd.DataFrame({"x": [low, high], "y": [low, high]}))
        .mark_line(strokeDash=[4, 3], strokeWidth=1, color=GROUPS[6])
        .encode(x=x, y=y)
    )
    kinds = ["moved", "stayed", *(["beyond the axes"] if far.any() else [])]
    colours, shapes = [SECOND, ACCENT, GROUPS[6]], ["triangle-up", "circle", "diamond"]
    marks = (
        alt.Chart(shown)
        .mark_point()
        .encode(
            x=x,
            y=y,
            color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=colours[: len(kinds)])),
            shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=kinds, range=shapes[: len(kinds)])),
            tooltip=["item", alt.Tooltip("old:Q", format=".2f"), alt.Tooltip("new:Q", format=".2f")],
        )
    )
    return Figure(
        name="two_sets",
        title="This set against the set in use",
        sentence=_sentence(points, points[far]),
        chart=alt.layer(line, marks),
        table=points.sort_values("change", key=abs, ascending=False),
        code="draw_two_sets(two_sets(used, linked))",
    )


def _reach(values: Floats) -> tuple[float, float]:
    """Return the range of the values but those far outside the others, by Tukey's outer fences (1977)."""
    quarter, three = np.quantile(values, [0.25, 0.75])
    fence = 3 * max(three - quarter, DRIFT)
    near = values[(values >= quarter - fence) & (values <= three + fence)]
    edge = 0.03 * max(np.ptp(near), DRIFT)
    return float(near.min() - edge), float(near.max() + edge)


def _sentence(points: pd.DataFrame, far: pd.DataFrame) -> str:
    moved = points[points["change"].abs() > DRIFT].sort_values("change", key=abs, ascending=False)["item"]
    beyond = [f"{one.item} from {one.old:.2f} to {one.new:.2f}" for one in far.itertuples()]
    edge = f" Far outside the others, drawn at the edge: {first_few(beyond)}." if beyond else ""
    return (
        f"{len(moved)} of {len(points)} items{first_of(moved)} moved by more than {DRIFT} logits "
        f"(Wright & Douglas 1976); the correlation is {points['old'].corr(points['new']):.3f}.{edge}"
    )
