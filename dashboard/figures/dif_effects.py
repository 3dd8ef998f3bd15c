"""How differently each item works for two groups: effects with intervals, and bands that name their size."""

from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from calibration.ets import DELTA, LARGE, SMALL
from dashboard.figures.theme import ACCENT, GROUPS, SECOND, Figure

SHOWN = 40
"""Items that are drawn, the largest effects first."""
Z = 1.96
ROW, AROUND = 18, 120
"""Pixels of a row, and of what stands around the rows."""
WIDEST = 2.5
"""How far the axis reaches, in bounds of class C; effects beyond stand at its end."""

LOGITS = (SMALL / -DELTA, LARGE / -DELTA)
"""The ETS bands in logits: 0.43 and 0.64."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A method's effect: its column, its error's, the words of its axis, its bands, the sign of harder.

    Where the classes are those of another effect, the figure is not `banded`.
    """

    effect: str
    error: str
    words: str
    bands: tuple[float, float]
    sign: int
    banded: bool = True


MEASURES: Mapping[str, Measure] = {
    "mh": Measure("delta_mh", "se_delta", "Δ (delta points)", (SMALL, LARGE), -1),
    "logistic": Measure("shift", "se_shift", "uniform difference γ (logits)", LOGITS, -1, False),
    "lord": Measure("effect", "se_effect", "difference of difficulties (logits)", LOGITS, 1),
    "raju": Measure("effect", "se_effect", "signed area (logits)", LOGITS, 1),
    "lr": Measure("effect", "se_effect", "difference of difficulties (logits)", LOGITS, 1),
    "andersen": Measure("effect", "se_effect", "difference of difficulties (logits)", LOGITS, 1),
}


@dataclass(frozen=True, slots=True, eq=False)
class DifEffects:
    """Numbers of the figure.

    Attributes
    ----------
    items : DataFrame
        `item, n, effect, low, high` (95 %), `p_adjusted`, `size` (A, B or C), the surest effect first: by the
        end of the interval that is nearer to 0, or the effect itself where its error is not known.
    measure : Measure
    focal : str
        The group to which the signs belong.
    """

    items: pd.DataFrame
    measure: Measure
    focal: str


def dif_effects(table: pd.DataFrame, method: str, focal: str) -> DifEffects:
    """Take the effects out of a comparison's table; see `sizes` for the classes."""
    measure = MEASURES[method]
    effect = table[measure.effect].astype(float)
    error = table.get(measure.error, pd.Series(np.nan, index=table.index)).astype(float)
    items = pd.DataFrame(
        {
            "item": table["item"],
            "n": table["n"],
            "effect": effect,
            "low": effect - Z * error,
            "high": effect + Z * error,
            "p_adjusted": table["p_adjusted"].astype(float),
            "size": sizes(table, method),
        }
    ).dropna(subset="effect")
    sure = items["effect"].abs() - (Z * error.reindex(items.index)).fillna(0)
    order = sure.sort_values(ascending=False).index
    return DifEffects(items.loc[order].reset_index(drop=True), measure, focal)


def sizes(table: pd.DataFrame, method: str) -> "pd.Series[str]":
    """Return the class of each item: ETS (mh), Jodoin and Gierl (logistic), else the bands if significant."""
    if method == "mh":
        return table["ets_class"].astype(str)
    if method == "logistic":
        return table["class"].astype(str)
    effect, significant = table["effect"].abs(), table["p_adjusted"] < 0.05
    small, large = MEASURES[method].bands
    letters = np.select([effect.isna(), ~significant | (effect < small), effect < large], ["", "A", "B"], "C")
    return pd.Series(letters, index=table.index)


def draw_dif_effects(record: DifEffects) -> Figure:
    """Draw each item's effect with its interval over the named bands."""
    names = {"A": "A negligible", "B": "B moderate", "C": "C large"}
    shown = record.items.head(SHOWN).assign(kind=record.items["size"].map(names).fillna("not classed"))
    small, large = record.measure.bands
    reach = max(WIDEST * large, float(shown["effect"].abs().quantile(0.9)) if len(shown) else 0.0)
    scale = alt.Scale(domain=[-reach, reach], nice=False, clamp=True)
    domain = [*names.values(), "not classed"]
    x = alt.X("effect:Q", title=record.measure.words, scale=scale)
    base = alt.Chart(shown).encode(y=alt.Y("item:N", title=None, sort=shown["item"].tolist()))
    points = base.mark_point(size=70).encode(
        x=x,
        color=alt.Color(
            "kind:N", title=None, scale=alt.Scale(domain=domain, range=[ACCENT, GROUPS[4], SECOND, GROUPS[6]])
        ),
        shape=alt.Shape(
            "kind:N",
            title=None,
            scale=alt.Scale(domain=domain, range=["circle", "square", "triangle-up", "diamond"]),
        ),
        tooltip=[
            "item",
            "n",
            alt.Tooltip("effect:Q", format=".2f"),
            alt.Tooltip("p_adjusted:Q", format=".2g"),
        ],
    )
    bars = base.mark_rule(strokeWidth=1.5).encode(
        x=alt.X("low:Q", title=record.measure.words, scale=scale), x2="high:Q"
    )
    behind = _bands(small, large, reach) if record.measure.banded else [_ZERO]
    chart = alt.layer(*behind, bars, points).properties(height=ROW * len(shown) + AROUND)
    return Figure(
        name="dif_effects",
        title="How differently the items work",
        sentence=_sentence(record),
        chart=chart,
        table=record.items,
        code=f"draw_dif_effects(dif_effects(tables['dif'], facts['method'], {record.focal!r}))",
    )


def _bands(small: float, large: float, reach: float) -> list[alt.LayerChart | alt.Chart]:
    """Return the bands behind the effects, with their names above."""
    edges = [
        (-reach, -large, "C"),
        (-large, -small, "B"),
        (-small, small, "A"),
        (small, large, "B"),
        (large, reach, "C"),
    ]
    data = pd.DataFrame(edges, columns=["from", "to", "band"]).assign(
        middle=lambda t: (t["from"] + t["to"]) / 2
    )
    base = alt.Chart(data)
    shade = {"A": 0.0, "B": 0.10, "C": 0.22}
    return [
        base.transform_calculate(shade=f"{shade}[datum.band]")
        .mark_rect(color=GROUPS[6])
        .encode(x="from:Q", x2="to:Q", opacity=alt.Opacity("shade:Q", scale=None, legend=None)),
        base.mark_text(baseline="bottom", y=-4).encode(x="middle:Q", text="band:N"),
        _ZERO,
    ]


_ZERO = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(opacity=0.6, strokeDash=[4, 3]).encode(x="x:Q")


def _sentence(record: DifEffects) -> str:
    items, focal = record.items, record.focal
    if items.empty:
        return "No item has enough answers of each group to be compared."
    counted = items["size"].value_counts()
    small, large = record.measure.bands
    worst = items.iloc[0]
    side = "harder" if worst["effect"] * record.measure.sign > 0 else "easier"
    interval = f", 95 % interval {worst['low']:.2f} to {worst['high']:.2f}" if pd.notna(worst["low"]) else ""
    return (
        f"{counted.get('C', 0)} of {len(items)} items are of class C, {counted.get('B', 0)} of class B. The "
        f"surest: {worst['item']} is {side} for {focal} than for equally able people ({worst['effect']:.2f}"
        f"{interval}, {worst['n']:,} answers). "
        + (
            f"Bands: {small:.2f} and {large:.2f}, as of ETS (Zwick 2012)."
            if record.measure.banded
            else "The classes are those of ΔR² (Jodoin & Gierl 2001)."
        )
    )
