"""How every page begins: who is looking, which bank, which parameters; and the way between pages."""

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from dashboard import access, loading, showing, work
from dashboard.access import Person
from dashboard.store import jobs
from dashboard.store.analyses import KeptAnalysis


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands.

    Attributes
    ----------
    bank : str
    chosen : int or None
        The parameter set that is looked at, None while the bank has none.
    person : Person
    """

    bank: str
    chosen: int | None
    person: Person


def begin(title: str, purpose: str, *, right: str = "look") -> Place | None:
    """Begin a page; None where there is nothing to show, or the person may not see it."""
    person = access.person(loading.database())
    showing.head(title, purpose, simulated=has_simulated())
    if not person.may(right):
        st.warning(
            f"This page is not for the role '{person.role or 'none'}'. An administrator can change it."
        )
        return None
    known = loading.bank_ids()
    if not known:
        showing.empty("There is no bank yet.", "Import one with `itemwise items import bank.yaml`.")
        return None
    chosen = known[0]
    if len(known) > 1:
        chosen = st.sidebar.selectbox("Bank", known, key="bank")
    return Place(chosen, parameter_set(chosen), person)


def parameter_set(bank: str) -> int | None:
    """Return the number of the parameter set that is looked at: the newest, unless another is chosen."""
    kept = loading.sets(bank)
    if not kept:
        return None
    used = loading.set_in_use(bank)
    names = {one.id: f"{one.id}: {one.note}" + (" (in use)" if one.id == used else "") for one in kept}
    return st.sidebar.selectbox(
        "Parameters",
        list(names),
        index=len(names) - 1,
        format_func=names.__getitem__,
        key="parameter set",
        help="Where the numbers come from. A proposed set is not used until a person promotes it.",
    )


def item(bank: str) -> str:
    """Return the item that is looked at."""
    known = [one.id for one in loading.bank(bank).items]
    asked = st.query_params.get("item", "")
    place = known.index(asked) if asked in known else 0
    chosen: str = st.selectbox("Item", known, index=place, key="item chosen")
    st.query_params["item"] = chosen
    return chosen


def open_item(item: str, *, page: str = "item") -> None:
    """Go to a page about an item."""
    from dashboard.navigation import page as named

    st.session_state.pop("item chosen", None)
    st.switch_page(named(page), query_params={"item": item})


def has_simulated() -> bool:
    """Return whether any session was simulated."""
    return bool(loading.sessions()["simulated"].any())


def analysis(place: Place) -> KeptAnalysis | None:
    """Return the analysis of the bank's log; where there is none, offer to make it, and None."""
    if place.chosen is None:
        showing.empty("This bank has no parameters yet.", "Calibrate it first.")
        return None
    kept = loading.analysis(place.bank, place.chosen)
    new = len(loading.log(place.bank)) - (kept.answers if kept else 0)
    if kept is None and not new:
        showing.empty("There are no answers yet.", "Come back when candidates have taken the test.")
    elif new:
        _offer_analysis(place, kept, new)
    return kept


def _offer_analysis(place: Place, kept: KeptAnalysis | None, new: int) -> None:
    job = jobs.newest(loading.database(), "analyse")
    if job and not job.over and not work.lost(job, at=datetime.now(UTC)):
        _wait(job.id)
        return
    if job and job.state == jobs.FAILED:
        st.warning(f"The last analysis failed: {job.message}")
    told = f"{new:,} answers have come since the analysis of {kept.at[:10]}." if kept else ""
    st.info(told or f"The log holds {new:,} answers that nobody has analysed yet.", icon=":material/info:")
    request = {"bank": place.bank, "parameter_set": place.chosen}
    if st.button("Analyse now", type="primary" if kept is None else "secondary"):
        _wait(work.begin(loading.database(), "analyse", request, by=place.person.name))


@st.fragment(run_every=1.0)
def _wait(number: int) -> None:
    """Say that an analysis runs, and open the page anew when it is over."""
    if jobs.load(loading.database(), number).over:
        loading.forget()
        st.rerun()
    st.info("The answers are being analysed; this page opens by itself.", icon=":material/hourglass_top:")
