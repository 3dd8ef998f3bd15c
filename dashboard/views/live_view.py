"""Live against design: do the tests that candidates take do what was simulated?"""

from collections.abc import Callable
from typing import Any

import numpy as np
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
from dashboard.live_design import AgainstDesign, Live, at_live_cuts, decisions
from dashboard.store.session_list import UNDER_WAY
from dashboard.views import choosing, waiting
from dashboard.views.choosing import Place
from dashboard.words import word
from engine.delivery.assessments import Published
from engine.simulation import Study

FEW = 30
"""Sessions below which bands are so wide that they tell little."""
COLUMNS: dict[str, Any] = {
    name: st.column_config.NumberColumn(word(name).label, format="%.3f")
    for name in ("live", "expected", "low", "high", "simulated", "se_near", "se_simulated", "right")
} | {
    "parts": st.column_config.CheckboxColumn("Parts from design"),
    "p": st.column_config.NumberColumn(
        "Chance", format="%.2g", help="Of a value as far out, by chance alone"
    ),
    "p_adjusted": st.column_config.NumberColumn(
        "Chance, adjusted", format="%.2g", help="For all numbers of the page (Benjamini & Hochberg 1995)"
    ),
}


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
    simulated = _whose(edition)
    if simulated is None or loading.against(edition, simulated=simulated, able=False) is None:
        showing.empty(
            "No session of this edition has ended yet.",
            "Come back when candidates have taken the test; what is simulated stands under “Test design”.",
        )
        return
    _compare(study, edition, simulated)


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


def _whose(edition: str) -> bool | None:
    """Let people choose whose sessions count: simulated ones or not; None if there are none."""
    rows = loading.session_kinds()
    rows = rows[rows["edition"] == edition]
    if rows.empty:
        return None
    kinds = sorted(rows["simulated"].unique())
    simulated = bool(kinds[0])
    if len(kinds) > 1:
        names = {False: "live", True: "simulated"}
        simulated = st.segmented_control(
            "Sessions",
            [False, True],
            default=False,
            required=True,
            format_func=names.__getitem__,
            key="live kind",
        )
        rows = rows[rows["simulated"] == simulated]
    counted = rows.groupby("state")["n"].sum()
    running, expired = (int(counted.reindex(which).sum()) for which in ([UNDER_WAY], live_design.OUTSIDE))
    if running or expired:
        st.caption(f"Left out: {running:,} sessions under way, and {expired:,} that were never finished.")
    return simulated


def _compare(study: Study, edition: str, simulated: bool) -> None:
    able = st.toggle(
        "Compare with simulated people who end as able as the live ones",
        key="as able",
        help="Takes away what comes from who took the test, and leaves what comes from how it works.",
    )
    showing.stands_at(published=edition, of_simulated=simulated, equally_able=able)
    compared = loading.against(edition, simulated=simulated, able=able)
    assert compared is not None
    live, found = compared
    showing.facts(
        {"Sessions": found.n, "Simulated tests": found.simulated, "Flags": len(found.flags)},
        {"Sessions": "Those that ended by their rules"},
    )
    if found.n < FEW:
        few = "1 session" if found.n == 1 else f"{found.n} sessions"
        st.info(f"Of {few} the bands are wide, and only large differences show.")
    _flags(found, able=able)
    sides: dict[str, Callable[[], None]] = {
        "What parts": lambda: _parting(found),
        "As a whole": lambda: _whole(found),
        "Length": lambda: showing.figure(draw_live_lengths(live_lengths(found))),
        "Precision": lambda: _precision(found),
        "Exposure": lambda: showing.figure(draw_live_exposure(live_exposure(found))),
        "Decisions": lambda: _decisions(study, live),
    }
    sides[showing.side(list(sides), "live side")]()


def _parting(found: AgainstDesign) -> None:
    if found.flags.empty:
        showing.empty("Nothing parts from the design.", "The other sides show all numbers in their bands.")
        return
    showing.table(found.flags, "live_flags", COLUMNS)


def _whole(found: AgainstDesign) -> None:
    st.caption("The band holds the middle 95 % of replications of as many simulated tests.")
    showing.table(found.whole, "live_against_design", COLUMNS)
    showing.code("against.whole")


def _precision(found: AgainstDesign) -> None:
    if found.along.empty:
        showing.empty("Too few sessions end near each other.", "Come back when there are more.")
        return
    showing.figure(draw_live_errors(live_errors(found)))


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
        f"{len(flags)} of {total} numbers part from the design. The surest: {worst['what']}, live "
        f"{worst['live']:.3g} where {worst['low']:.3g} to {worst['high']:.3g} was to be expected "
        f"(chance, adjusted for all of them: {sure}).{more}",
        icon=":material/flag:",
    )


def _decisions(study: Study, live: Live) -> None:
    table = decisions(study, live, rng=np.random.default_rng(2))
    if table.empty:
        showing.empty("This test has no levels.", "Name them under “Test design”, “Score and levels”.")
        return
    st.caption(
        "How often the level reached is the true one, and how often a second test would give the same, by "
        "each test's own standard error (Rudner 2001, 2005)."
    )
    showing.table(table, "live_decisions", COLUMNS)
    st.markdown("**At each cut**")
    showing.table(at_live_cuts(study, live), "live_cuts", COLUMNS)
    st.caption(
        "“Near” are tests that end within 0.25 logits of the cut; “right” is the mean chance, by each test's "
        "posterior, that the true ability lies on the side where the test put it."
    )
