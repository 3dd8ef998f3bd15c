"""Two calibrations of the same items, one against the other."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.names import first_of
from dashboard.figures.theme import ACCENT, GROUPS, SECOND, Figure
from dashboard.item_table import difficulties
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
    """Draw new against old with the line of no change; the sentence names what moved far."""
    points = record.points.assign(
        kind=(record.points["change"].abs() > DRIFT).map({True: "moved", False: "stayed"})
    )
    ends = pd.DataFrame({"old": [points["old"].min(), points["old"].max()]})
    line = (
        alt.Chart(ends.assign(new=ends["old"]))
        .mark_line(strokeDash=[4, 3], strokeWidth=1, color=GROUPS[6])
        .encode(x="old:Q", y="new:Q")
    )
    kinds = ["moved", "stayed"]
    base = alt.Chart(points).encode(
        x=alt.X("old:Q", title="difficulty in the set in use (logits)"),
        y=alt.Y("new:Q", title="difficulty in this set (logits)"),
    )
    marks = base.mark_point().encode(
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=[SECOND, ACCENT])),
        shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=kinds, range=["triangle-up", "circle"])),
        tooltip=["item", alt.Tooltip("old:Q", format=".2f"), alt.Tooltip("new:Q", format=".2f")],
    )
    moved = points[points["kind"] == "moved"].sort_values("change", key=abs, ascending=False)["item"]
    return Figure(
        name="two_sets",
        title="This set against the set in use",
        sentence=f"{len(moved)} of {len(points)} items{first_of(moved)} moved by more than {DRIFT} logits "
        "(Wright & Douglas 1976); "
        f"the correlation is {points['old'].corr(points['new']):.3f}.",
        chart=alt.layer(line, marks),
        table=record.points.sort_values("change", key=abs, ascending=False),
        code="draw_two_sets(two_sets(used, linked))",
    )
