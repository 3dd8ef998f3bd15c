"""An item's expected score along ability, with what was observed and how sure we are of it."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType
from scipy.special import betaincinv

from dashboard.figures.theme import SECOND, Figure
from engine._types import Floats, Ints
from engine.information import expected_score
from engine.pool import ItemPool

NODES = np.linspace(-4.0, 4.0, 81)
LEVEL = 0.95
LEAST = 5
"""Fewest answers that make a point."""
NO_CURVES = pd.DataFrame(columns=["item", "theta", "n", "observed", "low", "high", "expected"])
"""The `curves` table of an analysis that is not there yet."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemCurve:
    """Numbers of the figure.

    Attributes
    ----------
    item : str
    theta, expected : (Q,)
        Abilities and the model's expected share of the full score.
    observed : DataFrame
        One row a group of candidates: `theta`, `share`, `low`, `high`, `n`.
    """

    item: str
    theta: Floats
    expected: Floats
    observed: pd.DataFrame


def item_curve(pool: ItemPool, curves: pd.DataFrame, item: str) -> ItemCurve:
    """Prepare the model's curve of an item, and the points of an analysis's `curves` table beside it."""
    row = pool.positions([item])[0]
    log_p = pool.log_prob_at(np.full(NODES.size, row), NODES)
    full = int(pool.n_categories[row]) - 1
    return ItemCurve(item, NODES, expected_score(log_p) / full, _points(curves, item))


def analysed_curve(curves: pd.DataFrame, item: str) -> ItemCurve:
    """Take one item's rows, the model's and the observed ones, out of an analysis's `curves` table."""
    rows = curves[curves["item"] == item].sort_values("theta")
    return ItemCurve(item, rows["theta"].to_numpy(), rows["expected"].to_numpy(), _points(curves, item))


def _points(curves: pd.DataFrame, item: str) -> pd.DataFrame:
    """Return the observed shares of an item where enough answers stand behind them."""
    here = curves[(curves["item"] == item) & (curves["n"] >= LEAST)].sort_values("theta")
    points = here.rename(columns={"observed": "share"})[["theta", "share", "low", "high", "n"]]
    return points.reset_index(drop=True)


def proportion_interval(share: Floats, n: Ints | Floats, *, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Return Jeffreys' interval (low, high) of proportions, up to 0 or 1 where nothing else was seen."""
    tail = (1 - level) / 2
    right, wrong = share * n + 0.5, (1 - share) * n + 0.5
    low = np.where(share <= 0, 0.0, betaincinv(right, wrong, tail))
    return low, np.where(share >= 1, 1.0, betaincinv(right, wrong, 1 - tail))


def draw_item_curve(record: ItemCurve) -> Figure:
    """Draw the model as a line and the observed shares as points with their intervals."""
    model = pd.DataFrame({"theta": record.theta, "share": record.expected})
    x = alt.X("theta:Q", title="ability θ (logits)")
    y = alt.Y("share:Q", title="share of the full score", scale=alt.Scale(domain=[0, 1]))
    line = alt.Chart(model).mark_line().encode(x=x, y=y)
    return Figure(
        name=f"curve_{record.item}",
        title=f"How {record.item} works along ability",
        sentence=_sentence(record),
        chart=alt.layer(line, *_observed(record.observed, x)),
        table=record.observed,
        code="draw_item_curve(item_curve(pool, analysis['curves'], item))",
    )


def _observed(observed: pd.DataFrame, x: alt.X) -> list[ChartType]:
    if observed.empty:
        return []
    tooltip = [alt.Tooltip("n:Q"), alt.Tooltip("share:Q", format=".2f"), alt.Tooltip("theta:Q", format=".2f")]
    base = alt.Chart(observed)
    bars = base.mark_rule(color=SECOND, strokeWidth=1.5).encode(x=x, y="low:Q", y2="high:Q")
    return [bars, base.mark_point(color=SECOND).encode(x=x, y="share:Q", tooltip=tooltip)]


def _sentence(record: ItemCurve) -> str:
    observed = record.observed
    if observed.empty:
        return "The line is the model; too few answers were given to set observed shares beside it."
    outside = _outside(record)
    told = "all" if not outside else f"all but {outside}"
    return (
        f"The line is the model, the points are the shares observed among people of like ability "
        f"({int(observed['n'].sum()):,} answers), with 95 % intervals: {told} of the {len(observed)} "
        f"intervals hold the line."
    )


def _outside(record: ItemCurve) -> int:
    expected = np.interp(record.observed["theta"], record.theta, record.expected)
    return int(((expected < record.observed["low"]) | (expected > record.observed["high"])).sum())
