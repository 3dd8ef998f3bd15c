"""How precisely a test measures along true ability: errors made, errors claimed, and how often bands hold."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.item_curve import proportion_interval
from dashboard.figures.theme import ACCENT, Figure, group_scales, rule

NAMES = {"rmse": "error made (RMSE)", "mean_se": "error claimed (mean SE)", "bias": "bias"}
LEAST = 20
"""Fewest people in a bin that is drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Precision:
    """Numbers of the figures: a row a bin of true ability as `along_ability` gives it, `theta` its middle."""

    bins: pd.DataFrame


def precision(along: pd.DataFrame) -> Precision:
    """Keep the bins with enough people, with the interval (95 %) of their coverage."""
    bins = along[along["n"] >= LEAST].reset_index(drop=True)
    low, high = proportion_interval(bins["coverage_95"].to_numpy(), bins["n"].to_numpy())
    middle = (bins["theta_low"] + bins["theta_high"]) / 2
    return Precision(bins.assign(theta=middle, coverage_low=low, coverage_high=high))


def draw_precision(record: Precision) -> Figure:
    """Draw bias, RMSE and mean SE along true ability."""
    told = record.bins.melt("theta", list(NAMES), "what", "logits").replace({"what": NAMES})
    colours, shapes = group_scales(list(NAMES.values()))
    base = alt.Chart(told).encode(
        x=alt.X("theta:Q", title="true ability θ (logits)"),
        y=alt.Y("logits:Q", title="error (logits)"),
        color=alt.Color("what:N", title=None, scale=colours),
    )
    points = base.mark_point().encode(shape=alt.Shape("what:N", title=None, scale=shapes))
    worst = record.bins.nlargest(1, "rmse").to_dict("records")
    return Figure(
        name="precision",
        title="Precision along ability",
        sentence="Where the error made lies above the error claimed, the test is less sure than it says."
        + "".join(f" The largest error is {bin['rmse']:.2f} at θ = {bin['theta']:.1f}." for bin in worst),
        chart=alt.layer(rule(0.0, ""), base.mark_line(), points),
        table=record.bins,
        code="draw_precision(precision(study.along_ability))",
    )


def draw_coverage(record: Precision) -> Figure:
    """Draw how often the 95 % band held the true ability."""
    base = alt.Chart(record.bins).encode(x=alt.X("theta:Q", title="true ability θ (logits)"))
    y = alt.Y("coverage_95:Q", title="share of bands that hold θ", scale=alt.Scale(zero=False))
    bars = base.mark_rule(color=ACCENT).encode(y="coverage_low:Q", y2="coverage_high:Q")
    inside = (record.bins["coverage_low"] <= 0.95) & (record.bins["coverage_high"] >= 0.95)
    told = f"{inside.mean():.0%} of the bins agree within their own uncertainty"
    told = told if inside.size else f"no bin has the {LEAST} people it takes to see"
    return Figure(
        name="coverage",
        title="Do the bands hold",
        sentence=f"A 95 % band should hold the true ability in 95 % of the tests; {told}. "
        "Estimators with a prior shrink: far out, bands hold less often.",
        chart=alt.layer(rule(0.95, "95 %"), bars, base.mark_point().encode(y=y)),
        table=record.bins[["theta", "n", "coverage_95", "coverage_low", "coverage_high"]],
        code="draw_coverage(precision(study.along_ability))",
    )
