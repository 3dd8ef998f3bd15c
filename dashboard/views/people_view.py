"""People: scores and levels, answers that do not go together, and one person's answers one by one."""

from typing import Any

import pandas as pd
import streamlit as st

from calibration.abilities import Abilities
from calibration.classical.reliability import alpha_interval
from calibration.flags import Policy
from calibration.person_fit.surprises import surprises
from calibration.reliability import empirical_interval, empirical_reliability
from dashboard import loading, showing, work
from dashboard.answers import SESSIONS, coded
from dashboard.figures.one_person import draw_one_person, one_person
from dashboard.figures.person_fit import draw_person_fit, person_fit
from dashboard.figures.score_bands import draw_score_bands, score_bands
from dashboard.reporting import reporting_scale
from dashboard.store import jobs
from dashboard.store.analyses import KeptAnalysis
from dashboard.views import choosing, waiting
from dashboard.views.choosing import Place
from dashboard.views.columns import filled

FLAGS = ("aberrant_person", "little_effort", "prepared_person")
OFFERED = 200
"""People that can be picked from a list; anybody else by name."""
MOST = 20
"""People that are compared at once."""

COLUMNS: dict[str, Any] = {
    "person": st.column_config.TextColumn("Person", pinned=True),
    "flags": "Flags",
    "n": st.column_config.NumberColumn("Answers"),
    "theta": st.column_config.NumberColumn("Ability θ", format="%.2f"),
    "se": st.column_config.NumberColumn("± θ", format="%.2f", help="Standard error (posterior SD)"),
    "p": st.column_config.NumberColumn("p", format="%.2g", help="How rarely answers go together so badly"),
    "lz_star": st.column_config.NumberColumn("l_z*", format="%.2f", help="Snijders (2001); one form for all"),
    "lz": st.column_config.NumberColumn("l_z", format="%.2f", help="Judged by simulation in adaptive tests"),
    "infit": st.column_config.NumberColumn("Infit", format="%.2f", help="1 is as expected"),
    "outfit": st.column_config.NumberColumn(
        "Outfit", format="%.2f", help="1 is as expected; above 2 a few slips or luck"
    ),
    "guttman": st.column_config.NumberColumn("Guttman errors", format="%.2f", help="0 none … 1 all possible"),
    "effort": st.column_config.NumberColumn(
        "Effort", format="%.2f", help="Share of answers that are no rapid guesses"
    ),
    "speed": st.column_config.NumberColumn(
        "Speed τ", format="%.2f", help="0.7 is twice as fast as the average"
    ),
    "kappa": st.column_config.NumberColumn(
        "κ", format="%.1f", help="Right and fast at once on hard items; robust z"
    ),
    "note": "Note",
}

RELIABILITY = {
    "Reliability of ability": "Empirical: share of the variance of the estimates that is no error (EAP)",
    "Cronbach's α": "With its 95 % interval (Feldt 1965); for a form that everybody took",
    "McDonald's ω": "Of one factor; for a form that everybody took",
    "SE of a total (points)": "SD of the total × √(1 − α); for a form that everybody took",
}

ANSWERS: dict[str, Any] = {
    "item": st.column_config.TextColumn("Item", pinned=True),
    "response": "Answer",
    "category": st.column_config.NumberColumn("Points"),
    "expected": st.column_config.NumberColumn(
        "Expected", format="%.2f", help="By the model, at this ability"
    ),
    "sd": st.column_config.NumberColumn("± SD", format="%.2f", help="Standard deviation of the points"),
    "z": st.column_config.NumberColumn("Surprise z", format="%.2f", help="(points − expected) / SD"),
    "time_s": st.column_config.NumberColumn("Seconds", format="%.0f"),
    "z_time": st.column_config.NumberColumn(
        "Time z", format="%.2f", help="Below 0 faster than expected of this person on this question"
    ),
}


def show() -> None:
    """Show the page."""
    begun = choosing.begin_analysed(
        "People",
        "For psychometricians: how people are spread over scores and levels, and whose answers need a look "
        "before their score is used.",
    )
    if begun is None:
        return
    place, kept = begun
    known = place.person.may("see people")
    persons = kept["persons"] if known else pseudonymous(kept["persons"])
    sides = {
        "Scores and levels": lambda: _spread(place, kept, persons),
        "Answers that surprise": lambda: _fit(persons, known=known),
        "One person": lambda: _one(place, kept, known=known),
    }
    showing.tabs(sides, "people side")


def pseudonymous(persons: pd.DataFrame) -> pd.DataFrame:
    """Return the table with numbers in place of names, in the order of the table."""
    return persons.assign(person=[f"person {number}" for number in range(1, len(persons) + 1)])


def flagged(persons: pd.DataFrame) -> pd.DataFrame:
    """Return the people with a flag, those whose answers are least likely first, without empty columns."""
    odd = persons[persons["flags"] != ""].sort_values("p")
    told = odd["flags"].str.replace(" ", ", ").str.replace("_", " ")
    return filled(odd.assign(flags=told), COLUMNS)


def _spread(place: Place, kept: KeptAnalysis, persons: pd.DataFrame) -> None:
    """Show how people are spread, and how much of it is ability."""
    _reliability(kept)
    _scores(place, persons)


