"""Live against design: do the tests that candidates take do what was simulated?"""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import live_design, loading, showing
from dashboard.figures.live_bands import (
    draw_live_errors,
    draw_live_exposure,
    draw_live_lengths,
    live_errors,
    live_exposure,
    live_lengths,
)
from dashboard.live_design import AgainstDesign, Live, against_design, as_able, at_live_cuts, decisions, even
from dashboard.views import choosing, waiting
from dashboard.views.choosing import Place
from engine.delivery.assessments import Published
from engine.simulation import Study

FEW = 30
"""Sessions below which bands are so wide that they tell little."""
COLUMNS: dict[str, Any] = {
    name: st.column_config.NumberColumn(name.replace("_", " "), format="%.3f")
    for name in ("live", "expected", "low", "high", "simulated", "se_near", "se_simulated", "right")
} | {"parts": st.column_config.CheckboxColumn("parts from design")}


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "Live against design",
        "For psychometricians: do the tests that candidates take do what was simulated?",
    )
    if place is None:
        return
    chosen = _edition(place)
    if chosen is None:
        return
    edition = chosen.assessment.edition
    study = waiting.simulation(edition, by=place.person.name, may=place.person.may("publish"))
    if study is None:
        return
    sessions = _sessions(edition)
    if sessions.empty:
        showing.empty(
            "No session of this edition has ended yet.",
            "Come back when candidates have taken the test; what is simulated stands under “Test design”.",
        )
        return
    _compare(study, sessions, edition)


def _edition(place: Place) -> Published | None:
    """Let people choose a published assessment, by default the newest on offer."""
    known = [one for one in loading.editions() if one.assessment.bank == place.bank]
    if not known:
        showing.empty("Nothing of this bank has been published yet.", "Publish a test under “Test design”.")
        return None
    known.sort(key=lambda one: not one.offered)
    chosen: Published = st.selectbox("Assessment", known, format_func=_name, key="live edition")
    return chosen


def _name(one: Published) -> str:
    state = "on offer" if one.offered else "earlier edition"
    return f"{one.assessment.title}, {one.at[:16].replace('T', ' ')}, {state} ({one.assessment.edition[:8]})"


def _sessions(edition: str) -> pd.DataFrame:
    """Let people choose whose sessions count, and return those that ended by the rules."""
    rows = loading.sessions()
    rows = rows[rows["edition"] == edition]
    if rows["simulated"].nunique() > 1:
        kind = st.segmented_control(
            "Sessions", ["live", "simulated"], default="live", required=True, key="live kind"
        )
        rows = rows[rows["simulated"] == (kind == "simulated")]
    ended = live_design.ended_by_rules(rows)
    running, expired = int(rows["reason"].isna().sum()), int(rows["reason"].isin(live_design.OUTSIDE).sum())
    if running or expired:
        st.caption(f"Left out: {running:,} sessions under way, and {expired:,} that were never finished.")
    return ended


def _compare(study: Study, sessions: pd.DataFrame, edition: str) -> None:
    simulated = bool(sessions["simulated"].iloc[0])
    asked = loading.asked(edition, simulated)
    live = live_design.live_tests(sessions, asked)
    able = st.toggle(
        "Compare with simulated people who end as able as the live ones",
        key="as able",
        help="Takes away what comes from who took the test, and leaves what comes from how it works.",
    )
    found = against_design(
        study, live, weights=as_able(study, live) if able else even(study), rng=np.random.default_rng(1)
    )
    showing.facts(
        {"Sessions": found.n, "Simulated tests": found.simulated, "Flags": len(found.flags)},
        {"Sessions": "Those that ended by their rules"},
    )
    if found.n < FEW:
        st.info(f"{found.n} sessions are few: the bands are wide, and only large differences show.")
    _flags(found, able=able)
    names = ["As a whole", "Length", "Precision", "Exposure", "Decisions"]
    whole, length, precise, used, decided = st.tabs(names)
    with whole:
        st.caption("The band holds the middle 95 % of replications of as many simulated tests.")
        showing.table(found.whole, "live_against_design", COLUMNS)
        st.code("against_design(study, live, weights=even(study), rng=rng).whole", language="python")
    with length:
        showing.figure(draw_live_lengths(live_lengths(found)))
    with precise:
        if found.along.empty:
            showing.empty("Too few sessions end near each other.", "Come back when there are more.")
        else:
            showing.figure(draw_live_errors(live_errors(found)))
    with used:
        showing.figure(draw_live_exposure(live_exposure(found)))
    with decided:
        _decisions(study, live)


def _flags(found: AgainstDesign, *, able: bool) -> None:
    """Say where live tests part from the design, and how sure that is."""
    flags = found.flags
    total = len(found.whole) + len(found.items)
    if flags.empty:
        st.success(
            f"All {total} numbers agree with the design (false-discovery rate {live_design.LEVEL:.0%}; "
            "Benjamini & Hochberg 1995).",
            icon=":material/check_circle:",
        )
        return
    worst = flags.iloc[0]
    sure = f"{worst['p_adjusted']:.1g}" if worst["p_adjusted"] >= 1e-4 else "less than 0.0001"
    more = "" if able else " Whether that comes from who took it shows when you compare people as able."
    st.warning(
        f"{len(flags)} of {total} numbers part from the design. The surest: {worst['what']} is "
        f"{worst['live']:.3g} where {worst['low']:.3g} to {worst['high']:.3g} was to be expected "
        f"(chance, adjusted for all of them: {sure}).{more}",
        icon=":material/flag:",
    )
    showing.table(flags, "live_flags", COLUMNS | {"p_adjusted": st.column_config.NumberColumn(format="%.2g")})


def _decisions(study: Study, live: Live) -> None:
    table = decisions(study, live, rng=np.random.default_rng(2))
    if table.empty:
        showing.empty("This test has no levels.", "Name them under “Test design”, “Score and levels”.")
        return
    st.caption(
        "How often the level reached is the true one, and how often a second test would give the same one, by "
        "each test's own standard error (Rudner 2001, 2005)."
    )
    showing.table(table, "live_decisions", COLUMNS)
    st.markdown("**At each cut**")
    showing.table(at_live_cuts(study, live), "live_cuts", COLUMNS)
    st.caption(
        "“Near” are tests that end within 0.25 logits of the cut; “right” is the mean chance, by each test's "
        "posterior, that the true ability lies on the side where the test put it."
    )
