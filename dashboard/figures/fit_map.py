"""Do the items behave as the model says? Infit and outfit along difficulty, with the band of the usual."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.names import first_of
from dashboard.figures.theme import GROUPS, Figure, group_scales, rule
from dashboard.item_table import difficulties

USUAL = (0.7, 1.3)
"""Mean squares of ordinary multiple-choice tests; Wright & Linacre (1994), RMT 8:3."""
KINDS = {"infit": "infit", "outfit": "outfit"}
REACH = 2.2
"""Mean square at which larger ones are drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class FitMap:
    """Numbers of the figure: `item, n, difficulty, infit, outfit`, and `p` of S-X² or the simulated test."""

    items: pd.DataFrame


def fit_map(fit: pd.DataFrame, items: pd.DataFrame) -> FitMap:
    """Join an analysis's table of fit with the difficulties of its items."""
    b = pd.Series(difficulties(items).to_numpy(float), index=items["item"])
    p = fit["p_adjusted"].astype(float)
    if "p_simulated_adjusted" in fit:
        p = p.fillna(fit["p_simulated_adjusted"].astype(float))
    table = fit[["item", "n", "infit", "outfit"]].assign(difficulty=fit["item"].map(b), p=p)
    return FitMap(table.dropna(subset=["infit", "difficulty"]).reset_index(drop=True))


def draw_fit_map(record: FitMap) -> Figure:
    """Draw both mean squares of each item; the sentence names those outside the usual."""
    told = record.items.melt(["item", "n", "difficulty", "p"], list(KINDS), "kind", "value")
    told = told.assign(drawn=told["value"].clip(0, REACH))
    colours, shapes = group_scales(list(KINDS))
    x = alt.X("difficulty:Q", title="difficulty b (logits)")
    y = alt.Y("drawn:Q", title="mean square", scale=alt.Scale(domain=[0, REACH]))
    band = alt.Chart(pd.DataFrame({"from": [USUAL[0]], "to": [USUAL[1]]}))
    usual = band.mark_rect(color=GROUPS[6], opacity=0.12).encode(
        y=alt.Y("from:Q", title="mean square"), y2="to:Q"
    )
    base = alt.Chart(told).encode(x=x, y=y)
    points = base.mark_point().encode(
        color=alt.Color("kind:N", title=None, scale=colours),
        shape=alt.Shape("kind:N", title=None, scale=shapes),
        tooltip=["item", "kind", "n", alt.Tooltip("value:Q", format=".2f"), alt.Tooltip("p:Q", format=".2g")],
    )
    return Figure(
        name="fit_map",
        title="Do the items behave as the model says",
        sentence=_sentence(record),
        chart=alt.layer(usual, rule(1.0, "as expected"), points).properties(height=360),
        table=record.items,
        code="draw_fit_map(fit_map(analysis['fit'], analysis['items']))",
    )


def _sentence(record: FitMap) -> str:
    items = record.items
    outside = (items["infit"] < USUAL[0]) | (items["infit"] > USUAL[1])
    misfit = int((items["p"] < 0.01).sum())
    tested = int(np.isfinite(items["p"]).sum())
    far = items[outside].sort_values("infit", key=lambda infit: -(infit - 1).abs())["item"]
    told = (
        f"Infit of {len(far)} of {len(items)} items{first_of(far)} lies outside the usual {USUAL[0]} to "
        f"{USUAL[1]}"
    )
    return (
        f"{told} (shaded; Wright & Linacre 1994); the test of fit, false discoveries held, rejects "
        f"{misfit} of {tested} at 1 %."
    )
