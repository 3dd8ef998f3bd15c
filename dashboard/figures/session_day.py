"""How the sessions of a day ended, and how precisely they measured."""

import altair as alt

from dashboard.figures.theme import Figure
from dashboard.overview import Day


def draw_session_day(record: Day) -> Figure:
    """Draw the sessions by the reason of their end, with their standard errors in words beside them."""
    told = [
        f"SE {one['se']:.2f} ({one['se_low']:.2f} to {one['se_high']:.2f})"
        for one in record.reasons.to_dict("records")
    ]
    base = alt.Chart(record.reasons.assign(told=told)).encode(
        y=alt.Y("reason:N", title=None, sort=record.reasons["reason"].tolist()),
        x=alt.X(
            "sessions:Q",
            title="sessions",
            scale=alt.Scale(domainMax=2.2 * float(record.reasons["sessions"].max())),
        ),
    )
    chart = alt.layer(base.mark_bar(opacity=0.75), base.mark_text(align="left", dx=6).encode(text="told:N"))
    return Figure(
        name="session_day",
        title=f"Sessions of {record.date}",
        sentence=_sentence(record),
        chart=chart.properties(height=alt.Step(34)),
        table=record.reasons,
        code="draw_session_day(newest_day(read_model.newest_sessions(database, bank)))",
    )


def _sentence(record: Day) -> str:
    noun = "session" if record.sessions == 1 else "sessions"
    told = f"{record.sessions:,} {noun} began on {record.date} (UTC), {record.finished:,} of them ended"
    rows = record.reasons.head(1).to_dict("records")
    return (
        told
        + "".join(
            f", most by {one['reason']} after {one['questions']:.0f} questions with a standard error of "
            f"{one['se']:.2f} logits"
            for one in rows
        )
        + "."
    )
