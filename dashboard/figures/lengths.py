"""How long tests are, and why they end."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.theme import WIDTH, Figure, group_scales

WIDEST = 40
"""Widest bar (pixels)."""


@dataclass(frozen=True, slots=True, eq=False)
class TestLengths:
    """Numbers of the figure: `length`, `reason` and `tests`, the number of tests that ended so."""

    counts: pd.DataFrame


def test_lengths(tests: pd.DataFrame) -> TestLengths:
    """Count finished tests (`length`, `stop_reason`) by length and reason."""
    counted = tests.groupby(["length", "stop_reason"]).size().rename("tests").reset_index()
    return TestLengths(counted.rename(columns={"stop_reason": "reason"}))


def draw_lengths(record: TestLengths) -> Figure:
    """Draw the number of tests of each length, by the reason of their end."""
    reasons = record.counts.groupby("reason")["tests"].sum().sort_values(ascending=False)
    colours, _ = group_scales([str(name) for name in reasons.index])
    chart = (
        alt.Chart(record.counts)
        .mark_bar(size=min(WIDEST, 0.9 * WIDTH / max(record.counts["length"].nunique(), 1)))
        .encode(
            x=alt.X("length:O", title="questions asked", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("tests:Q", title="tests"),
            color=alt.Color("reason:N", title="ended by", scale=colours),
            tooltip=["length", "reason", "tests"],
        )
    )
    total = int(reasons.sum())
    told = ", ".join(f"{n / total:.0%} by {name}" for name, n in reasons.items())
    return Figure(
        name="lengths",
        title="How long the tests are",
        sentence=f"{total:,} tests ended: {told}.",
        chart=chart.properties(width=WIDTH),
        table=record.counts,
        code="draw_lengths(test_lengths(study.simulees))",
    )
