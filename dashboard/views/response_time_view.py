"""Response time and effort: what items cost, who only guesses, whether the able are the fast."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from calibration.flags import Policy
from calibration.response_time import independent_answers
from dashboard import showing
from dashboard.figures.effort import draw_effort, effort
from dashboard.figures.item_curve import proportion_interval
from dashboard.figures.speed import draw_speed, speed_along_ability
from dashboard.figures.time_cost import draw_time_cost, draw_time_intensity, time_cost, time_intensity
from dashboard.item_table import difficulties
from dashboard.views import choosing

FLAGS = ("rapid_guessing", "slow_for_its_information", "known_beforehand", "little_effort", "prepared_person")

COLUMNS: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", pinned=True),
    "n_timed": st.column_config.NumberColumn("Times", format="localized", help="Answers with a time"),
    "median_s": st.column_config.NumberColumn("Median (s)", format="%.1f"),
    "intensity": st.column_config.NumberColumn(
        "Intensity β", format="%.2f", help="Log seconds that somebody of average speed needs"
    ),
    "se_intensity": st.column_config.NumberColumn("± β", format="%.2f", help="Standard error of β"),
    "time_discrimination": st.column_config.NumberColumn(
        "Discrimination α", format="%.2f", help="How closely its times follow people's speed"
    ),
    "se_time_discrimination": st.column_config.NumberColumn("± α", format="%.2f", help="Standard error of α"),
    "info_per_minute": st.column_config.NumberColumn("Information a minute", format="%.2f"),
    "threshold_s": st.column_config.NumberColumn(
        "Rapid below (s)", format="%.1f", help="A tenth of the mean time, at most 10 s (NT10, Wise & Ma 2012)"
    ),
    "threshold_mixture_s": st.column_config.NumberColumn(
        "By mixture (s)",
        format="%.1f",
        help="Where a fast component ends (Schnipke & Scrams 1997); none: one hump",
    ),
    "rapid": st.column_config.NumberColumn("Rapid", format="percent", help="Share of answers below NT10"),
    "rapid_p": st.column_config.NumberColumn(
        "Right when rapid", format="percent", help="Near chance: they guess. Far above: they know the answer"
    ),
    "kappa": st.column_config.NumberColumn(
        "Known beforehand κ", format="%.1f", help="Right and fast at once where it should be hard; robust z"
    ),
    "flags": "Flags",
}


def show() -> None:
    """Show the page."""
    begun = choosing.begin_analysed(
        "Response time and effort",
        "For psychometricians and content teams: which questions cost more time than they are worth, "
        "and whether people try.",
    )
    if begun is None:
        return
    _, kept = begun
    if "n_timed" not in kept["items"]:
        showing.empty(
            "These answers carry no times.",
            "Sessions record them by themselves; in a log, name the column `time_s` (seconds).",
        )
        return
    timed = kept["items"].dropna(subset="median_s")
    sides = {
        "What questions cost": lambda: _cost(kept["items"], timed, kept["persons"]),
        "Question by question": lambda: _table(timed),
        "Slow and hard": lambda: _intensity(timed),
        "People": lambda: _people(kept["persons"]),
    }
    if timed.empty:
        showing.empty("Every item has too few answers yet.", "Come back when more candidates have answered.")
        sides = {"People": sides["People"]}
    showing.tabs(sides, "times side")
    showing.thresholds(FLAGS)


def _cost(table: pd.DataFrame, timed: pd.DataFrame, persons: pd.DataFrame) -> None:
    rapid, low, high = _rapid(persons)
    slow = int(table["flags"].str.contains("slow_for").sum())
    guessed = int(table["flags"].str.contains("rapid_guessing").sum())
    policy = Policy.read()
    quarter, half, three = timed["median_s"].quantile([0.25, 0.5, 0.75])
    showing.facts(
        {
            "Answers with a time": int(table["n_timed"].sum()),
            "Median seconds an item": f"{half:.3g}",
            "Rapid answers": f"{rapid:.2%}",
            "Items flagged for time": int(table["flags"].str.contains("rapid_guessing|slow_for").sum()),
        },
        {
            "Median seconds an item": "The median of the items, and where the middle half of them lie",
            "Rapid answers": "With its 95 % interval, for people who differ in how often they guess",
            "Items flagged for time": f"A flag needs {policy.minimum.item} answers with a time",
        },
        sure={
            "Median seconds an item": f"middle half {quarter:.3g} to {three:.3g}",
            "Rapid answers": showing.interval(low, high, int(table["n_timed"].sum()), form=".2%"),
            "Items flagged for time": f"{slow} slow, {guessed} guessed, of {len(table)}",
        },
    )
    share = policy.flags["slow_for_its_information"]["share_of_typical"]
    showing.figure(draw_time_cost(time_cost(timed, share=share)))


def _rapid(persons: pd.DataFrame) -> tuple[float, float, float]:
    """Return the share of rapid answers with its 95 % interval, between people who differ."""
    known = persons.dropna(subset="effort")
    n = known["n_timed" if "n_timed" in known else "n"].to_numpy(float)
    share = 1 - known["effort"].to_numpy(float)
    of_all = float((share * n).sum() / n.sum())
    low, high = proportion_interval(np.array(of_all), np.array(independent_answers(share, n)))
    return of_all, float(low), float(high)


def _intensity(timed: pd.DataFrame) -> None:
    showing.figure(draw_time_intensity(time_intensity(timed, difficulties(timed))))


def _table(timed: pd.DataFrame) -> None:
    rows = timed.reindex(columns=list(COLUMNS)).sort_values("info_per_minute")
    showing.table(rows.assign(flags=rows["flags"].str.replace("_", " ")), "times", COLUMNS)


def _people(persons: pd.DataFrame) -> None:
    least = Policy.read().flags["little_effort"]["effort"]
    showing.figure(draw_effort(effort(persons, least=least)))
    showing.figure(draw_speed(speed_along_ability(persons)))
