"""How evenly a test uses its items."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import Figure, rule
from engine._types import Floats

BINS = 40
"""Bars of the histogram."""


@dataclass(frozen=True, slots=True, eq=False)
class ExposureRates:
    """Numbers of the figure: `rank`, `item`, `exposure`, the most used first, and the limit asked for."""

    rates: pd.DataFrame
    limit: float | None = None

    @property
    def unused(self) -> int:
        """Items that nobody met."""
        return int((self.rates["exposure"] == 0).sum())

    @property
    def effective(self) -> float:
        """Effective bank size: the number of equally used items with the same chance of a shared item."""
        return effective_size(self.rates["exposure"].to_numpy())


def effective_size(exposure: Floats) -> float:
    """Return (Σ r)² / Σ r² of exposure rates r (J,), between 1 and J; 0 if nothing was used."""
    squares = float(np.square(exposure).sum())
    return float(exposure.sum()) ** 2 / squares if squares else 0.0


def exposure_rates(items: pd.DataFrame, *, limit: float | None = None) -> ExposureRates:
    """Order items (`item`, `exposure`) by exposure, the most used first."""
    ordered = items[["item", "exposure"]].sort_values("exposure", ascending=False, kind="stable")
    return ExposureRates(ordered.assign(rank=np.arange(1, len(ordered) + 1)).reset_index(drop=True), limit)


def draw_exposure_histogram(record: ExposureRates) -> Figure:
    """Draw how many items are used how often, with the limit asked for."""
    counts, edges = np.histogram(record.rates["exposure"], bins=np.linspace(0, 1, BINS + 1))
    table = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "items": counts})
    base = (
        alt.Chart(table)
        .mark_bar()
        .encode(
            x=alt.X(
                "low:Q",
                bin="binned",
                title="share of tests that held the item",
                scale=alt.Scale(domain=[0, 1]),
            ),
            x2="high:Q",
            y=alt.Y("items:Q", title="items"),
            tooltip=["low", "high", "items"],
        )
    )
    parts = (
        [base] if record.limit is None else [base, rule(record.limit, f"limit {record.limit:g}", axis="x")]
    )
    top = record.rates["exposure"].max() if len(record.rates) else 0.0
    limited = "" if record.limit is None else f", where {record.limit:.1%} at most was asked for"
    return Figure(
        name="exposure_histogram",
        title="How often items are used",
        sentence=f"The busiest item was in {top:.1%} of the tests{limited}.",
        chart=alt.layer(*parts),
        table=table,
        code="draw_exposure_histogram(exposure_rates(study.items, limit=study.exposure_limit))",
    )


def draw_exposure(record: ExposureRates) -> Figure:
    """Draw the exposure of each item, the most used first."""
    base = (
        alt.Chart(record.rates)
        .mark_area(line=True, interpolate="step-after")
        .encode(
            x=alt.X("rank:Q", title="items, the most used first"),
            y=alt.Y("exposure:Q", title="share of tests that held it"),
            tooltip=["item", alt.Tooltip("exposure:Q", format=".3f")],
        )
    )
    parts = [base] if record.limit is None else [base, rule(record.limit, f"limit {record.limit:g}")]
    top = record.rates["exposure"].max() if len(record.rates) else 0.0
    return Figure(
        name="exposure",
        title="How evenly the items are used",
        sentence=f"The most used item stands in {top:.0%} of the tests; {record.unused} of "
        f"{len(record.rates)} items are never used; the bank works like one of {record.effective:.0f} "
        "equally used items.",
        chart=alt.layer(*parts),
        table=record.rates,
        code="draw_exposure(exposure_rates(study.items, limit=study.exposure_limit))",
    )
