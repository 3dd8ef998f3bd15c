"""Fairness: do questions work alike for equally able people of different groups?"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from calibration.dif.methods import LEVEL
from dashboard import loading, showing, work
from dashboard.fairness import EVERYBODY, METHODS
from dashboard.figures.dif_curves import dif_curves, draw_dif_curves
from dashboard.figures.dif_effects import dif_effects, draw_dif_effects
from dashboard.figures.dif_gain import dif_gain, draw_dif_gain
from dashboard.figures.impact import Impact, draw_impact, impact_in_words
from dashboard.figures.names import first_of
from dashboard.figures.theme import Figure
from dashboard.store import comparisons, jobs
from dashboard.store.analyses import KeptAnalysis
from dashboard.store.jobs import Job
from dashboard.views import choosing, source, waiting
from dashboard.views.choosing import Place
from dashboard.views.columns import DIF, filled
from dashboard.views.source import Source

NOWHERE: Mapping[str, str] = {}
STANDING = "standing (total, or ability)"
ALL = "all groups at once"
SEVERAL = ("mh", "logistic", "lr", "andersen")
"""Methods that compare more than two groups."""


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "Fairness",
        "For psychometricians and content teams: is a question harder for one group than for equally able "
        "people of another?",
    )
    if place is None:
        return
    job = jobs.newest(loading.database(), "compare", by=place.person.name)
    if job and work.running(job):
        waiting.watch(job.id, "The groups are being compared")
    sides = {"What was found": lambda: _found(place), "A new comparison": lambda: _new(place, job)}
    showing.tabs(sides, "fairness side")


def _found(place: Place) -> None:
    kept = None if place.chosen is None else loading.analysis(place.bank, place.chosen)
    made = comparisons.titles(loading.database(), place.bank)
    known: dict[Any, str] = {**made, **_analysed_groups(kept, place.chosen)}
    if not known:
        showing.empty(
            "No groups have been compared yet.",
            "Compare some under “A new comparison”. Groups come as columns `g_…` of an uploaded log, or as a "
            "file `person,g_…` beside the sessions of this bank: candidates are not asked for them.",
        )
        return
    newest = next(iter(known))
    chosen = st.selectbox(
        "Comparison", list(known), format_func=known.__getitem__, key=f"comparison {newest} {place.chosen}"
    )
    if isinstance(chosen, str):
        assert kept is not None
        _analysed(kept, chosen)
        return
    tables, facts = loading.comparison(chosen)
    showing.stands_at(comparison=chosen)
    _told(facts)
    sides = {
        "Items": lambda: _items(tables["dif"], facts),
        "One item, group by group": lambda: _curves(tables, facts),
        "Impact": lambda: _impact(tables, facts),
    }
    showing.tabs(sides, "comparison side")


def _analysed_groups(kept: KeptAnalysis | None, number: int | None) -> dict[str, str]:
    """Return the comparisons that an analysis made by itself, each under the name of its groups."""
    names = [] if kept is None else kept.groups
    return {name: f"g_{name}: with the analysis of set {number}" for name in names}


def _analysed(kept: KeptAnalysis, group: str) -> None:
    """Show the groups that were compared when the log was analysed."""
    dif, curves = kept[f"dif_{group}"], kept[f"dif_curves_{group}"]
    labels = list(dict.fromkeys(curves["group"]))
    st.caption(
        f"By g_{group}: {', '.join(map(str, labels))}; {METHODS['mh']}, purified. Made with the analysis of "
        f"{kept.source} on {kept.at[:10]}."
    )
    effects, counts = f"analysis['dif_{group}']", f"analysis['dif_curves_{group}']"

    def items() -> None:
        _items(dif, {"labels": labels, "method": "mh"}, {"tables['dif']": effects, "facts['method']": "'mh'"})

    def one() -> None:
        here = {
            "tables['curves']": counts,
            "facts['group']": repr(group),
            "facts['standing']": repr(STANDING),
        }
        _curves({"dif": dif, "curves": curves}, {"group": group, "standing": STANDING}, here)

    showing.tabs({"Items": items, "One item, group by group": one}, "analysed side")


def _drawn(figure: Figure, elsewhere: Mapping[str, str]) -> None:
    """Show a figure whose numbers stand elsewhere than those of a comparison."""
    code = figure.code
    for name, other in elsewhere.items():
        code = code.replace(name, other)
    showing.figure(replace(figure, code=code))


def _items(dif: pd.DataFrame, facts: dict[str, Any], elsewhere: Mapping[str, str] = NOWHERE) -> None:
    several = len(facts["labels"]) > 2
    focal = "the other groups" if several else facts["labels"][-1]
    _drawn(draw_dif_effects(dif_effects(dif, facts["method"], focal)), elsewhere)
    if "effect_low" in dif:
        showing.figure(draw_dif_gain(dif_gain(dif)))
    if "lr_p" in dif:
        _whole(dif.iloc[0])
    showing.table(filled(dif, DIF).sort_values("p_adjusted"), "dif", DIF)
    showing.thresholds(["dif_large", "dif_moderate"])


def _whole(row: "pd.Series[Any]") -> None:
    """Say what Andersen's test finds of all items together."""
    found = "agree" if row["lr_p"] >= LEVEL else "differ"
    st.markdown(
        f"The difficulties of all items together **{found}** between the groups: LR {row['lr']:.1f} with "
        f"{row['lr_df']:.0f} degrees of freedom, p {row['lr_p']:.2g} (Andersen 1973). Single items are "
        "compared by Wald's χ², each group's difficulties summing to 0."
    )


