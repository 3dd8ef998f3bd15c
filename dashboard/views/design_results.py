"""What came of a simulated design: precision, length, use of the bank, blueprint, decisions; publish it."""

import re
from collections.abc import Callable, Mapping

import pandas as pd
import streamlit as st
from sqlalchemy import Engine

from dashboard import loading, showing, work
from dashboard.figures.exposure import draw_exposure, draw_exposure_histogram, exposure_rates
from dashboard.figures.lengths import draw_lengths, test_lengths
from dashboard.figures.precision import draw_coverage, draw_precision, precision
from dashboard.figures.two_designs import (
    draw_bias_of_two,
    draw_errors_of_two,
    draw_exposure_of_two,
    draw_lengths_of_two,
    two_designs,
)
from dashboard.store import audit
from dashboard.trial import MEASURES, Trial
from dashboard.trial_tables import CUTS_WORDS, attainment, compared, cuts, measures
from dashboard.views.choosing import Place
from dashboard.words import word
from engine.delivery.assessments import Published
from engine.delivery.edition import Edition, publish
from engine.delivery.succession import goes_on_from
from items.errors import BadInput

ADDRESS = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def show(place: Place) -> None:
    """Show the last simulated design, beside the one that was kept as A."""
    found: Trial | None = st.session_state.get("design B")
    if found is None or found.edition.assessment.bank != place.bank:
        showing.next_step("press **Simulate**; two thousand candidates take a second or two.")
        return
    st.header("What came of it")
    st.caption(
        f"{found.people.words}; seed {found.people.seed}, {found.study.seconds:.1f} seconds. All of it is "
        "simulated."
    )
    for note in found.study.design.notes:
        st.caption(note)
    showing.stands_at(**_of(found, ""))
    kept: Trial | None = st.session_state.get("design A")
    if st.button("Keep this design as A, to compare the next one with it", icon=":material/push_pin:"):
        st.session_state["design A"] = found
        st.rerun()
    sides: dict[str, Callable[[], None]] = {
        "In numbers": lambda: _numbers(found),
        "Precision": lambda: _precision(found),
        "Length": lambda: _length(found),
        "Use of the bank": lambda: _use(found),
        "Blueprint": lambda: _blueprint(found),
        "Decisions": lambda: _decisions(found),
        "A and B": lambda: _two(kept, found),
        "Publish": lambda: _publish(place, found),
    }
    sides[showing.side(list(sides), "design side")]()


def _of(found: Trial, which: str) -> dict[str, object]:
    """Return what a trial is of, for the code beside its figures."""
    about = found.edition.assessment
    known = {"rules": about.rules, "people": found.people, "parameter_set": about.parameter_set}
    return {f"{name}{which}": value for name, value in known.items()}


FACTS = {
    "Questions a test": ("mean_length", ".1f"),
    "Error made": ("rmse", ".2f"),
    "Error claimed": ("mean_se", ".2f"),
    "Bands that hold": ("coverage_95", ".1%"),
    "Largest exposure": ("max_exposure", ".0%"),
    "Overlap of two tests": ("mean_overlap", ".1%"),
}
"""What stands above the table of all measures: which one, and its digits."""


def _numbers(found: Trial) -> None:
    value, known = found.values, measures(found).set_index("measure")
    limit = found.study.exposure_limit
    asked = f" (at most {limit:.0%} asked for)" if limit else ""
    showing.facts(
        {
            words: f"{value[name]:{form}}{asked * (name == 'max_exposure')}"
            for words, (name, form) in FACTS.items()
        },
        sure={
            words: showing.interval(*known.loc[MEASURES[name], ["low", "high"]], form=form)
            for words, (name, form) in FACTS.items()
            if MEASURES[name] in known.index
        },
    )
    st.caption(
        f"From {found.people.n:,} simulated candidates; below each number, and in the table, the interval "
        "that holds it in 95 % of such simulations (bootstrap over people). Errors are in logits."
    )
    columns = _four_digits("value", "low", "high")
    showing.table(measures(found), "measures", columns)
    of = dict(st.session_state.get(showing.STANDS_AT, {}))
    showing.folded("The code", "code of the measures", lambda: showing.code("study.summary", of))


