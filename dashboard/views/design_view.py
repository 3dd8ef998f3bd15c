"""Test design: choose rules, let simulated people take the test, compare, save, publish."""

import tomllib
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loading, outage, rules_form, showing, trial, work
from dashboard.store import designs
from dashboard.store.designs import SavedDesign
from dashboard.store.roles import who_may
from dashboard.trial import GRID, POPULATION, People, Trial
from dashboard.views import choosing, design_results, rules_editor
from dashboard.views.choosing import Place
from dashboard.views.rules_editor import Form
from engine.catalogue import gallery
from engine.delivery.edition import Edition, compile_edition, draft
from engine.rules import CatRules
from engine.simulation.sympson_hetter import ROUNDS
from items.errors import BadInput

UPLOAD = "A rules file that I upload"
DRAFT = "draft"
LARGEST = 1
"""Megabytes of a rules file."""


def show() -> None:
    """Show the page."""
    place = choosing.begin(
        "Test design",
        "For psychometricians: choose the rules of a test, let simulated people take it, and publish it.",
    )
    if place is None:
        return
    if place.chosen is None:
        showing.empty(
            "This bank has no parameters yet.", "Calibrate it, or keep a parameter file under Calibrate."
        )
        return
    _begin_with(place)
    _design(place)
    design_results.show(place)


def _begin_with(place: Place) -> None:
    """Let people open rules to begin with; what is open stays until they do."""
    known = _known(place.bank)
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = row.selectbox("Begin with", [*known, UPLOAD], key="begin with")
    given = None
    if chosen == UPLOAD:
        given = st.file_uploader("Rules file (TOML)", ["toml"], max_upload_size=LARGEST, key="rules file")
    text = (
        known.get(chosen)
        if chosen != UPLOAD
        else given.getvalue().decode("utf-8", "replace")
        if given
        else None
    )
    opened = row.button("Open these rules", disabled=text is None, key="open rules")
    if "design rules" not in st.session_state or st.session_state.get("design bank") != place.bank:
        first = next(iter(known))
        _open(place.bank, first, known[first])
    elif opened and text is not None:
        _open(place.bank, given.name if given else chosen, text)


def _open(bank: str, name: str, text: str) -> None:
    """Begin anew with the text of a rules file; one that cannot be read changes nothing."""
    try:
        rules = CatRules.parse(text, where=name)
    except BadInput as error:
        st.error(f"These rules cannot be opened: {error}. What was open before still is.")
        return
    saved = (
        designs.find(loading.database(), name.removeprefix("Saved: ")) if name.startswith("Saved: ") else None
    )
    st.session_state.update(
        {
            "design rules": dict(rules.document),
            "design changed": None,
            "design bank": bank,
            "design name": name.partition(": ")[2] or name,
            "design saved": saved,
            "design number": st.session_state.get("design number", 0) + 1,
        }
    )


def _known(bank: str) -> dict[str, str]:
    """Return the texts of rules files to begin with: on offer, saved, and ready ones."""
    offered = {
        f"Published: {one.assessment.title}": one.assessment.rules
        for one in loading.editions()
        if one.offered and one.assessment.bank == bank
    }
    saved = {f"Saved: {name}": one.rules for name, one in designs.saved(loading.database(), bank).items()}
    return offered | saved | {f"Ready: {name}": text for name, text in gallery().items()}


@st.fragment
def _design(place: Place) -> None:
    """Show the rules, the people, and the button that lets these take the test."""
    with outage.said(key="try again to design"):
        _rules_and_people(place)


def _rules_and_people(place: Place) -> None:
    number = st.session_state["design number"]
    form = Form(f"rules {number}", *_items(place.bank))
    st.subheader(f"The rules: {st.session_state['design name']}")
    _turn_to(rules_editor.open_tab())
    try:
        document = rules_editor.edit(st.session_state["design rules"], form)
        st.session_state["design changed"] = document
        text = rules_form.as_toml(document)
        CatRules.parse(text, where="the rules")
    except (BadInput, ValueError) as error:
        st.error(f"These rules cannot be run: {error}.", icon=":material/error:")
        return
    with st.expander("The rules as a file"):
        _file(place, text, number)
    people = _people(place)
    if people is None:
        return
    row = st.container(horizontal=True, vertical_alignment="center")
    started = row.button("Simulate", type="primary", icon=":material/play_arrow:", key="simulate")
    now: Trial | None = st.session_state.get("design B")
    if now is not None and (now.edition.assessment.rules, now.people) != (text, people):
        row.caption("The results below are of the settings before; simulate to see what the changes do.")
    if started:
        with outage.said():
            _simulate(place, text, people)


def _turn_to(tab: str) -> None:
    """Keep what was changed on the tab before, if another is open now: only the open one is a form."""
    if tab != st.session_state.get("design tab", tab):
        changed = st.session_state["design changed"]
        st.session_state["design rules"] = changed or st.session_state["design rules"]
    st.session_state["design tab"] = tab


def _items(bank: str) -> tuple[list[str], "pd.Series[Any]"]:
    """Return the items that rules may name, and how many operational ones each skill has."""
    entries = loading.bank(bank).entries
    usable = [one for one in entries if one.status.value in ("operational", "pilot")]
    operational = pd.Series(
        [one.item.skill for one in usable if one.status.value == "operational"], dtype=str
    )
    return [one.item.id for one in usable], operational.value_counts().sort_index()


