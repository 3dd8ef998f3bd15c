"""Verdict on an item: what speaks for and against it, what to do, and what another key would change."""

import pandas as pd
import streamlit as st

from dashboard import loading, showing
from dashboard.rekeying import rekey
from dashboard.reporting import reporting_scale
from dashboard.store import read_model
from dashboard.verdict import LEAST, judge
from dashboard.views import choosing, waiting
from dashboard.views.choosing import Place
from items.interactions import Choice, Numeric, ShortText
from items.interactions.base import RESERVED
from items.item import Item
from items.naming import first_few

LOOK = {
    "suspend": (":material/block:", st.error),
    "mend": (":material/build:", st.warning),
    "watch": (":material/visibility:", st.info),
    "wait": (":material/hourglass_empty:", st.info),
    "keep": (":material/check_circle:", st.success),
}


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "Verdict on an item",
        "For authors and psychometricians: all that is known of a question, in one sentence and an action.",
    )
    if place is None:
        return
    name = choosing.item(place.bank)
    waiting.analysis(place.bank, place.chosen, by=place.person.name)
    rows = loading.items(place.bank, place.chosen)
    row = {str(key): value for key, value in rows[rows["item"] == name].to_dict("records")[0].items()}
    reports = loading.reports(place.bank)
    reports = reports[(reports["item"] == name) & (reports["version"] == row["version"])]
    flags = loading.flags(place.bank, place.chosen)
    theirs = flags[flags["item"] == name]
    found = judge(row, theirs, reports)
    icon, box = LOOK[found.word]
    box(f"**{found.word.capitalize()}**: {found.sentence}. {found.action}", icon=icon)
    st.caption(
        f"Version {row['version']}. Answers: {row['n']:,}; ratings: {row['rated']:,}; reports of a problem: "
        f"{len(reports):,}. Statistics alone are heard from {LEAST} answers on."
    )
    if not theirs.empty:
        columns = ["flag", "severity", "evidence", "action", "basis", "source"]
        showing.table(theirs[columns], f"flags_{name}")
    _what_if(place, name, int(str(row["version"])))


def _what_if(place: Place, name: str, version: int) -> None:
    item = loading.bank(place.bank).item(name)
    st.subheader("What if the key were another")
    if place.chosen is None:
        showing.empty("This bank has no parameters yet.", "Calibrate it first.")
        return
    if not isinstance(item.interaction, Choice | Numeric | ShortText):
        showing.empty("This item has no key.", "People score its answers.")
        return
    given = loading.answers(place.bank, name, version)
    given = given[~given["response"].isin(list(RESERVED))]
    right = _key(item, given)
    if not right or given.empty:
        st.caption("Choose at least one answer; scores of everybody who met the item are then computed anew.")
        return
    parameters = loading.pool(place.bank, place.chosen).parameters
    log = read_model.log(loading.database(), place.bank, met=(name, version))
    scale = reporting_scale(loading.database(), place.bank)
    changed = rekey(log, name, version, right, parameters=parameters, scale=scale)
    st.write(changed.sentence)
    showing.next_step("if another key is right, change it in the editor: the item becomes a new version.")
    if st.button("Edit the item", icon=":material/edit:"):
        choosing.open_item(name, side="Edit")
    if place.person.may("see people"):
        moved = changed.people[changed.people["before"] != changed.people["after"]]
        showing.table(moved.astype({"before": int, "after": int}), f"rekeyed_{name}")


def _key(item: Item, given: pd.DataFrame) -> list[str]:
    """Let people choose another key: options, or of typed answers those that would be right, too."""
    often = [str(answer) for answer in given["response"].value_counts().index]
    if isinstance(item.interaction, Choice):
        known = sorted({*often, *(option.id for option in item.interaction.options)})
        return st.multiselect("Answers that would be right", known, key=f"key {item.id}")
    now = sorted(set(given.loc[given["category"] == item.n_categories - 1, "response"]))
    more = st.multiselect(
        "Answers that would be right, too",
        [answer for answer in often if answer not in now],
        key=f"key {item.id}",
        help=f"The most frequent first. Right now: {first_few(now) or 'none of those given'}.",
    )
    return [*now, *more] if more else []