def _four_digits(*names: str) -> showing.Columns:
    return {name: st.column_config.NumberColumn(word(name).label, format="%.4g") for name in names}


def _precision(found: Trial) -> None:
    study = found.study
    bins = precision(study.along_ability)
    showing.figure(draw_precision(bins))
    showing.figure(draw_coverage(bins))


def _length(found: Trial) -> None:
    showing.figure(draw_lengths(test_lengths(found.study.simulees)))


def _use(found: Trial) -> None:
    rates = exposure_rates(found.study.items, limit=found.study.exposure_limit)
    showing.figure(draw_exposure_histogram(rates))
    showing.figure(draw_exposure(rates))
    st.caption(
        f"Two tests share {found.values['mean_overlap']:.1%} of their questions on average "
        "(Chen, Ankenmann & Spray 2003)."
    )
    if found.study.design.cuts.size:
        st.markdown("**The busiest item in each band of ability**, and what chance allows it")
        showing.table(found.study.bands, "bands")


def _blueprint(found: Trial) -> None:
    table = attainment(found.study)
    if table.empty:
        showing.empty("This design has no blueprint.", "Choose how it is met under “Blueprint”.")
        return
    worst = table.sort_values("met").iloc[0]
    st.caption(
        f"All conditions are met in {1 - found.values['broken']:.1%} of the tests; the one met least, "
        f"{worst['condition']}, in {worst['met']:.1%} ({worst['met_low']:.1%} to {worst['met_high']:.1%})."
    )
    showing.table(table, "blueprint")


def _decisions(found: Trial) -> None:
    table = cuts(found.study)
    if table.empty:
        showing.empty("This design has no levels.", "Name them under “Score and levels”.")
        return
    summary = found.study.decisions
    st.caption(
        f"{found.values['right_level']:.1%} of the tests end in the level of the true ability. By their own "
        f"standard errors {summary['decision_accuracy']:.1%} would, and two tests of the same person would "
        f"agree in {summary['decision_consistency']:.1%} (Rudner 2001)."
    )
    showing.table(table, "cuts")
    st.caption(CUTS_WORDS)
    st.markdown("**By level**: who belongs to it, who is placed there, and how many of those who belong")
    showing.table(found.study.tables()["levels"], "levels")


def _two(kept: Trial | None, found: Trial) -> None:
    if kept is None or kept is found:
        showing.empty(
            "There is nothing to compare yet.", "Keep a design as A, change the rules, simulate again."
        )
        return
    same = kept.people == found.people
    st.caption(
        f"A: {kept.name}, {kept.people.words}. B: {found.name}, {found.people.words}. "
        + ("The same people took both, so that the difference is surer than either value." if same else "")
    )
    table = compared(kept, found)
    differ = ((table["low"] > 0) | (table["high"] < 0)).sum()
    st.write(f"{differ} of {len(table)} measures differ beyond chance (95 % interval of the difference).")
    showing.table(table, "two_designs", _four_digits("A", "B", "difference", "low", "high"))
    showing.stands_at(**_of(kept, "_a"))
    record = two_designs(kept.study, found.study)
    for draw in (draw_errors_of_two, draw_bias_of_two, draw_lengths_of_two, draw_exposure_of_two):
        showing.figure(draw(record))
    changed = _changes(kept, found)
    if not changed.empty:
        st.markdown("**What is different in the rules**")
        showing.table(changed, "rules_changed")


def _changes(kept: Trial, found: Trial) -> pd.DataFrame:
    """Return the settings that differ: `setting`, `A`, `B`."""
    first, second = (one.study.design.rules.document for one in (kept, found))
    rows = []
    for name in sorted({*first, *second}):
        one, other = dict(first.get(name, {})), dict(second.get(name, {}))
        for key in sorted({*one, *other}):
            if one.get(key) != other.get(key):
                rows.append((f"[{name}] {key}", str(one.get(key, "not set")), str(other.get(key, "not set"))))
    return pd.DataFrame(rows, columns=["setting", "A", "B"])


