"""How much the group adds to what standing explains of each item's score: ΔR² with its classes' borders."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from calibration.dif.logistic import LARGE, SMALL
from dashboard.figures.dif_effects import AROUND, ROW, SHOWN
from dashboard.figures.theme import ACCENT, Figure, group_scales, rule

CLASSES = {"A": "A negligible", "B": "B moderate", "C": "C large"}


@dataclass(frozen=True, slots=True, eq=False)
class DifGain:
    """Numbers of the figure: `item, n, gain, low, high` (95 %), `p_adjusted`, `size`; the largest first."""

    items: pd.DataFrame


def dif_gain(table: pd.DataFrame) -> DifGain:
    """Take the gains in R² out of a comparison by logistic regression."""
    names = {"effect": "gain", "effect_low": "low", "effect_high": "high", "class": "size"}
    items = table.rename(columns=names)[["item", "n", "gain", "low", "high", "p_adjusted", "size"]]
    return DifGain(items.dropna(subset="gain").sort_values("gain", ascending=False, ignore_index=True))


def draw_dif_gain(record: DifGain) -> Figure:
    """Draw each item's gain with its interval, and where classes B and C begin."""
    shown = record.items.head(SHOWN).assign(kind=record.items["size"].map(CLASSES))
    colours, shapes = group_scales(list(CLASSES.values()))
    base = alt.Chart(shown).encode(y=alt.Y("item:N", title=None, sort=shown["item"].tolist()))
    x = alt.X("low:Q", title="gain in R² by the group (ΔR², Nagelkerke)")
    bars = base.mark_rule(color=ACCENT, strokeWidth=1.5).encode(x=x, x2="high:Q")
    points = base.mark_point(size=70).encode(
        x="gain:Q",
        color=alt.Color("kind:N", title=None, scale=colours),
        shape=alt.Shape("kind:N", title=None, scale=shapes),
        tooltip=["item", "n", alt.Tooltip("gain:Q", format=".3f"), alt.Tooltip("p_adjusted:Q", format=".2g")],
    )
    borders = [rule(value, name, axis="x") for name, value in (("B", SMALL), ("C", LARGE))]
    counted = record.items["size"].value_counts()
    told = "No item has enough answers of each group."
    if len(record.items):
        worst = record.items.iloc[0]
        told = (
            f"{counted.get('C', 0)} of {len(record.items)} items are of class C (from {LARGE:.3f}), "
            f"{counted.get('B', 0)} of class B (from {SMALL:.3f}; Jodoin & Gierl 2001). Most is added to "
            f"{worst['item']}: ΔR² {worst['gain']:.3f}, 95 % interval {worst['low']:.3f} to "
            f"{worst['high']:.3f}, {worst['n']:,} answers. Whom an item is harder for shows γ."
        )
    return Figure(
        name="dif_gain",
        title="How much the group explains",
        sentence=told,
        chart=alt.layer(*borders, bars, points).properties(height=ROW * len(shown) + AROUND),
        table=record.items,
        code="draw_dif_gain(dif_gain(tables['dif']))",
    )
