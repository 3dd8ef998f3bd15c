"""Live tests in the bands of their design: lengths, standard errors along ability, exposure."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import ACCENT, SECOND, WIDTH, Figure
from dashboard.live_design import AgainstDesign

UNFORCED = alt.Scale(zero=False, padding=12)
INSIDE, OUTSIDE = "live, in the band", "live, outside the band"


@dataclass(frozen=True, slots=True, eq=False)
class LiveBands:
    """Numbers of a figure: `live`, `expected`, `low`, `high`, and `where`: in the band or not."""

    table: pd.DataFrame
    n: int

    @property
    def outside(self) -> int:
        """Places where the live value lies outside its band."""
        return int((self.table["where"] == OUTSIDE).sum())


def live_lengths(found: AgainstDesign) -> LiveBands:
    """Prepare the share of tests of each length."""
    return _bands(found.lengths, found.n)


def live_errors(found: AgainstDesign) -> LiveBands:
    """Prepare the mean SE along estimated ability."""
    return _bands(found.along, found.n)


def live_exposure(found: AgainstDesign) -> LiveBands:
    """Prepare the exposure of the items, the most used in the design first."""
    ordered = found.items.sort_values("expected", ascending=False, kind="stable").reset_index(drop=True)
    return _bands(ordered.assign(rank=np.arange(1, len(ordered) + 1)), found.n)


def draw_live_lengths(record: LiveBands) -> Figure:
    """Draw the share of each length."""
    return _figure(
        record,
        x=alt.X("length:Q", title="questions asked", axis=alt.Axis(tickMinStep=1), scale=UNFORCED),
        y=alt.Y("low:Q", title="share of tests", axis=alt.Axis(format="%")),
        name="live_lengths",
        title="How long the tests are",
        what="lengths",
    )


def draw_live_errors(record: LiveBands) -> Figure:
    """Draw the mean standard error along estimated ability."""
    return _figure(
        record,
        x=alt.X("theta:Q", title="estimated ability θ (logits)"),
        y=alt.Y("low:Q", title="mean standard error (logits)", scale=UNFORCED),
        name="live_errors",
        title="How precise the tests are",
        what="bins of ability",
    )


def draw_live_exposure(record: LiveBands) -> Figure:
    """Draw the exposure of each item."""
    return _figure(
        record,
        x=alt.X("rank:Q", title="items, the most used in the design first"),
        y=alt.Y("low:Q", title="share of tests that held it", axis=alt.Axis(format="%")),
        name="live_exposure",
        title="How often the items are used",
        what="items",
    )


def _bands(table: pd.DataFrame, n: int) -> LiveBands:
    inside = (table["live"] >= table["low"] - 1e-12) & (table["live"] <= table["high"] + 1e-12)
    return LiveBands(table.assign(where=np.where(inside, INSIDE, OUTSIDE)).reset_index(drop=True), n)


def _figure(record: LiveBands, *, x: alt.X, y: alt.Y, name: str, title: str, what: str) -> Figure:
    base = alt.Chart(record.table).encode(x=x)
    kinds = [INSIDE, OUTSIDE]
    told = [alt.Tooltip(f"{one}:Q", format=".3f") for one in ("live", "expected", "low", "high")]
    points = base.mark_point().encode(
        y="live:Q",
        color=alt.Color("where:N", title=None, scale=alt.Scale(domain=kinds, range=[ACCENT, SECOND])),
        shape=alt.Shape(
            "where:N", title=None, scale=alt.Scale(domain=kinds, range=["circle", "triangle-up"])
        ),
        tooltip=[*([alt.Tooltip("item:N")] if "item" in record.table else []), *told],
    )
    band = base.mark_rule(color=ACCENT, opacity=0.35, strokeWidth=5).encode(y=y, y2="high:Q")
    middle = base.mark_tick(color=ACCENT, thickness=2, size=9, orient="horizontal").encode(y="expected:Q")
    return Figure(
        name=name,
        title=title,
        sentence=f"{record.outside} of {len(record.table)} {what} lie outside the band that holds 95 % of "
        f"replications of {record.n:,} tests; chance alone puts about {0.05 * len(record.table):.1g} there.",
        chart=alt.layer(band, middle, points).properties(width=WIDTH),
        table=record.table,
        code=f"draw_{name}({name}(against))",
    )
