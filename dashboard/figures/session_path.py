"""A session's path: ability with its band after each question, the difficulty of each item asked."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import ACCENT, Figure, group_scales
from dashboard.session_story import OUTCOMES, Step


@dataclass(frozen=True, slots=True, eq=False)
class SessionPath:
    """Numbers of the figure: the rows of `dashboard.session_story.path`, and the band's probability."""

    steps: pd.DataFrame
    band: float


def session_path(steps: pd.DataFrame, *, band: float) -> SessionPath:
    """Prepare a session's path."""
    return SessionPath(steps.reset_index(drop=True), band)


def draw_session_path(record: SessionPath) -> Figure:
    """Draw ability as a line in its band, each item at its difficulty with how the answer went."""
    steps = record.steps
    colours, shapes = group_scales(list(OUTCOMES))
    seen = [name for name in OUTCOMES if name in set(steps["outcome"])]
    x = alt.X("position:Q", title="question", axis=alt.Axis(tickMinStep=1))
    base = alt.Chart(steps[steps["theta"].notna()]).encode(x=x)
    band = base.mark_area(color=ACCENT, opacity=0.18).encode(
        y=alt.Y("low:Q", title="ability θ and difficulty (logits)"), y2="high:Q"
    )
    line = base.mark_line(color=ACCENT).encode(y="theta:Q")
    numbers = [alt.Tooltip(f"{name}:Q", format=".2f") for name in ("difficulty", "theta", "se")]
    items = (
        alt.Chart(steps[steps["difficulty"].notna()])
        .mark_point(size=80)
        .encode(
            x=x,
            y="difficulty:Q",
            color=alt.Color("outcome:N", title=None, scale=colours, legend=alt.Legend(values=seen)),
            shape=alt.Shape("outcome:N", title=None, scale=shapes, legend=alt.Legend(values=seen)),
            tooltip=["position", "item", "outcome", *numbers],
        )
    )
    return Figure(
        name="session_path",
        title="How the session went",
        sentence=_sentence(record),
        chart=alt.layer(band, line, items),
        table=steps,
        code="draw_session_path(session_path(path(edition, recorded, people=True), band=edition.scale.band))",
    )


def draw_posterior(step: Step, *, answers: int) -> Figure:
    """Draw what was believed of ability after some answers."""
    table = pd.DataFrame({"theta": step.nodes, "density": step.posterior})
    table = table[table["density"] > table["density"].max() * 1e-4].reset_index(drop=True)
    base = alt.Chart(table).encode(
        x=alt.X("theta:Q", title="ability θ (logits)", scale=alt.Scale(domain=[-4, 4], clamp=True)),
        y=alt.Y("density:Q", title="density"),
    )
    stands = (
        f" before any answer counts; the next question is chosen for θ = {step.theta:.2f}"
        if np.isnan(step.se)
        else f"; the estimate is θ = {step.theta:.2f}, its standard error {step.se:.2f} logits"
    )
    return Figure(
        name="posterior",
        title=f"What was known after {answers} {'answer' if answers == 1 else 'answers'}",
        sentence=f"The curve shows how likely each ability is{stands}.",
        chart=base.mark_area(color=ACCENT, opacity=0.25, line={"color": ACCENT}).properties(height=180),
        table=table,
        code=f"draw_posterior(after(edition, events, {answers}, exposure), answers={answers})",
    )


def _sentence(record: SessionPath) -> str:
    known = record.steps[record.steps["theta"].notna()]
    if known.empty:
        return "No answer has been scored yet; the points are the difficulties of the items asked."
    last = known.iloc[-1]
    return (
        "The line is ability after each answer, the shade its "
        f"{record.band:.0%} band, the points are the items asked at their difficulty. It ends at "
        f"θ = {last['theta']:.2f}, somewhere between {last['low']:.2f} and {last['high']:.2f} logits."
    )
