"""How a calibration goes: the log-likelihood cycle by cycle."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from dashboard.figures.theme import Figure


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """Numbers of the figure: `cycle`, `log_likelihood` and the largest `change` of a parameter."""

    steps: pd.DataFrame


def progress(steps: list[Any]) -> Progress:
    """Take the steps of a job without the first cycles, which lie so low that they flatten the rest."""
    table = pd.DataFrame(steps, columns=["cycle", "log_likelihood", "change"])
    return Progress(table.iloc[min(2, max(len(table) - 1, 0)) :].reset_index(drop=True))


def draw_progress(record: Progress) -> Figure:
    """Draw the log-likelihood along the cycles."""
    base = alt.Chart(record.steps).encode(
        x=alt.X("cycle:Q", title="cycle"),
        y=alt.Y("log_likelihood:Q", title="log-likelihood", scale=alt.Scale(zero=False)),
    )
    last = record.steps.iloc[-1:].to_dict("records")
    told = "".join(
        f" Cycle {one['cycle']:.0f} stands at {one['log_likelihood']:,.2f}; the largest change was "
        f"{one['change']:.1g}."
        for one in last
    )
    return Figure(
        name="progress",
        title="How the calibration goes",
        sentence=f"The line should rise and flatten.{told}",
        chart=alt.layer(base.mark_line(), base.mark_point()).properties(height=180),
        table=record.steps,
        code="draw_progress(progress(jobs.load(database, job).progress))",
    )