def _publish(place: Place, found: Trial) -> None:
    """Offer the simulated design to candidates."""
    if not place.person.may("publish"):
        st.info("Publishing is for psychometricians and administrators.")
        return
    showing.told()
    offered = {one.assessment.id: one for one in loading.editions() if one.offered}
    titles = {name: one.assessment.title for name, one in offered.items()}
    st.write(
        "Publishing puts exactly what was simulated on offer: these rules with parameter set "
        f"{found.edition.assessment.parameter_set}, bound by one hash to this simulation. Sessions under way "
        "keep the edition that they began with."
    )
    if found.edition.assessment.parameter_set != loading.set_in_use(place.bank):
        st.warning(
            "These parameters are not in use: nobody has accepted them yet. Accept them under “Calibrate”, "
            "or choose the set in use at the side and simulate again.",
            icon=":material/help:",
        )
    new = "a new assessment"
    chosen = st.selectbox(
        "Publish as", [new, *offered], format_func=lambda name: titles.get(name, name), key="publish as"
    )
    with st.form("publish"):
        if chosen == new:
            name = st.text_input("Address: small letters, numbers, hyphens", key="publish address")
            title = st.text_input("Title, as candidates read it", key="publish title")
        else:
            now = offered[chosen]
            name, title = chosen, st.text_input("Title", titles[chosen], key=f"publish title {chosen}")
            st.caption(f"On offer now: published by {now.by} on {now.at[:16].replace('T', ' at ')}.")
        seen = st.session_state.setdefault(f"publish seen {chosen}", _edition(offered, chosen))
        why = st.text_input("Note: why", key="publish note")
        if st.form_submit_button("Publish", type="primary"):
            try:
                told = decide(place, found, name=name.strip(), title=title.strip(), note=why, seen=seen)
            except BadInput as error:
                st.error(f"Nothing was published: {error}.", icon=":material/error:")
                st.session_state.pop(f"publish seen {chosen}", None)
                return
            st.session_state.pop(f"publish seen {chosen}", None)
            st.session_state["told"] = told
            st.rerun()


def decide(place: Place, found: Trial, *, name: str, title: str, note: str, seen: str) -> str:
    """Publish a simulated design in a person's name, and return what to tell them.

    Raises
    ------
    BadInput
        If address, title or note are missing, or somebody else published meanwhile.
    """
    if not ADDRESS.fullmatch(name):
        right = "small letters, numbers and hyphens, such as deep-learning"
        raise BadInput(f"“{name}” cannot stand in an address", where="address", right=right)
    if not title:
        raise BadInput("the title is empty", right="name the assessment as candidates shall read it")
    if not note.strip():
        raise BadInput("the note is empty", right="say why: whoever comes later wants to know")
    database, about, at = loading.database(), found.edition.assessment, work.now()
    edition = publish(
        database,
        name,
        title=title,
        bank=about.bank,
        rules=about.rules,
        parameter_set=about.parameter_set,
        simulation=found.content(),
        instead_of=seen,
        at=at,
        by=place.person.name,
    )
    detail = f"edition {edition.name[:12]}, parameter set {about.parameter_set}, {found.people.words}: {note}"
    audit.note(database, "publish", f"assessment {name}", at=at, by=place.person.name, detail=detail)
    loading.forget()
    return f"“{title}” is on offer now, edition {edition.name[:12]}.{counted_from(database, edition)}"


def counted_from(database: Engine, edition: Edition) -> str:
    """Say whether exposure control goes on counting, where it counts."""
    if not edition.design.learns:
        return ""
    earlier = goes_on_from(database, edition)
    if earlier is None:
        return " How often its questions are used is counted from now on."
    return f" How often its questions are used is counted on from edition {earlier.name[:12]}."


def _edition(offered: Mapping[str, Published], chosen: str) -> str:
    return offered[chosen].assessment.edition if chosen in offered else ""
