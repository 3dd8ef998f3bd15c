"""One person's answers in the order of the test: each against expectation, in score and in time."""

from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from dashboard.figures.names import first_of
from dashboard.figures.theme import Figure, group_scales, rule

SURPRISING = 1.96
"""Standardised residual beyond which an answer carries its item's name, or its time a word."""
TIMES = ("much faster", "as fast as expected", "much slower", "time not known")


@dataclass(frozen=True, slots=True, eq=False)
class OnePerson:
    """Numbers of the figure: the answers as `surprises` gives them, with `position` and `pace` in words."""

    answers: pd.DataFrame


def one_person(answers: pd.DataFrame) -> OnePerson:
    """Take the surprises of one person, in the order of the test."""
    time = answers["z_time"].to_numpy(float)
    with np.errstate(invalid="ignore"):
        pace = np.select([np.isnan(time), time < -SURPRISING, time > SURPRISING], [3, 0, 2], 1)
    words = [TIMES[place] for place in pace]
    return OnePerson(answers.assign(position=np.arange(1, len(answers) + 1), pace=words))


def draw_one_person(record: OnePerson) -> Figure:
    """Draw each answer by its place and its score against expectation; colour and shape tell its time."""
    points = record.answers.assign(surprising=record.answers["z"].abs() > SURPRISING)
    colours, shapes = group_scales(list(TIMES))
    base = alt.Chart(points).encode(
        x=alt.X("position:Q", title="place in the test", axis=alt.Axis(format="d", tickMinStep=1)),
        y=alt.Y("z:Q", title="score against expectation (z)"),
    )
    marks = base.mark_point(size=80).encode(
        color=alt.Color("pace:N", title=None, scale=colours),
        shape=alt.Shape("pace:N", title=None, scale=shapes),
        tooltip=[
            "position",
            "item",
            "category",
            alt.Tooltip("expected:Q", format=".2f"),
            alt.Tooltip("time_s:Q", format=".0f"),
        ],
    )
    return Figure(
        name="one_person",
        title="One person's answers",
        sentence=_sentence(record),
        chart=alt.layer(rule(0.0, "as expected"), marks).properties(height=340),
        table=record.answers,
        code="draw_one_person(one_person(answered))",
    )


def _sentence(record: OnePerson) -> str:
    answers = record.answers
    odd = answers[answers["z"].abs() > SURPRISING].sort_values("z", key=abs, ascending=False)["item"]
    told = (
        f"{len(odd)} of {len(answers)} answers{first_of(odd)} lie more than {SURPRISING:g} standard units "
        "from what was expected"
    )
    if (answers["pace"] == TIMES[3]).all():
        return f"{told}; their times are not known."
    fast = answers["pace"] == TIMES[0]
    known, guessed = int((fast & (answers["z"] > 0)).sum()), int((fast & (answers["z"] < 0)).sum())
    return (
        f"{told}. Much faster than expected were {known} better answers, as with questions known beforehand, "
        f"and {guessed} worse ones, as with guesses."
    )
