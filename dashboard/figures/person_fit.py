"""People by ability and person fit: many as counts, those whose answers surprise one by one."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.theme import SECOND, Figure

WIDTH = 0.25
"""Of a cell, in logits and in units of l_z."""
SHOWN = 300
"""People who are drawn one by one, those least likely first."""
AREAS = alt.Scale(range=[8, 190])
"""Areas of the cells, from the fewest to the most people."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonFit:
    """Numbers of the figure.

    Attributes
    ----------
    cells : DataFrame
        People in cells of ability and fit: `theta, fit` (middles) and `n`.
    odd : DataFrame
        `person, theta, fit, p, n` (answers) of those less likely than `p`.
    p : float
        The threshold.
    n : int
        People judged.
    """

    cells: pd.DataFrame
    odd: pd.DataFrame
    p: float
    n: int


def person_fit(persons: pd.DataFrame, *, p: float) -> PersonFit:
    """Take an analysis's table of persons: l_z* where it is defined, l_z elsewhere."""
    fit = persons["lz_star"].astype(float).fillna(persons["lz"].astype(float))
    known = persons.assign(fit=fit)[["person", "theta", "fit", "p", "n"]].dropna(subset=["theta", "fit", "p"])
    middles = {name: (np.floor(known[name] / WIDTH) + 0.5) * WIDTH for name in ("theta", "fit")}
    cells = pd.DataFrame(middles).value_counts(["theta", "fit"]).rename("n").reset_index()
    odd = known[known["p"] < p].sort_values("p").reset_index(drop=True)
    return PersonFit(cells, odd, p, len(known))


def draw_person_fit(record: PersonFit) -> Figure:
    """Draw the cells by how many people they hold, and the surprising people as triangles."""
    x = alt.X("theta:Q", title="ability θ (logits)")
    y = alt.Y("fit:Q", title="person fit l_z")
    cells = (
        alt.Chart(record.cells)
        .mark_square(opacity=0.75)
        .encode(
            x=x,
            y=y,
            size=alt.Size("n:Q", title="people", scale=AREAS, legend=alt.Legend(columns=4)),
            tooltip=["n"],
        )
    )
    odd = (
        alt.Chart(record.odd.head(SHOWN))
        .mark_point(shape="triangle-up", size=80, color=SECOND)
        .encode(
            x=x,
            y=y,
            tooltip=[
                "person",
                "n",
                alt.Tooltip("theta:Q", format=".2f"),
                alt.Tooltip("fit:Q", format=".2f"),
                alt.Tooltip("p:Q", format=".2g"),
            ],
        )
    )
    by_chance = record.n * record.p
    return Figure(
        name="person_fit",
        title="Do people's answers go together",
        sentence=f"{len(record.odd):,} of {record.n:,} people answer less consistently than one in "
        f"{1 / record.p:,.0f} would (triangles); chance alone gives about {by_chance:.1f}.",
        chart=alt.layer(cells, odd).properties(height=360),
        table=record.odd,
        code=f"draw_person_fit(person_fit(analysis['persons'], p={record.p}))",
    )
