"""How long people take for an item."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import Figure, rule

BINS = 30
LONG = 0.98
"""Share of the answers that is drawn; the slowest would squeeze the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Seconds:
    """Numbers of the figure: `counts` (`from_s`, `to_s`, `n`), `median` and `rapid`, the threshold (s)."""

    item: str
    counts: pd.DataFrame
    n: int
    median: float
    rapid: float


def seconds(item: str, time_s: "pd.Series[float]", *, rapid: float = float("nan")) -> Seconds:
    """Count times (s) in bins; below `rapid` seconds an answer counts as a guess."""
    known = time_s.dropna().to_numpy(float)
    longest = float(np.quantile(known, LONG)) if known.size else 1.0
    n, edges = np.histogram(known[known <= longest], BINS, range=(0.0, max(longest, 1.0)))
    counts = pd.DataFrame({"from_s": edges[:-1], "to_s": edges[1:], "n": n})
    return Seconds(item, counts, known.size, float(np.median(known)) if known.size else float("nan"), rapid)


def draw_seconds(record: Seconds) -> Figure:
    """Draw the times as bars, with the median and the threshold of rapid guessing."""
    bars = (
        alt.Chart(record.counts)
        .mark_bar()
        .encode(
            x=alt.X("from_s:Q", title="seconds on the question", bin="binned"),
            x2="to_s:Q",
            y=alt.Y("n:Q", title="answers"),
        )
    )
    parts = [bars, rule(record.median, "median", axis="x")]
    told = f"Half of the {record.n:,} answers took at least {record.median:.0f} seconds."
    if np.isfinite(record.rapid):
        parts.append(rule(record.rapid, "rapid below", axis="x"))
        told += f" Below {record.rapid:.0f} seconds an answer counts as a rapid guess (Wise & Ma 2012)."
    return Figure(
        name=f"seconds_{record.item}",
        title=f"How long people take for {record.item}",
        sentence=told,
        chart=alt.layer(*parts),
        table=record.counts,
        code="draw_seconds(seconds(item, answers['time_s']"
        + (f", rapid={record.rapid}))" if np.isfinite(record.rapid) else "))"),
    )
