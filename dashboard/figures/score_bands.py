"""Reported scores and levels: how people are spread over them, and how sure a level is."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.item_curve import proportion_interval
from dashboard.figures.theme import ACCENT, Figure, rule
from engine.scale import Scale

BINS = 30


@dataclass(frozen=True, slots=True, eq=False)
class ScoreBands:
    """Numbers of the figure.

    Attributes
    ----------
    bins : DataFrame
        `low` and `high` score of each bin, and `n` people.
    levels : DataFrame
        `level, from_score, n, share, share_low, share_high` (95 %), `half_width` (mean half interval of a
        score) and `sure`: the share of its people whose whole interval lies in the level.
    band : float
        Probability of the intervals.
    """

    bins: pd.DataFrame
    levels: pd.DataFrame
    band: float


def score_bands(persons: pd.DataFrame, scale: Scale) -> ScoreBands:
    """Put `theta` and `se` of an analysis's table of persons on the reporting scale."""
    known = persons.dropna(subset=["theta", "se"])
    report = scale.report(known["theta"].to_numpy(float), known["se"].to_numpy(float))
    edges = np.linspace(scale.lowest, scale.highest, BINS + 1)
    n, _ = np.histogram(report.score, edges)
    people = pd.DataFrame(
        {
            "level": report.level,
            "half": (report.high - report.low) / 2,
            "sure": (scale.level(report.low) == report.level) & (scale.level(report.high) == report.level),
        }
    )
    grouped = people.groupby("level").agg(
        n=("half", "size"), half_width=("half", "mean"), sure=("sure", "mean")
    )
    names = list(scale.levels) or [""]
    table = grouped.reindex(names).rename_axis("level").reset_index()
    table = table.assign(
        from_score=list(scale.levels.values()) or [scale.lowest], n=table["n"].fillna(0).astype(int)
    )
    share = (table["n"] / max(len(known), 1)).to_numpy(float)
    low, high = proportion_interval(share, np.full(len(table), len(known)))
    table = table.assign(share=share, share_low=low, share_high=high)
    columns = ["level", "from_score", "n", "share", "share_low", "share_high", "half_width", "sure"]
    return ScoreBands(
        pd.DataFrame({"low": edges[:-1], "high": edges[1:], "n": n}), table[columns], scale.band
    )


def draw_score_bands(record: ScoreBands) -> Figure:
    """Draw the people by score, with where each level begins."""
    bars = (
        alt.Chart(record.bins)
        .mark_bar(color=ACCENT, binSpacing=1)
        .encode(
            x=alt.X("low:Q", title="reported score", bin="binned"),
            x2="high:Q",
            y=alt.Y("n:Q", title="people"),
            tooltip=[alt.Tooltip("low:Q", format=".0f"), alt.Tooltip("high:Q", format=".0f"), "n"],
        )
    )
    named = record.levels[record.levels["level"] != ""]
    starts = [
        rule(float(score), str(level), axis="x")
        for score, level in zip(named["from_score"], named["level"], strict=True)
    ]
    return Figure(
        name="score_bands",
        title="Scores and levels",
        sentence=_sentence(record),
        chart=alt.layer(bars, *starts),
        table=record.levels,
        code="draw_score_bands(score_bands(analysis['persons'], scale))",
    )


def _sentence(record: ScoreBands) -> str:
    levels = record.levels[record.levels["n"] > 0]
    n = int(record.levels["n"].sum())
    if levels.empty:
        return "Nobody has a score yet."
    half = float((levels["half_width"] * levels["n"]).sum() / levels["n"].sum())
    width = f"A score is known to within {half:.0f} points ({record.band:.0%} interval, mean of {n:,} people)"
    if len(record.levels) < 2:
        return width + "."
    sure = float((levels["sure"] * levels["n"]).sum() / levels["n"].sum())
    return f"{width}; for {sure:.0%} of them the whole interval lies within their level."
