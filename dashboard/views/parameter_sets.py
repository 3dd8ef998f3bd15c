"""A parameter set as a person judges it: verdict, fit and flags, against the set in use; accept or reject."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loading, showing, work
from dashboard.figures.fit_map import draw_fit_map, fit_map
from dashboard.figures.information import draw_information, information
from dashboard.figures.names import first_of
from dashboard.figures.two_sets import TwoSets, draw_two_sets, two_sets
from dashboard.figures.wright_map import draw_wright_map, wright_map
from dashboard.item_table import difficulties
from dashboard.model_comparison import compare_models
from dashboard.store import audit, rejections
from dashboard.store.analyses import KeptAnalysis
from dashboard.views import waiting
from dashboard.views.choosing import Place, standing
from dashboard.views.columns import DRIFT, FIT
from items.errors import BadInput
from items.storage import parameter_sets
from items.storage.parameter_sets import StoredSet

SAME = 1e-9
"""Logits below which two difficulties are the same."""


def show(place: Place) -> None:
    """Show the chosen set."""
    if place.chosen is None:
        showing.empty("This bank has no parameters yet.", "Calibrate it, or open “A parameter file”.")
        return
    stored = loading.stored(place.bank, place.chosen)
    _verdict(place, stored)
    kept = waiting.analysis(place.bank, place.chosen, by=place.person.name)
    used = loading.set_in_use(place.bank)
    if used is not None and used != stored.id:
        _against(place.bank, loading.stored(place.bank, used), stored)
    if kept is not None:
        _fit(kept)
    showing.figure(draw_information(information(loading.pool(place.bank, stored.id))))
    if kept is not None:
        table = stored.parameters.table
        items = table.assign(b=difficulties(table))
        showing.figure(draw_wright_map(wright_map(kept["persons"]["theta"].to_numpy(float), items)))
    st.subheader("Parameters")
    showing.table(stored.parameters.table, f"parameters_{stored.id}")
    _models(place)


def decide(place: Place, number: int, *, accept: bool, note: str) -> None:
    """Accept or reject a parameter set in a person's name.

    Raises
    ------
    BadInput
        If the reason is missing.
    """
    if not note.strip():
        raise BadInput("the note is empty", right="say why: whoever comes later wants to know")
    database, name = loading.database(), place.person.name
    if accept:
        parameter_sets.promote(database, number, at=work.now(), by=name, note=note)
    else:
        rejections.reject(database, number, at=work.now(), by=name, note=note)
    action = "accept" if accept else "reject"
    audit.note(database, action, f"parameter set {number}", at=work.now(), by=name, detail=note)
    loading.forget()


def _verdict(place: Place, stored: StoredSet) -> None:
    """Say what the set is and let a person accept or reject it."""
    told, table = dict(stored.parameters.provenance), stored.parameters.table
    showing.facts(
        {
            "Items": len(table),
            "Models": ", ".join(sorted(set(table["model"]))),
            "People": _number(told.get("n_persons")),
            "Answers": _number(told.get("n_responses")),
            "Log-likelihood": _number(told.get("log_likelihood")),
        }
    )
    st.caption(f"Kept by {stored.by} on {stored.at[:10]}: {stored.note}")
    if (status := told.get("status")) is not None:
        (st.success if told.get("converged") else st.warning)(f"Convergence: {status}.")
    if loading.set_in_use(place.bank) == stored.id:
        st.info("This set is in use: it steers and scores new sessions of assessments published from now on.")
        return
    if (why := loading.rejected().get(stored.id)) is not None:
        st.info(f"This set was rejected: {why}.")
        showing.next_step("leave it so, or accept it after all, with the reason.")
    else:
        showing.next_step("read what follows, then accept the set or reject it.")
    bank = [item.id for item in loading.bank(place.bank).items]
    if unknown := sorted(set(table["item"]) - set(bank)):
        st.warning(
            f"{len(unknown)} of {len(table)} items are not in this bank{first_of(unknown)}: its tests cannot "
            "ask them.",
            icon=":material/help:",
        )
    with st.form("decide"):
        note = st.text_input("Note: why", key="decision note")
        row = st.container(horizontal=True)
        accepted = row.form_submit_button("Accept: put it into use", type="primary")
        rejected = row.form_submit_button("Reject")
    if accepted or rejected:
        _decided(place, stored.id, accept=accepted, note=note)


def _decided(place: Place, number: int, *, accept: bool, note: str) -> None:
    try:
        decide(place, number, accept=accept, note=note)
    except BadInput as error:
        st.error(f"Nothing was decided: {error}.")
        return
    st.rerun()


def _against(bank: str, old: StoredSet, new: StoredSet) -> None:
    linked = loading.linked(bank, new.id, old.id)
    if isinstance(linked, str):
        st.info(f"This set cannot be compared with set {old.id}, which is in use: {linked}.")
        return
    constants = linked.summary()
    st.caption(
        f"Put on the scale of set {old.id} by Stocking and Lord's method, drifted items left out "
        f"(A = {constants['A']:.3f}, B = {constants['B']:.3f}; {constants['anchors_used']} of "
        f"{constants['anchors']} common items used)."
    )
    record = two_sets(old.parameters, linked.parameters)
    showing.figure(draw_two_sets(record))
    if told := held_in_words(new.parameters.provenance, record):
        st.info(told, icon=":material/anchor:")
    st.markdown(
        "**Drift**, item by item: class C has moved too far to link with (0.64 logits, Huynh & Meyer 2010)."
    )
    moved = linked.anchors.sort_values("displacement", key=abs, ascending=False)
    showing.table(moved.dropna(axis=1, how="all"), "drift", DRIFT)


def held_in_words(provenance: Mapping[str, Any], record: TwoSets) -> str:
    """Say that anchors cannot move, where a calibration held items; an empty text where it held none."""
    held = int((record.points["change"].abs() < SAME).sum())
    if not held or not provenance.get("settings", {}).get("anchors"):
        return ""
    return (
        f"{held} of {len(record.points)} common items were anchors, which keep their values by design. "
        "Whether one has drifted shows in its fit below, or in a calibration without anchors."
    )


def _fit(kept: KeptAnalysis) -> None:
    flags = kept["flags"].sort_values("severity", ascending=False, kind="stable")
    st.subheader("Fit and flags")
    flagged = f"{len(flags)} flags on {flags['item'].nunique()} of {len(kept['items'])} items."
    st.caption(fit_in_words(kept.facts) + flagged)
    showing.table(flags[["item", "flag", "severity", "evidence", "action", "basis", "source"]], "flags")
    if kept["fit"]["infit"].notna().any():
        showing.figure(draw_fit_map(fit_map(kept["fit"], kept["items"])))
    fit = kept["fit"].sort_values(["p_adjusted", "p_simulated_adjusted"], kind="stable")
    showing.table(fit.dropna(axis=1, how="all"), "fit", FIT)


def fit_in_words(facts: Mapping[str, Any]) -> str:
    """Return how well the model describes the whole log, "" where that is not known."""
    if facts.get("rmsea") is None:
        return ""
    low, high = facts.get("rmsea_low"), facts.get("rmsea_high")
    sure = f" (90 % interval {low:.3f} to {high:.3f})" if low is not None and high is not None else ""
    return f"RMSEA of {facts['fit_statistic']} {facts['rmsea']:.3f}{sure}; "


def _models(place: Place) -> None:
    comparison = compare_models(loading.sets(place.bank))
    if len(comparison) < 2:
        st.caption("Calibrate the same answers with another model, and both stand side by side here.")
        return
    st.subheader("Models of the same answers")
    st.caption("Smaller AIC and BIC are better; the test is of a model against the narrower one above it.")
    states = [
        standing(number, loading.set_in_use(place.bank), loading.rejected()) for number in comparison["set"]
    ]
    showing.table(comparison.assign(state=states), "models")


def _number(value: Any) -> str:
    return "not known" if value is None or pd.isna(value) else f"{value:,.0f}"
