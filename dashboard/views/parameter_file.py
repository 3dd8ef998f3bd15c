"""A parameter file that was made elsewhere, kept as a proposed set of the bank."""

import streamlit as st

from dashboard import loading, outage, showing, work
from dashboard.answers import label, newest_versions
from dashboard.figures.names import first_of
from dashboard.store import audit
from dashboard.views import choosing
from dashboard.views.choosing import Place
from engine.pool import ItemPool
from items.errors import BadInput
from items.parameters import ParameterSet
from items.storage import parameter_sets

LARGEST = 20
"""Megabytes of a parameter file."""


def show(place: Place) -> None:
    """Show what is in the file, and keep it on request."""
    showing.told()
    st.markdown(
        "Of a calibration on the command line (`itemwise calibrate LOG --out params.csv`), or of another "
        "program: CSV with the columns `item`, `model` and the parameters, on the scale of this bank."
    )
    files = st.file_uploader(
        "params.csv, and params.meta.json beside it",
        type=["csv", "json"],
        accept_multiple_files=True,
        max_upload_size=LARGEST,
        key="parameter file",
    )
    if not files:
        return
    table = [file for file in files if file.name.endswith(".csv")]
    if len(table) != 1:
        st.error(
            f"These are {len(table)} CSV files: give the one with the parameters.", icon=":material/error:"
        )
        return
    folder = loading.upload_folder() / table[0].file_id
    folder.mkdir(exist_ok=True)
    for file in files:
        name = "params.csv" if file is table[0] else "params.meta.json"
        (folder / name).write_bytes(file.getbuffer())
    try:
        found = ParameterSet.read(folder / "params.csv")
        ItemPool.from_parameters(newest_versions(found), where="params.csv")
    except BadInput as error:
        told = str(error).replace(f"{folder}/", "")
        st.error(f"This file cannot be used: {told}", icon=":material/error:")
        return
    _offer(place, found)


def _offer(place: Place, found: ParameterSet) -> None:
    known = {item.id for item in loading.bank(place.bank).items}
    strange = sorted(set(found.table["item"]) - known)
    showing.facts({"Items": len(found.table), "Models": ", ".join(sorted(set(found.table["model"])))})
    if strange:
        st.warning(
            f"{len(strange)} of {len(found.table)} items are not in this bank{first_of(strange)}.",
            icon=":material/help:",
        )
    showing.table(found.table, "parameter_file")
    note = st.text_input("Note: where it comes from", key="parameter file note")
    st.button(
        "Keep it as a proposed set",
        type="primary",
        disabled=not note.strip(),
        on_click=_keep,
        args=(place, found, note.strip()),
    )


@outage.kept
def _keep(place: Place, found: ParameterSet, note: str) -> None:
    database, name, at = loading.database(), place.person.name, work.now()
    told = f"{label(found)}, from a file: {note}"
    number = parameter_sets.append(database, place.bank, found, at=at, by=name, note=told)
    audit.note(database, "calibrate", f"parameter set {number}", at=at, by=name, detail=told)
    loading.forget()
    choosing.look_at(number)
    st.session_state["told"] = (
        f"Parameter set {number} is kept. Look at it under “The chosen parameter set”; it is used when a "
        "person accepts it."
    )
