"""The pages by group, in the order of the morning's work."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.views import (
    administration_view,
    calibrate_view,
    design_view,
    dimensionality_view,
    fairness_view,
    item_view,
    items_view,
    live_view,
    overview_view,
    people_view,
    ratings_view,
    response_time_view,
    sessions_view,
    verdict_view,
)

GROUPS = {
    "Today": [
        ("overview", "Overview", ":material/wb_sunny:", overview_view.show),
    ],
    "Questions": [
        ("items", "Items", ":material/table_rows:", items_view.show),
        ("item", "One item", ":material/quiz:", item_view.show),
        ("ratings", "Ratings and triage", ":material/reviews:", ratings_view.show),
        ("verdict", "Verdict", ":material/gavel:", verdict_view.show),
    ],
    "Measurement": [
        ("calibrate", "Calibrate", ":material/tune:", calibrate_view.show),
        ("fairness", "Fairness", ":material/balance:", fairness_view.show),
        ("dimensionality", "Dimensions, dependence", ":material/hub:", dimensionality_view.show),
        ("response-time", "Response time", ":material/timer:", response_time_view.show),
        ("people", "People", ":material/groups:", people_view.show),
    ],
    "Tests": [
        ("design", "Test design", ":material/design_services:", design_view.show),
        ("live", "Live against design", ":material/compare_arrows:", live_view.show),
        ("sessions", "Sessions", ":material/timeline:", sessions_view.show),
    ],
    "Administration": [
        ("administration", "Administration", ":material/shield_person:", administration_view.show),
    ],
}


NEEDS = {"calibrate": "calibrate", "administration": "administer"}
"""The right that a page needs, where looking is not enough."""


def open_to(may: Callable[[str], bool]) -> dict[str, list[Any]]:
    """Return what stands in `GROUPS`, for somebody with these rights; the first page is for everybody."""
    allowed = {
        group: [one for one in listed if one[0] == FIRST or may(NEEDS.get(one[0], "look"))]
        for group, listed in GROUPS.items()
    }
    return {group: listed for group, listed in allowed.items() if listed}


def pages(may: Callable[[str], bool]) -> dict[str, list[Any]]:
    """Return the pages by group, for somebody with these rights; the first at two addresses.

    Pages that are not for them stand in no menu, but say so themselves to whoever follows a link to one.
    """
    allowed = open_to(may)
    known = {
        group: [_page(*one, first=one[0] == FIRST) for one in listed] for group, listed in allowed.items()
    }
    closed = [one for group, listed in GROUPS.items() for one in listed if one not in allowed.get(group, [])]
    known[next(iter(known))] += [
        st.Page(_to_first, url_path=FIRST, visibility="hidden"),
        *(st.Page(show, title=title, url_path=name, visibility="hidden") for name, title, _, show in closed),
    ]
    return known


def page(name: str) -> Any:
    """Return one page by its address."""
    for listed in GROUPS.values():
        for one in listed:
            if one[0] == name:
                return _page(*one, first=name == FIRST)
    raise KeyError(name)


FIRST = "overview"
"""The page that opens first. Streamlit gives it the address / only: a hidden one at /overview leads there."""


def _page(name: str, title: str, icon: str, show: Any, *, first: bool) -> Any:
    return st.Page(show, title=title, icon=icon, url_path="first" if first else name, default=first)


def _to_first() -> None:
    st.switch_page(page(FIRST))
