"""The versions of an item side by side: what was changed, by whom, and the parameters of each."""

from itertools import pairwise

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import loading, showing
from dashboard.editing import changes
from dashboard.figures.item_curve import proportion_interval
from dashboard.store import triage
from dashboard.views.choosing import Place, standing
from items.bank import Entry
from items.storage import banks
from items.storage.editing import Saved, saved


def show(place: Place, entry: Entry) -> None:
    """Show versions, parameters, states and the story of triage."""
    story = saved(loading.database(), place.bank, entry.item.id)
    st.subheader("Versions")
    showing.table(versions(place.bank, story), f"versions_{entry.item.id}")
    st.caption("From … to: the 95 % interval of the share (Jeffreys).")
    for before, after in pairwise(story):
        label = f"What changed from {_name(before)} to {_name(after)}, by {after.by} on {after.at[:10]}"
        with st.expander(label):
            told = changes(Entry(item=before.item), Entry(item=after.item))
            st.code(told or "Only what candidates are shown beside the text: a figure or a passage.", "diff")
    st.subheader("Parameters in each set")
    table = parameters(place.bank, entry.item.id)
    if table.empty:
        st.caption("No set holds this item yet.")
    else:
        showing.table(table, f"parameters_{entry.item.id}")
    st.subheader("States")
    states = pd.DataFrame(banks.status_history(loading.database(), place.bank, entry.item.id))
    showing.table(states.iloc[::-1], f"states_{entry.item.id}")
    _triage(place, story)


def versions(bank: str, story: tuple[Saved, ...]) -> pd.DataFrame:
    """Return one row for each saved state with who saved it, answers, share of full score (95 %), stars."""
    item = story[0].item.id
    counted = loading.counts(bank)
    counted = counted[counted["item"] == item].set_index("version")
    stars = loading.stars(bank)
    stars = stars[stars["item"] == item].set_index("version")
    rows = [
        {
            "version": one.item.version,
            "revision": one.item.revision,
            "at": one.at,
            "by": one.by,
            "answers": int(counted["n"].get(one.item.version, 0)),
            **dict(zip(("share of full score", "from", "to"), _share(counted, one), strict=True)),
            "ratings": int(stars["rated"].get(one.item.version, 0)),
            "mean stars": stars["stars"].get(one.item.version, float("nan")),
        }
        for one in story
    ]
    return pd.DataFrame(rows).iloc[::-1]


def parameters(bank: str, item: str) -> pd.DataFrame:
    """Return the item's row of every parameter set of the bank, the newest first."""
    used, rejected = loading.set_in_use(bank), loading.rejected()
    rows = [
        one.parameters.table[one.parameters.table["item"] == item].assign(
            set=one.id, state=standing(one.id, used, rejected), at=one.at
        )
        for one in reversed(loading.sets(bank))
    ]
    table = pd.concat(rows) if rows else pd.DataFrame()
    if table.empty:
        return table
    first = ["set", "state", "at", "version", "model"]
    others = [name for name in table if name not in (*first, "item")]
    return table[[*first, *others]].dropna(axis=1, how="all")


def _share(counted: pd.DataFrame, one: Saved) -> tuple[float, float, float]:
    """Return the share of the full score of a version with its 95 % interval."""
    version = one.item.version
    if version not in counted.index or not (n := counted["scored"][version]):
        return (float("nan"),) * 3
    share = np.array(counted["points"][version] / (n * (one.item.n_categories - 1)))
    low, high = proportion_interval(share, np.array(n))
    return float(share), float(low), float(high)


def _name(one: Saved) -> str:
    return f"{one.item.version}.{one.item.revision}"


def _triage(place: Place, story: tuple[Saved, ...]) -> None:
    numbers = sorted({one.item.version for one in story}, reverse=True)
    item = story[0].item.id
    told = [triage.history(loading.database(), place.bank, item, number) for number in numbers]
    records = [record for one in told for record in reversed(one)]
    if records:
        st.subheader("Triage")
        rows = [
            {"version": one.version, "state": one.words, "owner": one.owner, "note": one.note}
            | {"at": one.at, "by": one.by}
            for one in records
        ]
        showing.table(pd.DataFrame(rows), f"triage_{item}")
