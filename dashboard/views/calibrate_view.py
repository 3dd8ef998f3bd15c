"""Calibrate: from answers to a parameter set that a person accepts or rejects."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard import loading, outage, showing, work
from dashboard.answers import source_of
from dashboard.figures.progress import draw_progress, progress
from dashboard.store import jobs
from dashboard.store.jobs import Job
from dashboard.views import choosing, parameter_file, parameter_sets, source
from dashboard.views.choosing import Place
from engine.models import models

REMEMBERED = 50
"""Calibrations of a person among which those of the same answers are looked for."""

PRIORS = {
    "default": "for asymptotes only (default)",
    "none": "none",
    "hierarchical": "learnt from the bank (hierarchical)",
}


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "Calibrate",
        "For psychometricians: estimate item parameters from answers, look at them, accept or reject them.",
        right="calibrate",
    )
    if place is None:
        return
    showing.tabs({name: partial(show, place) for name, show in SIDES.items()}, "side")


def _new(place: Place) -> None:
    job = jobs.newest(loading.database(), "calibrate", by=place.person.name)
    if job and work.running(job):
        _running(job.id)
        return
    if job:
        _ended(job)
    chosen = source.choose(place, job)
    if chosen is None:
        return
    source.preview(place, chosen)
    _settings(place, chosen)


def _settings(place: Place, chosen: source.Source) -> None:
    """Offer the settings, as this person last chose them for these answers, and start the calibration."""
    last, name = _last_settings(place, chosen), source_of(chosen.request)
    sets = {one.id: f"Set {one.id}: {one.note:.60}" for one in loading.sets(place.bank)}
    no_group = "none" if chosen.groups else "none; the answers name no groups"
    request: dict[str, object] = {"bank": place.bank}
    with st.form("calibrate"):
        left, right = st.columns(2)

        def ask(
            column: Any, field: str, label: str, offered: list[Any], usual: Any, words: Callable[[Any], str]
        ) -> None:
            wanted = last.get(field, usual)
            place = offered.index(wanted if wanted in offered else usual)
            key = f"{field} of {name}"
            request[field] = column.selectbox(label, offered, place, format_func=words, key=key)

        two = [one for one in models if models[one].dichotomous]
        more = [one for one in models if not models[one].dichotomous]
        ask(left, "model", "Model of items with two categories", two, "2pl", _title)
        if chosen.most_categories > 2:
            ask(right, "model_of_more", "Model of items with more", more, "gpcm", _title)
        ask(
            right,
            "anchors",
            "Anchors: items that keep the values of a set",
            [None, *sets],
            None,
            lambda id: sets.get(id, "none: the people set the scale"),
        )
        ask(
            left,
            "group",
            "Groups with a mean and spread of their own",
            [None, *chosen.groups],
            None,
            lambda name: name or no_group,
        )
        ask(left, "priors", "Priors", list(PRIORS), "default", PRIORS.__getitem__)
        cycles = last.get("max_iterations", 500)
        request["max_iterations"] = right.number_input(
            "Most cycles", 1, 100_000, cycles, key=f"cycles of {name}"
        )
        if st.form_submit_button("Calibrate", type="primary"):
            work.begin(loading.database(), "calibrate", request | chosen.request, by=place.person.name)
            st.rerun()


def _last_settings(place: Place, chosen: source.Source) -> dict[str, Any]:
    """Return what this person last asked of these answers, or of a log of the same name; nothing if never."""
    past = jobs.recent(loading.database(), "calibrate", by=place.person.name, most=REMEMBERED)
    asked = [one.request for one in past if one.request["bank"] == place.bank]
    return next((one for one in asked if source_of(one) == source_of(chosen.request)), {})


def _title(model: str) -> str:
    return f"{model}: {models[model].title}"


@st.fragment(run_every=1.0)
def _running(number: int) -> None:
    with outage.said(by_itself=True):
        _told(jobs.load(loading.database(), number))


def _told(job: Job) -> None:
    """Say how far a calibration is, and offer to stop it."""
    if not work.running(job):
        loading.forget()
        if job.state == jobs.DONE:
            choosing.look_at(job.result["parameter_set"])
        st.rerun()
    done = job.progress[-1][0] if job.progress else 0
    most = job.request.get("max_iterations", 500)
    st.progress(min(done / most, 1.0), text=f"Calibrating: cycle {done:.0f} of at most {most:,}")
    if len(job.progress) > 1:
        showing.stands_at(job=job.id)
        showing.figure(draw_progress(progress(job.progress)))
    if st.button("Stop the calibration", icon=":material/stop:"):
        jobs.end(loading.database(), job.id, jobs.CANCELLED, message="stopped on request")
        st.rerun()


def _ended(job: Job) -> None:
    """Say what became of the last calibration."""
    if job.state == jobs.DONE:
        number, summary = job.result["parameter_set"], job.result["summary"]
        told = f"Parameter set {number} is ready: {job.message}. Look at it under “The chosen parameter set”."
        (st.success if summary["converged"] else st.warning)(told)
        for item, why in list(summary["not_calibrated"].items())[:10]:
            st.caption(f"{item} was left out: {why}")
    elif job.state == jobs.CANCELLED:
        st.info("The last calibration was stopped; nothing was kept.", icon=":material/stop:")
    else:
        why = job.message or "its process gave no sign of life"
        st.error(f"The last calibration failed: {why}. Nothing was kept.", icon=":material/error:")


SIDES = {
    "A new calibration": _new,
    "The chosen parameter set": parameter_sets.show,
    "A parameter file": parameter_file.show,
}
