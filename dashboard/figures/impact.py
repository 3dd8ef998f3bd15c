"""How the groups are spread over what the test measures: impact, which is not DIF."""

from dataclasses import dataclass

import altair as alt
import pandas as pd

from dashboard.figures.theme import Figure, group_scales


@dataclass(frozen=True, slots=True, eq=False)
class Impact:
    """Numbers of the figure.

    Attributes
    ----------
    shares : DataFrame
        `group, low, high, n, share` in bins of standing.
    means : DataFrame
        `group, n, mean, se, sd, d, d_low, d_high` as `impact_table` gives it.
    standing : str
        What the axis is, in words.
    """

    shares: pd.DataFrame
    means: pd.DataFrame
    standing: str


def impact_in_words(means: pd.DataFrame) -> pd.DataFrame:
    """Return the means of the groups as a table that says whose d it is."""
    return means.rename(columns={"d": "cohens_d", "d_low": "cohens_d_low", "d_high": "cohens_d_high"})


def draw_impact(record: Impact) -> Figure:
    """Draw the share of each group along standing."""
    groups = record.means["group"].tolist()
    colours, shapes = group_scales(groups)
    points = record.shares.assign(middle=(record.shares["low"] + record.shares["high"]) / 2)
    base = alt.Chart(points).encode(
        x=alt.X("middle:Q", title=record.standing),
        y=alt.Y("share:Q", title="share of the group", axis=alt.Axis(format="%")),
        color=alt.Color("group:N", title=None, scale=colours),
        tooltip=["group", "n", alt.Tooltip("share:Q", format=".1%")],
    )
    marks = base.mark_point().encode(shape=alt.Shape("group:N", title=None, scale=shapes))
    return Figure(
        name="impact",
        title="How far the groups differ",
        sentence=_sentence(record),
        chart=alt.layer(base.mark_line(strokeWidth=1.5), marks),
        table=impact_in_words(record.means),
        code="draw_impact(Impact(tables['shares'], tables['impact'], facts['standing']))",
    )


def _sentence(record: Impact) -> str:
    first, *others = record.means.to_dict("records")
    told = [
        f"{one['group']} ({one['n']:,} people) lies {abs(one['d']):.2f} standard deviations "
        f"{'below' if one['d'] < 0 else 'above'} {first['group']} ({first['n']:,}; 95 % interval of the "
        f"difference {one['d_low']:.2f} to {one['d_high']:.2f})"
        for one in others
    ]
    return f"{'; '.join(told)}. Groups may differ in what is measured although every item is fair."