def _impact(tables: dict[str, pd.DataFrame], facts: dict[str, Any]) -> None:
    showing.figure(draw_impact(Impact(tables["shares"], tables["impact"], facts["standing"])))
    showing.table(impact_in_words(tables["impact"]), "impact_by_group")


def _told(facts: dict[str, Any]) -> None:
    """Say who was compared, how, and on what people were matched."""
    reference, *others = [
        f"{label} ({size:,} people)" for label, size in zip(facts["labels"], facts["sizes"], strict=True)
    ]
    matched = f", matched on {facts['matched_on']}" if facts["matched_on"] else ""
    purified = ""
    if facts["purified"]:
        settled = "" if facts["settled"] else ", which did not settle"
        purified = (
            f"; after {facts['rounds']} round(s) of purification{settled}, {facts['anchors']} of "
            f"{facts['n_items']} items served as the yardstick"
        )
    st.caption(
        f"By {facts['group']}: reference {reference}, focal {', '.join(others)}; "
        f"{METHODS[facts['method']]}{matched}{purified}. Answers from {facts['source']}."
    )
    if left_out := facts.get("left_out"):
        few = f"{len(left_out)} items have too few answers to be compared"
        st.caption(f"{few}{first_of(left_out)}.")


def _curves(
    tables: dict[str, pd.DataFrame], facts: dict[str, Any], elsewhere: Mapping[str, str] = NOWHERE
) -> None:
    worst = tables["dif"].sort_values("p_adjusted")["item"].tolist()
    item = st.selectbox("Item", worst, key="dif item", help="The clearest differences come first")
    record = dif_curves(tables["curves"], facts["group"], item, standing=facts["standing"])
    if record.points.empty:
        showing.empty("Too few answers to this item.", "Five in a bin are the least.")
        return
    _drawn(draw_dif_curves(record), elsewhere)


def _new(place: Place, job: Job | None) -> None:
    """Offer to compare groups, once the comparison under way is over."""
    if not place.person.may("calibrate"):
        showing.empty("Comparisons are made by psychometricians.", "You see all that they found.")
        return
    if work.running(job):
        return
    if job and job.state == jobs.FAILED:
        st.error(f"The last comparison failed: {job.message}", icon=":material/error:")
    chosen = source.choose(place, job, groups=True)
    if chosen is None:
        return
    if not chosen.members:
        showing.empty(
            "These answers name no groups.",
            "In a log, add a column `g_…` (such as `g_gender`); for sessions, upload a file `person,g_…`.",
        )
        return
    source.preview(place, chosen)
    _settings(place, chosen)


def _settings(place: Place, chosen: Source) -> None:
    """Offer the settings and start the comparison."""
    first, second = st.columns(2)
    group = first.selectbox("Groups", list(chosen.members), key="dif group")
    members = chosen.members[group]
    words = {label: f"{label} ({n:,} people)" for label, n in members.items()}
    labels = sorted(members, key=lambda label: -members[label])
    several = [ALL] if len(labels) > 2 else []
    focal = first.selectbox(
        "Focal group",
        [*several, *reversed(labels)],
        format_func=lambda label: words.get(label, label),
        key=f"focal of {group}",
        help="The group whose disadvantage is looked for",
    )
    others = [] if focal == ALL else [label for label in labels if label != focal]
    reference = second.selectbox(
        "Reference group",
        others if len(labels) == 2 else [EVERYBODY, *others],
        format_func=lambda label: words.get(label, label),
        key=f"reference of {group} {focal}",
    )
    methods = SEVERAL if focal == ALL else tuple(METHODS)
    method = second.selectbox("Method", methods, format_func=METHODS.__getitem__, key="dif method")
    whole = method == "andersen"
    purify = st.toggle(
        "Purify: leave items that differ out of the yardstick, until it stays the same",
        not whole,
        disabled=whole,
        key=f"purify {whole}",
    )
    if st.button("Compare the groups", type="primary"):
        request = {
            "bank": place.bank,
            "parameter_set": place.chosen,
            "group": group,
            "focal": None if focal == ALL else focal,
            "reference": None if reference == EVERYBODY else reference,
            "method": method,
            "purify": purify,
            **chosen.request,
        }
        work.begin(loading.database(), "compare", request, by=place.person.name)
        st.rerun()