def _reliability(kept: KeptAnalysis) -> None:
    """Say how much of the differences between scores is ability."""
    persons, facts = kept["persons"], kept.facts
    theta, se = persons["theta"].to_numpy(float), persons["se"].to_numpy(float)
    told = {"Reliability of ability": f"{empirical_reliability(theta, se):.2f}"}
    n = int(facts["n_persons"])
    sure = {"Reliability of ability": showing.interval(*empirical_interval(theta, se), n)}
    whole = {"alpha": "Cronbach's α", "omega": "McDonald's ω", "sem": "SE of a total (points)"}
    told |= {words: f"{facts[name]:.2f}" for name, words in whole.items() if facts.get(name) is not None}
    if facts.get("alpha") is not None:
        low, high = alpha_interval(facts["alpha"], n, len(kept["items"]))
        sure["Cronbach's α"] = showing.interval(low, high, n)
    showing.facts(told, RELIABILITY, sure=dict.fromkeys(told, f"n = {n:,}") | sure)


def _scores(place: Place, persons: pd.DataFrame) -> None:
    record = score_bands(persons, reporting_scale(loading.database(), place.bank))
    named = record.levels[record.levels["level"] != ""]
    shown = {str(row.level): f"{row.share:.0%}" for row in named.itertuples()}
    sure = {
        str(row["level"]): showing.interval(row["share_low"], row["share_high"], form=".0%")
        + f", {row['n']:,} of {len(persons):,}"
        for row in named.to_dict("records")
    }
    showing.facts(shown, sure=sure)
    showing.figure(draw_score_bands(record))
    st.caption("On the reporting scale of the assessment on offer, under the chosen parameters.")


def _fit(persons: pd.DataFrame, *, known: bool) -> None:
    showing.figure(draw_person_fit(person_fit(persons, p=Policy.read().flags["aberrant_person"]["p"])))
    rows = flagged(persons)
    st.subheader("People to look at")
    if rows.empty:
        st.caption("Nobody is flagged.")
    else:
        st.caption(
            f"{len(rows):,} of {len(persons):,} people. A flag is a reason to look, never a verdict."
            + ("" if known else " Names are hidden from your role.")
        )
        showing.table(rows, "flagged_people", COLUMNS)
    showing.thresholds(FLAGS)


def _one(place: Place, kept: KeptAnalysis, *, known: bool) -> None:
    if not known:
        showing.empty(
            "Single people are not shown to your role.", "A psychometrician may look at their answers."
        )
        return
    if kept.source != SESSIONS:
        showing.empty(
            f"The answers behind this analysis ({kept.source}) are not stored.",
            "Choose a parameter set that was analysed with the sessions of the bank.",
        )
        return
    persons = kept["persons"]
    odd = persons.sort_values("p")["person"].astype(str).head(OFFERED).tolist()
    chosen = st.selectbox(
        "Person (session)",
        odd,
        accept_new_options=True,
        key="person",
        help="The least likely come first; anybody else by the name of the session.",
    )
    row = persons[persons["person"].astype(str) == str(chosen)]
    if row.empty:
        st.warning("There is no such person in this analysis: check the name of the session.")
        return
    _answers(place, kept, row.iloc[0])
    _copying(place, odd)


def _answers(place: Place, kept: KeptAnalysis, row: "pd.Series[Any]") -> None:
    assert place.chosen is not None
    given = loading.answers_of_person(place.bank, str(row["person"]))
    pool = loading.pool(place.bank, place.chosen)
    answers = surprises(
        Abilities.of(coded(given, pool.parameters), pool), kept["items"], _or(row, "speed", 0.0)
    )
    scale = reporting_scale(loading.database(), place.bank)
    told = scale.report(row[["theta"]].to_numpy(float), row[["se"]].to_numpy(float))
    showing.facts(
        {
            "Score": f"{told.score[0]:.0f} ({told.low[0]:.0f} to {told.high[0]:.0f})",
            "Level": str(told.level[0]) or "none",
            "Ability θ": f"{row['theta']:.2f} ± {row['se']:.2f}",
            "Answers": int(row["n"]),
            "Person fit p": f"{row['p']:.2g}",
            "Effort": f"{_or(row, 'effort', float('nan')):.2f}",
        }
    )
    responses = given.set_index("item")["response"]
    answers = answers.drop(columns="person").assign(response=answers["item"].map(responses))
    showing.stands_at(person=str(row["person"]), speed=_or(row, "speed", 0.0))
    showing.figure(draw_one_person(one_person(answers)))
    showing.table(answers.reindex(columns=list(ANSWERS)), "answers_of_person", ANSWERS)


def _copying(place: Place, offered: list[str]) -> None:
    """Compare people's answers with each other, in the background."""
    st.subheader("Did these people share answers?")
    people = st.multiselect(
        "People", offered, accept_new_options=True, max_selections=MOST, key="compared people"
    )
    request = {"bank": place.bank, "parameter_set": place.chosen, "people": people}
    job = jobs.newest(loading.database(), "copying", by=place.person.name)
    if st.button("Compare their answers", disabled=len(people) < 2) and not work.running(job):
        work.begin(loading.database(), "copying", request, by=place.person.name)
        st.rerun()
    if job is None:
        st.caption("Counts answers that two people share beyond chance at their abilities (ω, Wollack 1997).")
    elif work.running(job):
        waiting.watch(job.id, "Answers are being compared")
    elif job.state == jobs.DONE:
        _pairs(pd.DataFrame(job.result["pairs"]))
    else:
        st.warning(f"The comparison failed: {job.message or 'its process gave no sign of life'}.")


def _pairs(pairs: pd.DataFrame) -> None:
    sure = int((pairs["p_adjusted"] < 0.01).sum())
    st.caption(
        f"{sure} of {len(pairs)} ordered pairs share more answers than chance explains (p below 0.01, false "
        "discoveries held). n = questions that both met; few shared questions prove nothing."
    )
    showing.table(pairs, "copying")


def _or(row: "pd.Series[Any]", name: str, other: float) -> float:
    return float(row[name]) if name in row and pd.notna(row[name]) else other
