"""Two designs of a test side by side: how precise they are along ability, and how they use the bank."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd
from altair.typing import ChartType

from dashboard.figures.precision import LEAST
from dashboard.figures.theme import WIDTH, Figure, group_scales, rule
from engine.simulation import Study

NAMES = ("A", "B")
ERRORS = {"mean_se": "claimed (mean SE)", "rmse": "made (RMSE)"}


@dataclass(frozen=True, slots=True, eq=False)
class TwoDesigns:
    """Numbers of the figures.

    Attributes
    ----------
    along : DataFrame
        `design`, `theta` (middle of a bin of true ability), `n`, `mean_se`, `rmse`, `bias`.
    exposure : DataFrame
        `design`, `rank` (the most used item first), `item`, `exposure`.
    lengths : DataFrame
        `design`, `length`, `share` of the tests.
    """

    along: pd.DataFrame
    exposure: pd.DataFrame
    lengths: pd.DataFrame


def two_designs(first: Study, second: Study) -> TwoDesigns:
    """Prepare two studies; bins with few people are left out."""
    parts = [_parts(first, NAMES[0]), _parts(second, NAMES[1])]
    tables = [pd.concat(same, ignore_index=True) for same in zip(*parts, strict=True)]
    return TwoDesigns(*tables)


def draw_errors_of_two(record: TwoDesigns) -> Figure:
    """Draw the errors that both designs claim and make along true ability."""
    told = record.along.melt(["design", "theta", "n"], list(ERRORS), "error", "logits")
    told["error"] = told["error"].map(ERRORS)
    dashes = alt.Scale(domain=list(ERRORS.values()), range=[[1, 0], [5, 4]])
    lines: ChartType = _along(told, y="error (logits)").encode(
        strokeDash=alt.StrokeDash("error:N", scale=dashes)
    )
    people = record.along.groupby("design")["n"].sum()
    mean = (record.along["mean_se"] * record.along["n"]).groupby(record.along["design"]).sum() / people
    return Figure(
        name="two_designs_errors",
        title="Precision of both designs",
        sentence="On average the error claimed is "
        + " and ".join(f"{mean[name]:.3f} logits under {name}" for name in NAMES)
        + f"; bins of true ability with fewer than {LEAST} people are left out.",
        chart=lines,
        table=record.along,
        code="draw_errors_of_two(two_designs(study_a, study))",
    )


def draw_bias_of_two(record: TwoDesigns) -> Figure:
    """Draw the bias of both designs along true ability."""
    told = record.along.rename(columns={"bias": "logits"})
    largest = told.groupby("design")["logits"].agg(lambda values: values.abs().max())
    return Figure(
        name="two_designs_bias",
        title="Bias of both designs",
        sentence="The largest bias is "
        + " and ".join(f"{largest[name]:.2f} logits under {name}" for name in NAMES)
        + "; estimators with a prior draw far abilities towards its middle.",
        chart=alt.layer(rule(0.0, ""), _along(told, y="bias (logits)")),
        table=record.along[["design", "theta", "n", "bias"]],
        code="draw_bias_of_two(two_designs(study_a, study))",
    )


def draw_exposure_of_two(record: TwoDesigns) -> Figure:
    """Draw how evenly both designs use the items."""
    colours, _ = group_scales(list(NAMES))
    chart = (
        alt.Chart(record.exposure)
        .mark_line(interpolate="step-after")
        .encode(
            x=alt.X("rank:Q", title="items, the most used first"),
            y=alt.Y("exposure:Q", title="share of tests that held it"),
            color=alt.Color("design:N", title="design", scale=colours),
            strokeDash=alt.StrokeDash("design:N", title="design", sort=list(NAMES)),
            tooltip=["design", "item", alt.Tooltip("exposure:Q", format=".3f")],
        )
    )
    told = " and ".join(
        f"{rows['exposure'].max():.0%} under {name}" for name, rows in record.exposure.groupby("design")
    )
    return Figure(
        name="two_designs_exposure",
        title="How both designs use the bank",
        sentence=f"The most used item stands in {told} of the tests.",
        chart=chart,
        table=record.exposure,
        code="draw_exposure_of_two(two_designs(study_a, study))",
    )


def draw_lengths_of_two(record: TwoDesigns) -> Figure:
    """Draw how long the tests of both designs are."""
    colours, _ = group_scales(list(NAMES))
    chart = (
        alt.Chart(record.lengths)
        .mark_bar()
        .encode(
            x=alt.X("length:O", title="questions asked", axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("design:N", sort=list(NAMES)),
            y=alt.Y("share:Q", title="share of tests", axis=alt.Axis(format="%")),
            color=alt.Color("design:N", title="design", scale=colours),
            tooltip=["design", "length", alt.Tooltip("share:Q", format=".1%")],
        )
        .properties(width=WIDTH)
    )
    mean = (record.lengths["length"] * record.lengths["share"]).groupby(record.lengths["design"]).sum()
    return Figure(
        name="two_designs_lengths",
        title="How long both tests are",
        sentence="On average "
        + " and ".join(f"{mean[name]:.1f} questions under {name}" for name in NAMES)
        + ".",
        chart=chart,
        table=record.lengths,
        code="draw_lengths_of_two(two_designs(study_a, study))",
    )


def _along(told: pd.DataFrame, *, y: str) -> ChartType:
    """Return lines along true ability, one for each design."""
    colours, shapes = group_scales(list(NAMES))
    chart: ChartType = (
        alt.Chart(told)
        .mark_line(point=True)
        .encode(
            x=alt.X("theta:Q", title="true ability θ (logits)"),
            y=alt.Y("logits:Q", title=y),
            color=alt.Color("design:N", title="design", scale=colours),
            shape=alt.Shape("design:N", title="design", scale=shapes),
        )
    )
    return chart


def _parts(study: Study, design: str) -> tuple[pd.DataFrame, ...]:
    """Return what a study has for each table of the record."""
    along = study.along_ability
    along = along[along["n"] >= LEAST]
    middle = (along["theta_low"] + along["theta_high"]) / 2
    items = study.items.sort_values("exposure", ascending=False, kind="stable")
    lengths = pd.Series(study.tests.length).value_counts(normalize=True).sort_index()
    parts = (
        along.assign(theta=middle)[["theta", "n", "mean_se", "rmse", "bias"]],
        items.assign(rank=np.arange(1, len(items) + 1))[["rank", "item", "exposure"]],
        pd.DataFrame({"length": lengths.index, "share": lengths.to_numpy()}),
    )
    return tuple(part.assign(design=design) for part in parts)