def _people(place: Place) -> People | None:
    """Ask who takes the simulated test."""
    mean, sd = _population(place)
    st.subheader("Who takes it")
    row = st.columns(4)
    source = row[0].selectbox("True abilities", [POPULATION, GRID], key="people source")
    n = row[1].number_input("Candidates", 100, 200_000, 2000, 500, key="people n")
    told: dict[str, Any] = {}
    if source == POPULATION:
        told["mean"] = row[2].number_input("Mean (logits)", value=mean, step=0.1, key=f"people mean {mean:g}")
        told["sd"] = row[3].number_input("SD (logits)", value=sd, step=0.1, key=f"people sd {sd:g}")
    else:
        told["low"] = row[2].number_input("Lowest (logits)", value=-3.0, step=0.5, key="people low")
        told["high"] = row[3].number_input("Highest (logits)", value=3.0, step=0.5, key="people high")
    row = st.columns(4)
    told["admitting"] = (
        row[0].slider(
            "Say “I don't know yet”",
            0,
            100,
            0,
            5,
            format="%d%%",
            key="people admit",
            help="Share of people who admit it where others guess; matters for items with a lower asymptote.",
        )
        / 100
    )
    told["guessing"] = (
        row[1].slider(
            "End up guessing",
            0,
            100,
            0,
            5,
            format="%d%%",
            key="people guess",
            help="Share of people who stop thinking at some question and answer at random from there on.",
        )
        / 100
    )
    told["seed"] = int(
        row[2].number_input("Seed", 0, 2**31, 1, key="people seed", help="Same seed, same people")
    )
    try:
        return People(n=int(n), source=source, **told)
    except BadInput as error:
        st.error(f"Nobody can take the test: {error}.", icon=":material/error:")
        return None


def _population(place: Place) -> tuple[float, float]:
    assert place.chosen is not None
    population = loading.stored(place.bank, place.chosen).parameters.population
    mean, sd = population.get("all") or next(iter(population.values()))
    return float(mean), float(sd)


def _simulate(place: Place, text: str, people: People) -> None:
    """Let the people take the test while the page shows how many have."""
    bar, done = st.progress(0.0, text="The rules are made ready for the bank"), [0]

    def tell(more: int) -> None:
        done[0] += more
        bar.progress(
            done[0] / people.n, text=f"{done[0]:,} of {people.n:,} simulated candidates have finished"
        )

    def compiled(rules: str) -> Edition:
        database, chosen = loading.database(), place.chosen
        assessment = draft(database, DRAFT, title=DRAFT, bank=place.bank, rules=rules, parameter_set=chosen)
        return compile_edition(database, assessment)

    def calibrating(rounds: int) -> None:
        bar.progress(rounds / ROUNDS, text=f"Exposure control is calibrated: round {rounds} of {ROUNDS}")

    try:
        ready = trial.rules_made_ready(text, people, compiled, progress=calibrating)
        found = trial.run(st.session_state["design name"], compiled(ready), people, progress=tell)
    except BadInput as error:
        bar.empty()
        st.error(
            f"This test cannot be given: {error}. Change the rules; nothing was lost.",
            icon=":material/error:",
        )
        return
    st.session_state["design B"] = found
    if ready != text:
        _replace(tomllib.loads(ready))
    st.rerun()


def _file(place: Place, text: str, number: int) -> None:
    """Show the rules as a file: to read, to change, to take away, to keep."""
    changed = st.text_area("Rules file (TOML)", text, height=320, key=f"rules text {number} {hash(text)}")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    if row.button("Take over what I changed here", disabled=changed == text, key="take over"):
        try:
            rules = CatRules.parse(changed, where="the rules")
        except BadInput as error:
            st.error(f"This cannot be taken over: {error}.")
        else:
            _replace(rules.document)
    row.download_button(
        "Download the rules file",
        text,
        "rules.toml",
        "application/toml",
        key="download rules",
        on_click="ignore",
    )
    before: SavedDesign | None = st.session_state.get("design saved")
    if not place.person.may("calibrate"):
        st.caption(f"Designs are saved by {who_may('calibrate')}; you may try and download them.")
        return
    name = row.text_input(
        "Name of the design", before.name if before else "", max_chars=80, key=f"name {number}"
    )
    if row.button("Save under this name", key="save design"):
        with outage.said():
            _save(place, name, text, before)
    if before:
        st.caption(
            f"Revision {before.revision}, saved by {before.by} on {before.at[:16].replace('T', ' at ')}."
        )


def _replace(document: Mapping[str, Any]) -> None:
    st.session_state["design rules"] = dict(document)
    st.session_state["design changed"] = None
    st.session_state["design number"] += 1
    st.rerun()


def _save(place: Place, name: str, text: str, before: SavedDesign | None) -> None:
    """Keep the design under a name, unless somebody else did so since it was opened."""
    after = before.revision if before and before.name == name.strip() else 0
    try:
        made = designs.save(
            loading.database(),
            name,
            bank=place.bank,
            rules=text,
            after=after,
            at=work.now(),
            by=place.person.name,
        )
    except BadInput as error:
        st.error(f"Nothing was saved: {error}.")
        return
    st.session_state["design saved"] = made
    st.session_state["design rules"] = tomllib.loads(text)
    st.toast(f"Saved as “{made.name}”, revision {made.revision}", icon=":material/check:")
