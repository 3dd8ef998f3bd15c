"""How every page begins: who is looking, which bank, which parameters; and the way between pages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import access, loading, showing
from dashboard.access import Person
from dashboard.store.analyses import KeptAnalysis
from dashboard.store.roles import who_may
from dashboard.views import waiting
from items.storage.parameter_sets import StoredSet


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


def enter(title: str, purpose: str, *, right: str = "look") -> Person | None:
    """Begin a page about no bank in particular; None where the person may not see it."""
    person = access.person(loading.database())
    allowed = person.may(right)
    late = loading.read_in() if allowed else 0
    showing.head(title, purpose, simulated=allowed and has_simulated())
    if not allowed:
        st.warning(
            f"This page is for {who_may(right)}, not for the role '{person.role or 'none'}'. "
            "An administrator can give you another role.",
            icon=":material/lock:",
        )
        return None
    if late:
        waiting.for_reading(late, by=person.name)
    return person


def no_bank() -> None:
    """Say that there is no bank yet."""
    showing.empty("There is no bank yet.", "Import one with `itemwise items import bank.yaml`.")


def begin(title: str, purpose: str, *, right: str = "look") -> Place | None:
    """Begin a page; None where there is nothing to show, or the person may not see it."""
    person = enter(title, purpose, right=right)
    if person is None:
        return None
    known = loading.bank_ids()
    if not known:
        no_bank()
        return None
    chosen = known[0]
    if len(known) > 1:
        chosen = st.sidebar.selectbox("Bank", known, key="bank")
    place = Place(chosen, parameter_set(chosen), person)
    showing.stands_at_first(loading.address(), bank=chosen, parameter_set=place.chosen)
    return place


def begin_analysed(title: str, purpose: str) -> tuple[Place, KeptAnalysis] | None:
    """Begin a page about the analysis under a parameter set; None where there is none yet."""
    place = begin(title, purpose)
    if place is None:
        return None
    kept = waiting.analysis(place.bank, place.chosen, by=place.person.name)
    return None if kept is None else (place, kept)


def parameter_set(bank: str) -> int | None:
    """Let people choose the parameter set that pages look at; None if the bank has none."""
    kept, used, rejected = loading.sets(bank), loading.set_in_use(bank), loading.rejected()
    if not kept:
        return None
    names = {one.id: f"Set {one.id}, {standing(one.id, used, rejected)}" for one in kept}
    wanted = st.session_state.pop("look at", None) or st.session_state.get("parameter set")
    if wanted not in names:
        wanted = usual_set(kept, {item.id for item in loading.bank(bank).items}, rejected)
    st.session_state["parameter set"] = wanted
    chosen = st.sidebar.selectbox(
        "Parameters",
        list(names),
        format_func=names.__getitem__,
        key="parameter set",
        help="Where the numbers come from. A proposed set is not used until a person accepts it.",
    )
    told, _, exactly = next(one.note for one in kept if one.id == chosen).partition(": the next would ")
    st.sidebar.caption(told, help=f"The next cycle would {exactly}." if exactly else None)
    if not _holds(kept, chosen, bank):
        st.sidebar.warning("This set holds none of the bank's items, so nothing here can rest on it.")
    return chosen


def _holds(kept: Sequence[StoredSet], number: int, bank: str) -> bool:
    """Return whether a set holds any item of the bank."""
    [one] = [one for one in kept if one.id == number]
    return not {item.id for item in loading.bank(bank).items}.isdisjoint(one.parameters.table["item"])


def look_at(number: int) -> None:
    """Have the next page look at a parameter set."""
    st.session_state["look at"] = number


def standing(number: int, used: int | None, rejected: Collection[int]) -> str:
    """Return where a parameter set stands, in words."""
    return "in use" if number == used else "rejected" if number in rejected else "proposed"


def usual_set(kept: Sequence[StoredSet], items: Collection[str], rejected: Collection[int]) -> int:
    """Return the set that pages look at first: the newest of this bank's items that nobody rejected."""
    fitting = [
        one.id
        for one in kept
        if one.id not in rejected and not set(items).isdisjoint(one.parameters.table["item"])
    ]
    return fitting[-1] if fitting else kept[-1].id


def item(bank: str) -> str:
    """Return the item that is looked at."""
    known = [one.id for one in loading.bank(bank).items]
    asked = st.query_params.get("item", "")
    place = known.index(asked) if asked in known else 0
    chosen: str = st.selectbox("Item", known, index=place, key="item chosen")
    st.query_params["item"] = chosen
    return chosen


def open_item(item: str, *, page: str = "item", **query: str) -> None:
    """Go to a page about an item, perhaps to a `side` of it."""
    from dashboard.navigation import page as named

    st.session_state.pop("item chosen", None)
    st.switch_page(named(page), query_params={"item": item, **query})


def has_simulated() -> bool:
    """Return whether any session was simulated."""
    return loading.is_simulated()
