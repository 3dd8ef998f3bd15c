"""What several pages let people choose: a bank, a parameter set, an item; and the way between pages."""

import streamlit as st

from dashboard import loading, showing


def bank() -> str | None:
    """Return the bank that is looked at; where there is none, say what to do."""
    known = loading.bank_ids()
    if not known:
        showing.empty("There is no bank yet.", "Import one with `itemwise items import bank.yaml`.")
        return None
    if len(known) == 1:
        return known[0]
    return st.sidebar.selectbox("Bank", known, key="bank", bind="query-params")


def parameter_set(bank: str) -> int | None:
    """Return the number of the parameter set that is looked at: the newest, unless another is chosen."""
    kept = loading.sets(bank)
    if not kept:
        return None
    made = loading.promotions(bank)
    used = made[-1].parameter_set if made else None
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


def open_item(item: str) -> None:
    """Go to the page of an item."""
    from dashboard.navigation import page

    st.session_state.pop("item chosen", None)
    st.switch_page(page("item"), query_params={"item": item})


def has_simulated() -> bool:
    """Return whether any session was simulated."""
    return bool(loading.sessions()["simulated"].any())
