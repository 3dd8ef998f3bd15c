"""How the sessions of a day ended, and how precisely they measured."""

import altair as alt

from dashboard.figures.theme import ACCENT, Figure
from dashboard.overview import Day


def draw_session_day(record: Day) -> Figure:
    """Draw the sessions by the reason of their end, and beside it their standard errors."""
    base = alt.Chart(record.reasons)
    y = alt.Y("reason:N", title="ended by", sort="-x")
    counts = alt.layer(
        base.mark_bar(opacity=0.75).encode(x=alt.X("sessions:Q", title="sessions"), y=y),
        base.mark_text(align="left", dx=4).encode(x="sessions:Q", y=y, text="sessions:Q"),
    ).properties(width=260)
    order = record.reasons["reason"].tolist()
    beside = alt.Y("reason:N", title=None, sort=order, axis=alt.Axis(labels=False))
    errors = alt.layer(
        base.mark_rule(color=ACCENT, strokeWidth=1.5).encode(x="se_low:Q", x2="se_high:Q", y=beside),
        base.mark_point(size=80).encode(
            x=alt.X(
                "se:Q",
                title="standard error, median and middle 80 % (logits)",
                scale=alt.Scale(zero=False),
            ),
            y=beside,
        ),
    ).properties(width=260)
    return Figure(
        name="session_day",
        title=f"Sessions of {record.date}",
        sentence=_sentence(record),
        chart=alt.hconcat(counts, errors),
        table=record.reasons,
        code="draw_session_day(newest_day(sessions))",
    )


def _sentence(record: Day) -> str:
    told = f"{record.sessions:,} sessions began on {record.date} (UTC), {record.finished:,} of them ended"
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
