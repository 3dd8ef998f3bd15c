"""What may be done with an item: change its state, take its parameters into use."""

from collections.abc import Collection

import streamlit as st

from dashboard import loading, outage, showing, work
from dashboard.editing import changes
from dashboard.store import audit
from dashboard.taking_over import take_over
from dashboard.views.choosing import Place
from items.bank import Entry
from items.errors import BadInput
from items.item import Status
from items.storage import parameter_sets
from items.storage.editing import Overtaken, change

STATES = {
    Status.SUSPENDED: ("Suspend", ":material/block:", "No test that is published from now on asks it."),
    Status.REVIEW: (
        "Send to review",
        ":material/rate_review:",
        "Somebody else looks at it before it is asked.",
    ),
    Status.PILOT: (
        "Put on trial",
        ":material/science:",
        "It is asked where rules insert it, without counting.",
    ),
    Status.OPERATIONAL: (
        "Put into operation",
        ":material/check_circle:",
        "Tests published from now on ask it.",
    ),
    Status.RETIRED: ("Retire", ":material/archive:", "It is asked no more; its answers stay."),
}
"""Where an item may be sent, in words, and what that means."""


def show(place: Place, entry: Entry) -> None:
    """Show what may be done."""
    st.subheader("Where it stands")
    _states(place, entry)
    st.subheader("Its parameters")
    _parameters(place, entry)


def _states(place: Place, entry: Entry) -> None:
    """Offer to change where the item stands."""
    if not place.person.may("change items"):
        st.caption("Content editors may change where an item stands; your role may look.")
        return
    st.markdown(f"It is **{entry.status.value}** now, at version {entry.item.version}.")
    note = st.text_input("Why", key=f"why {entry.item.id}", placeholder="for whoever comes later")
    row = st.container(horizontal=True)
    for status, (label, icon, meaning) in STATES.items():
        if status is not entry.status:
            row.button(
                label,
                icon=icon,
                help=meaning,
                disabled=not note.strip(),
                key=f"to {status.value}",
                on_click=_set_state,
                args=(place, entry, status, note.strip()),
            )
    if not note.strip():
        st.caption("Say why first; it is kept with your name and the time.")


@outage.kept
def _set_state(place: Place, seen: Entry, status: Status, note: str) -> None:
    wanted = seen.model_copy(update={"status": status})
    if keep(place, seen, wanted, note=note) is not None:
        st.session_state["told"] = f"{seen.item.id} is {status.value} now."


def keep(
    place: Place, seen: Entry, wanted: Entry, *, note: str, figures: Collection[bytes] = ()
) -> Entry | None:
    """Keep a changed item in a person's name; None where somebody else was first, as the page then says."""
    database, name, at = loading.database(), place.person.name, work.now()
    try:
        after = change(database, place.bank, seen, wanted, at=at, by=name, note=note, figures=figures)
    except Overtaken as overtaken:
        st.session_state["overtaken"] = (str(overtaken), changes(seen, overtaken.now))
        loading.forget()
        return None
    about = f"{after.item.id} version {after.item.version}"
    action, told = what_changed(seen, after)
    audit.note(database, action, about, at=at, by=name, detail=f"{told}: {note}")
    loading.forget()
    return after


def what_changed(before: Entry, after: Entry) -> tuple[str, str]:
    """Return what changed, the item ("edit"), its "state" or its "notes", and from what to what."""
    one, other = (
        {
            "version": str(entry.item.version),
            "revision": str(entry.item.revision),
            "state": entry.status.value,
            "notes": entry.notes,
        }
        for entry in (before, after)
    )
    action = "edit" if after.item != before.item else "state" if after.status != before.status else "notes"
    return action, audit.changed(one, other)


def say_what_happened() -> None:
    """Say what the last action did, or that somebody else was first and what they changed."""
    showing.told()
    if overtaken := st.session_state.pop("overtaken", None):
        message, changed = overtaken
        st.error(f"Nothing was overwritten: {message}.", icon=":material/sync_problem:")
        if changed:
            st.code(changed, "diff")


def _parameters(place: Place, entry: Entry) -> None:
    """Offer to take this item's parameters of the chosen set into use, and nothing else."""
    used, item = loading.set_in_use(place.bank), entry.item
    if place.chosen is None or used is None or place.chosen == used:
        showing.empty(
            "Only the set in use is at hand.", "Choose a newer set in the sidebar to compare with it."
        )
        return
    linked = loading.linked(place.bank, place.chosen, used)
    if isinstance(linked, str):
        showing.empty(f"Set {place.chosen} cannot be put on the scale of set {used}.", linked)
        return
    try:
        wanted = take_over(
            loading.stored(place.bank, used).parameters, linked.parameters, item.id, item.version
        )
    except BadInput as error:
        showing.empty("There is nothing to take over.", f"{error.what.capitalize()}.")
        return
    row = wanted.table[wanted.table["item"] == item.id].dropna(axis=1, how="all")
    st.markdown(f"From set {place.chosen}, on the scale of set {used}:")
    showing.table(row, f"taken_{item.id}")
    if not place.person.may("publish"):
        st.caption("Psychometricians may take them into use; your role may look.")
        return
    note = st.text_input("Why these", key=f"take {item.id}")
    if st.button("Accept these parameters", type="primary", disabled=not note.strip()):
        told = f"{item.id} version {item.version} from set {place.chosen}, the rest from set {used}: {note}"
        database, name, at = loading.database(), place.person.name, work.now()
        number = parameter_sets.append(database, place.bank, wanted, at=at, by=name, note=told)
        parameter_sets.promote(database, number, at=at, by=name, note=told)
        audit.note(database, "accept", f"parameter set {number}", at=at, by=name, detail=told)
        st.session_state["told"] = f"Parameter set {number} is in use: {told}."
        loading.forget()
        st.rerun()
