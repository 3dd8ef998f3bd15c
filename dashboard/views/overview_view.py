"""Overview: what is wrong this morning, how sure we are, and what to do first."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from dashboard import drift, loading, overview, showing, work
from dashboard.figures.conditional_exposure import conditional_exposure, draw_conditional_exposure
from dashboard.figures.exposure import draw_exposure, exposure_rates
from dashboard.figures.information import draw_information, information
from dashboard.figures.session_day import draw_session_day
from dashboard.store.roles import who_may
from dashboard.views import choosing
from dashboard.views.choosing import Place
from items.item import Status


def show() -> None:
    """Show the page."""
    place = choosing.begin("Overview", "For everybody: what is wrong, how sure we are, what to do first.")
    if place is None:
        return
    rows = loading.items(place.bank, place.chosen)
    showing.facts({"Items": len(rows), **{name.capitalize(): n for name, n in overview.states(rows).items()}})
    left, right = st.columns(2, gap="large")
    with left:
        _to_do(place, rows)
    with right:
        _flags(place)
    showing.tabs(_figures(place, rows), "overview side")
    left, right = st.columns(2, gap="medium")
    with left:
        _ratings(place)
    with right:
        _pilots(rows)
    _calibration(place)


def _to_do(place: Place, rows: pd.DataFrame) -> None:
    from dashboard.navigation import NEEDS, page

    st.subheader("What to do first")
    told = overview.tasks(
        loading.triage_queue(place.bank, place.chosen),
        overview.pilot_progress(rows),
        proposed=_proposed(place.bank),
        drifted=0 if (moved := _moved(place.bank)) is None else len(moved),
        new_answers=_new_answers(place),
        today=work.now()[:10],
    )
    if not told:
        st.success("Nothing waits for anybody.", icon=":material/check_circle:")
    for number, task in enumerate(told, 1):
        st.markdown(f"{number}. {task.words}")
        if place.person.may(right := NEEDS.get(task.page, "look")):
            st.page_link(page(task.page), icon=":material/arrow_forward:")
        else:
            st.caption(f"This is for {who_may(right)}.")


def _proposed(bank: str) -> int | None:
    """Return the newest set that is neither in use nor rejected, if it is newer than the one in use."""
    used, rejected = loading.set_in_use(bank), loading.rejected()
    waiting = [one.id for one in loading.sets(bank) if one.id not in rejected and one.id > (used or 0)]
    return waiting[-1] if waiting else None


def _moved(bank: str) -> pd.DataFrame | None:
    """Return the items that moved too far between the set in use and the proposed one, None if unknown."""
    proposed = _proposed(bank)
    kept = None if proposed is None else loading.analysis(bank, proposed)
    return drift.moved_since(kept, loading.set_in_use(bank))


def _new_answers(place: Place) -> int:
    kept = None if place.chosen is None else loading.analysis(place.bank, place.chosen)
    return loading.count_answers(place.bank) - (kept.answers if kept else 0)


def _flags(place: Place) -> None:
    st.subheader("Flags by severity")
    flags = loading.flags(place.bank, place.chosen)
    if flags.empty:
        st.caption("The statistics have nothing against any item, or were not computed yet.")
        return
    showing.glance(overview.by_severity(flags), "flags_by_severity")
    st.caption("Thresholds, their sources and whether they rest on simulation stand beside each flag.")


def _sessions(place: Place) -> None:
    day = overview.newest_day(loading.newest_sessions(place.bank))
    if day is None:
        showing.empty("Nobody has taken a test of this bank yet.", "Publish one under Test design.")
        return
    if day.date != work.now()[:10]:
        st.caption("No session began today; these are the newest.")
    showing.figure(draw_session_day(day))


def _ratings(place: Place) -> None:
    st.subheader("Newest ratings")
    said = loading.newest_ratings(place.bank)
    if said.empty:
        st.caption("Nobody has rated a question yet; candidates can when they review their answers.")
        return
    showing.glance(said[["at", "item", "stars", "comment"]], "newest_ratings")


def _pilots(rows: pd.DataFrame) -> None:
    st.subheader("Items on trial")
    pilots = overview.pilot_progress(rows)
    if pilots.empty:
        st.caption("No item is on trial. A new version of a question starts as one.")
        return
    told = pilots.assign(done=[f"{done:.0%}" for done in pilots["done"]])
    told = told.rename(columns={"n": "answers"})
    showing.glance(told[["item", "answers", "missing", "done"]], "pilot_progress")
    st.caption(f"{overview.PILOT} answers are asked for (Linacre 1994, RMT 7:4, a convention).")


def _figures(place: Place, rows: pd.DataFrame) -> dict[str, Callable[[], None]]:
    """Return the figures, of which the open tab is drawn: the newest day, and how the items serve people."""
    sides = {
        "The newest sessions": lambda: _sessions(place),
        "Where the bank measures": lambda: _information(place),
    }
    working = rows[rows["state"] == Status.OPERATIONAL.value]
    if working["n"].sum():
        sides["How evenly it is used"] = lambda: _evenness(working)
    kept = None if place.chosen is None else loading.analysis(place.bank, place.chosen)
    counts = pd.DataFrame() if kept is None else kept["exposure_by_ability"]
    if len(counts) and len((by_ability := conditional_exposure(counts)).bands):
        sides["Exposure along ability"] = lambda: showing.figure(draw_conditional_exposure(by_ability))
    return sides


def _evenness(working: pd.DataFrame) -> None:
    even = draw_exposure(exposure_rates(working))
    showing.figure(replace(even, code="draw_exposure(exposure_rates(working))"))


def _information(place: Place) -> None:
    if place.chosen is None:
        showing.empty(
            "Nothing is known of what the bank tells.",
            "Calibrate it, or keep a parameter file under Calibrate.",
        )
        return
    pool = loading.operational_pool(place.bank, place.chosen)
    if pool is not None:
        told = draw_information(information(pool, what="the operational bank"))
        code = "draw_information(information(operational, what='the operational bank'))"
        showing.figure(replace(told, code=code))


def _calibration(place: Place) -> None:
    st.subheader("Last calibration and drift")
    made = loading.promotions(place.bank)
    if not made:
        showing.empty("No parameter set is in use.", "Calibrate the bank, then accept the set.")
        return
    last = made[-1]
    st.markdown(
        f"Parameter set {last.parameter_set} is in use since {last.at[:10]}, put there by {last.by}"
        + (f": {last.note}." if last.note else ".")
    )
    proposed, moved = _proposed(place.bank), _moved(place.bank)
    if proposed is None:
        st.caption("No newer set waits, so nothing can be said of drift.")
        return
    if moved is None:
        st.caption(f"Set {proposed} was not compared with it yet: look at it under Calibrate.")
        return
    st.caption(
        f"Against set {proposed}, on one scale, {len(moved)} common items moved too far to link with "
        "(class C: 0.64 logits and significantly above 0.43, Huynh & Meyer 2010)."
    )
    if len(moved):
        columns = ["item", "displacement", "se"]
        showing.glance(moved[columns].dropna(axis=1, how="all"), "drifted")
