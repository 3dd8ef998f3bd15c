"""What pages wait for: sessions to be read in, answers to be analysed."""

import streamlit as st

from dashboard import loading, outage, showing, work
from dashboard.answers import SESSIONS
from dashboard.store import jobs
from dashboard.store.analyses import KeptAnalysis
from dashboard.store.jobs import Job
from engine.simulation import Study


def for_reading(late: int, *, by: str) -> None:
    """Have many sessions read in, and say so."""
    _wait(
        "read", {}, by, f"{late:,} sessions are being read in; until then they are missing from the numbers"
    )


def analysis(bank: str, chosen: int | None, *, by: str) -> KeptAnalysis | None:
    """Return the analysis under a parameter set; where there is none, offer to make it, and None."""
    if chosen is None:
        showing.empty("This bank has no parameters yet.", "Calibrate it first.")
        return None
    kept = loading.analysis(bank, chosen)
    new = loading.count_answers(bank) - (kept.answers if kept else 0)
    if kept is not None:
        st.caption(
            f"{kept.facts['n_persons']:,.0f} people, {kept.facts['n_responses']:,.0f} answers from "
            f"{kept.source}, analysed on {kept.at[:10]} under parameter set {chosen}."
        )
    if kept is None and not new:
        showing.empty("There are no answers yet.", "Come back when candidates have taken the test.")
    elif kept is None or (new > 0 and kept.source == SESSIONS):
        _offer(kept, new, {"bank": bank, "parameter_set": chosen}, by)
    return kept


def simulation(edition: str, *, by: str, may: bool) -> Study | None:
    """Return the simulation kept with an edition; where there is none, offer to make it, and None."""
    kept = loading.simulation(edition)
    if kept is not None:
        return kept
    request: dict[str, object] = {"edition": edition}
    job = jobs.newest(loading.database(), "simulate")
    if not (job and work.running(job) and job.request == request):
        if job and job.state == jobs.FAILED and job.request == request:
            st.warning(f"The last simulation failed: {job.message}")
        showing.empty(
            "This edition was published without a simulation.", "Let simulated people take it, to compare."
        )
        if not st.button("Simulate it now", type="primary", disabled=not may):
            return None
    _wait("simulate", request, by, "Simulated candidates take the test")
    return None


def _offer(kept: KeptAnalysis | None, new: int, request: dict[str, object], by: str) -> None:
    job = jobs.newest(loading.database(), "analyse")
    going = job is not None and work.running(job) and job.request == request
    if not going:
        if job and job.state == jobs.FAILED and job.request == request:
            st.warning(f"The last analysis failed: {job.message}")
        told = f"{new:,} answers have come since." if kept else f"{new:,} answers wait for their analysis."
        st.info(told, icon=":material/info:")
        if not st.button("Analyse now", type="secondary" if kept else "primary"):
            return
    _wait("analyse", request, by, "The answers are being analysed")


def _wait(kind: str, request: dict[str, object], by: str, words: str) -> None:
    """Wait for the job of this kind, begun here if none is under way; a failed one is not begun by itself."""
    job = jobs.newest(loading.database(), kind)
    if job and job.state == jobs.FAILED and kind == "read":
        st.warning(f"Reading in the sessions failed: {job.message}")
        if not st.button("Try again"):
            return
    running = job.id if job and work.running(job) else None
    watch(running or work.begin(loading.database(), kind, request, by=by), words)


@st.fragment(run_every=1.0)
def watch(number: int, words: str) -> None:
    """Say how far a job is, and open the page anew when it is over."""
    with outage.said(by_itself=True):
        _told(jobs.load(loading.database(), number), words)


def _told(job: Job, words: str) -> None:
    if not work.running(job):
        loading.forget()
        st.rerun()
    share = f" ({job.progress[-1][0]:,.0f} of {job.progress[-1][1]:,.0f})" if job.progress else ""
    st.info(f"{words}{share}. This page opens anew by itself.", icon=":material/hourglass_top:")
