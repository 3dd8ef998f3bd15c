"""Which answer people of each ability give: observed shares as points, the nominal model as lines."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.theme import Figure, group_scales
from items.interactions.base import RESERVED

KEY, OTHER = "key", "not the key"


@dataclass(frozen=True, slots=True, eq=False)
class OptionCurves:
    """Numbers of the figure: `option`, `theta`, `n`, `share`, `model`, `kind` (key or not) of one item;
    an answer that is none, in words.
    """

    item: str
    points: pd.DataFrame


def option_curves(curves: pd.DataFrame, options: pd.DataFrame, item: str) -> OptionCurves:
    """Take one item's rows out of an analysis's `option_curves` and `options` tables."""
    keys = options.loc[(options["item"] == item) & options["key"], "option"]
    points = curves[curves["item"] == item].drop(columns="item").reset_index(drop=True)
    kind = points["option"].isin(keys).map({True: KEY, False: OTHER})
    return OptionCurves(item, points.assign(kind=kind, option=points["option"].replace(RESERVED)))


def draw_option_curves(record: OptionCurves) -> Figure:
    """Draw a line and points for each answer; the key's line is whole, the others are dashed."""
    names = [str(name) for name in dict.fromkeys(record.points["option"])]
    colours, shapes = group_scales(names)
    base = alt.Chart(record.points).encode(
        x=alt.X("theta:Q", title="ability θ (logits)"),
        color=alt.Color("option:N", title="answer", scale=colours),
    )
    dash = alt.StrokeDash("kind:N", title=None, scale=alt.Scale(domain=[KEY, OTHER], range=[[1, 0], [5, 4]]))
    lines = base.mark_line().encode(y=alt.Y("model:Q", title="share who give it"), strokeDash=dash)
    points = base.mark_point(size=45).encode(
        y="share:Q",
        shape=alt.Shape("option:N", title="answer", scale=shapes),
        tooltip=["option", alt.Tooltip("share:Q", format=".2f"), alt.Tooltip("n:Q", format=".0f")],
    )
    return Figure(
        name=f"option_curves_{record.item}",
        title=f"Who gives which answer to {record.item}",
        sentence=_sentence(record),
        chart=alt.layer(lines, points),
        table=record.points,
        code="draw_option_curves(option_curves(analysis['option_curves'], analysis['options'], item))",
    )


def _sentence(record: OptionCurves) -> str:
    rising = record.points.dropna(subset="model").sort_values("theta").groupby("option")
    change = rising["model"].last() - rising["model"].first()
    keys = set(record.points.loc[record.points["kind"] == KEY, "option"])
    no_rivals = {*keys, *RESERVED.values()}
    others = sorted(str(name) for name in change.index[change > 0.02] if name not in no_rivals)
    if keys.isdisjoint(change.index):
        return "Too few have given the keyed answer for a curve: nothing can be said of it yet."
    fell = sorted(str(name) for name in keys & set(change.index[change <= 0]))
    if fell:
        return f"The keyed answer {', '.join(fell)} is given less often by abler people: check the key."
    if others:
        return f"Besides the key, abler people give {', '.join(others)} more often: it may be defensible too."
    return "Abler people give the keyed answer more often and the others less, as it should be."
