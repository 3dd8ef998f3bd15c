"""The rules of a test as a form: a tab for each table of a rules file, made from the registries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import blueprint_form, rules_form
from dashboard.rules_form import LIST, NUMBER, TABLE, TRUTH, WHOLE, Field, Table, fields_of, filled, titles
from engine.estimation.base import estimators
from engine.insertion import Insertion
from engine.latent_regression import LatentRegression
from engine.priors import priors
from engine.registry import Registry
from engine.rules_file import PATHS
from engine.scale import Scale
from engine.selection.base import choosers, constraints, criteria, exposures
from engine.starting import Start
from engine.stopping.base import stopping_rules

NONE = "none"
TAB = "rules tab"
"""The key under which the session knows the open tab."""
ABBREVIATIONS = {"sd": "SD", "se": "SE"}
"""Settings that are not written as words."""
JOINED = {"any_of": "as soon as one of them says so", "all_of": "only when all of them say so"}


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What the widgets of one form share: a prefix of their keys, and the items that rules may name."""

    key: str
    items: Sequence[str]
    skills: "pd.Series[Any]"


def edit(document: Mapping[str, Any], form: Form) -> Table:
    """Show the rules, those of the open tab as a form, and return them as people leave them.

    Raises
    ------
    ValueError
        If something was written that cannot be understood.
    """
    if sections := document.get("section"):
        names = ", ".join(str(one.get("name", place)) for place, one in enumerate(sections, start=1))
        st.info(
            f"This test has sections of its own rules ({names}), which stand in its rules file. Choice, "
            "blueprint and end below hold for a section that has none of its own."
        )
    tabs = st.tabs([words for _, words, _ in TABLES], on_change="rerun", key=TAB)
    changed = dict(document)
    _kept(changed, *(name for name in document if name not in {name for name, _, _ in TABLES}))
    for tab, (name, _, show) in zip(tabs, TABLES, strict=True):
        if tab.open:
            with tab:
                inner = Form(f"{form.key} {name}", form.items, form.skills)
                changed[name] = show(dict(document.get(name, {})), inner)
    return changed


def open_tab() -> str:
    """Return the name of the tab that is open."""
    return str(st.session_state.get(TAB) or TABLES[0][1])


def _start(table: Table, form: Form) -> Table:
    found = _settings([field for field in fields_of(Start) if field.name != "prior"], table, form)
    known = st.toggle(
        "Begin at what is expected of each person (covariates, an earlier score)",
        "prior" in table,
        key=f"{form.key} known",
        help="It steers the choice of questions, not the score: equal answers earn equal scores.",
    )
    if known:
        inner = Form(f"{form.key} prior", form.items, form.skills)
        found["prior"] = _record(LatentRegression, dict(table.get("prior", {})), inner)
    return found


def _select(table: Table, form: Form) -> Table:
    left, right = st.columns(2)
    with left:
        criterion = _member("How good is a question?", criteria, table.get("criterion", "mfi"), form)
        chosen = {"criterion": criterion, **_settings(fields_of(criteria[criterion]), table, form)}
    with right:
        chooser = _member("Which of the good ones is asked?", choosers, table.get("chooser", "best"), form)
        chosen |= {"chooser": chooser, **_settings(fields_of(choosers[chooser]), table, form)}
    return chosen | _kept(table, "early")


def _exposure(table: Table, form: Form) -> Table:
    method = _member(
        "How is it limited how often a question is used?", exposures, table.get("method"), form, optional=True
    )
    return (
        {} if method is None else {"method": method, **_settings(fields_of(exposures[method]), table, form)}
    )


def _constraints(table: Table, form: Form) -> Table:
    method = _member("How is a blueprint met?", constraints, table.get("method"), form, optional=True)
    if method is None:
        st.caption("Without a blueprint the questions of a test come from wherever they are most useful.")
        return {}
    fields = fields_of(constraints[method])
    own = [field for field in fields if field.name not in PATHS]
    return {"method": method, **_tables(table, fields, form), **_settings(own, table, form)}


def _tables(table: Table, fields: Sequence[Field], form: Form) -> Table:
    """Ask for the blueprint's tables: a form by skill, or a table of constraints with its attributes."""
    text = str(table.get("file", ""))
    simple = blueprint_form.understood(text, form.skills)
    ways = ["By skill", "A table of constraints"]
    way = st.segmented_control(
        "Blueprint", ways, default=ways[simple is None], required=True, key=f"{form.key} way"
    )
    if way == ways[0]:
        start = simple if simple is not None else blueprint_form.understood("", form.skills)
        edited = st.data_editor(
            start,
            hide_index=True,
            disabled=["skill", "available"],
            placeholder="",
            key=f"{form.key} skills",
            column_config={
                "available": st.column_config.NumberColumn("items in the bank"),
                "least": st.column_config.NumberColumn("at least", min_value=0, step=1),
                "most": st.column_config.NumberColumn("at most", min_value=0, step=1),
            },
        )
        made = blueprint_form.written(edited)
        return {"file": made} if made.count("\n") > 1 else {}
    st.caption(
        "The columns are CONSTRAINT_ID, TYPE, WHAT, CONDITION, LB, UB, ONOFF. Conditions may ask for `skill` "
        "and for the columns of the parameter table, or of a table of attributes. The tables become "
        "a part of the rules, which then need no other file."
    )
    found = {}
    for field in fields:
        if field.name in PATHS:
            words = {"file": "constraints"}.get(field.name, field.name)
            given = st.file_uploader(f"Upload {words} (CSV)", ["csv"], key=f"{form.key} upload {field.name}")
            before = (
                given.getvalue().decode("utf-8-sig", "replace") if given else str(table.get(field.name, ""))
            )
            suffix = given.file_id if given else ""
            value = st.text_area(f"Table of {words}", before, key=f"{form.key} {field.name} {suffix}")
            if value.strip():
                found[field.name] = value.strip() + "\n"
    return found


def _estimate(table: Table, form: Form) -> Table:
    uncertain = st.toggle(
        "Carry what is not known of the parameters into θ and its SE",
        bool(table.get("parameter_uncertainty", False)),
        key=f"{form.key} uncertainty",
    )
    found = _estimator(table, form) | _kept(table, "grid", "until_mixed")
    return found | ({"parameter_uncertainty": True} if uncertain else {})


def _report(table: Table, form: Form) -> Table:
    found = _estimator(table, form)
    least = st.number_input(
        "Fewest scored answers for a result",
        0,
        1000,
        int(table.get("min_answers", 1)),
        key=f"{form.key} least",
    )
    return found | ({"min_answers": int(least)} if least != 1 or "min_answers" in table else {})


def _estimator(table: Table, form: Form) -> Table:
    left, right = st.columns(2)
    with left:
        method = _member("Estimator", estimators, table.get("method", "eap"), form)
        found = {"method": method, **_settings(fields_of(estimators[method]), table, form)}
    with right:
        prior = dict(table.get("prior", {}))
        shape = prior.get("shape", "normal") if prior else None
        inner = Form(f"{form.key} prior", form.items, form.skills)
        shape = _member(
            "Prior", priors, shape, inner, optional=True, none="the population of the parameter set"
        )
        if shape is not None:
            fields = fields_of(priors[shape])
            told = {field.name: prior.get(field.name, field.default) for field in fields}
            found["prior"] = {"shape": shape, **_settings(fields, told, inner)}
    return found


def _stop(table: Table, form: Form) -> Table:
    join = next((key for key in JOINED if key in table), "any_of")
    rules = [dict(rule) for rule in table.get(join, [table] if "rule" in table else [])]
    if any("rule" not in rule for rule in rules) or len({rule["rule"] for rule in rules}) < len(rules):
        st.info("These stopping rules are joined in a way that only the file shows; change them there.")
        return table
    if not rules:
        rules, join = [{"rule": "precision", "se": 0.3}, {"rule": "length", "length": 30}], "any_of"
    before = {rule["rule"]: rule for rule in rules}
    names = st.multiselect(
        "What ends the test",
        list(stopping_rules),
        list(before),
        format_func=lambda name: f"{name}: {titles(stopping_rules)[name]}".replace("`", ""),
        key=f"{form.key} rules",
    )
    join = st.radio(
        "It ends", list(JOINED), [*JOINED].index(join), format_func=JOINED.get, key=f"{form.key} join"
    )
    found = []
    for name in names:
        inner = Form(f"{form.key} {name}", form.items, form.skills)
        found.append(
            {
                "rule": name,
                **_settings(fields_of(stopping_rules[name]), before.get(name, {}), inner, title=name),
            }
        )
    least = st.number_input(
        "Not before so many questions", 0, 1000, int(table.get("not_before", 0)), key=f"{form.key} not before"
    )
    rest = {"not_before": int(least)} if least else {}
    return found[0] | rest if len(found) == 1 else {join: found, **rest}


def _scale(table: Table, form: Form) -> Table:
    return _record(Scale, table, form)


def _inserted(table: Table, form: Form) -> Table:
    found = _record(Insertion, table, form)
    return found if found.get("items") else {}


TABLES: Sequence[tuple[str, str, Callable[[Table, Form], Table]]] = (
    ("select", "Choice of questions", _select),
    ("stop", "End of the test", _stop),
    ("exposure", "Exposure", _exposure),
    ("constraints", "Blueprint", _constraints),
    ("start", "Start", _start),
    ("estimate", "Ability under way", _estimate),
    ("report", "Reported ability", _report),
    ("scale", "Score and levels", _scale),
    ("pilot", "Pilot questions", _inserted),
    ("open", "Open questions", _inserted),
)
"""The tables of a rules file in the order in which people think of them."""


def _record(record: type, table: Table, form: Form) -> Table:
    return _settings(fields_of(record), table, form)


def _member(
    words: str,
    registry: Registry[Any],
    chosen: str | None,
    form: Form,
    *,
    optional: bool = False,
    none: str = NONE,
) -> Any:
    """Let people choose a member of a role, or none; unknown names are the reader's to refuse."""
    told = titles(registry)
    names: list[str | None] = [*([None] if optional else []), *told]
    chosen = None if chosen == NONE else chosen
    name = st.selectbox(
        words,
        names,
        names.index(chosen) if chosen in names else 0,
        format_func=lambda name: none if name is None else name,
        key=f"{form.key} {registry.role}",
    )
    if name is not None:
        st.caption(told[name])
    return name


def _settings(fields: Sequence[Field], table: Mapping[str, Any], form: Form, *, title: str = "") -> Table:
    """Ask for settings; those left at their default are not written."""
    values = {field.name: _ask(field, table.get(field.name, field.default), form, title) for field in fields}
    return filled(table, fields, values)


def _ask(field: Field, value: Any, form: Form, title: str) -> Any:
    """Ask for one setting."""
    words = ABBREVIATIONS.get(field.name) or field.name.replace("_", " ").capitalize()
    words = f"{words} ({title})" if title and title != field.name else words
    key, help = f"{form.key} {field.name}", field.help or None
    if field.kind == TRUTH:
        return st.toggle(words, bool(value), key=key, help=help)
    if field.kind == WHOLE:
        return st.number_input(words, value=value, step=1, key=key, help=help, placeholder="needed")
    if field.kind == NUMBER:
        return st.number_input(
            words, value=value, step=0.05, format="%g", key=key, help=help, placeholder="needed"
        )
    if field.kind == LIST and field.name == "items":
        return st.multiselect(words, list(dict.fromkeys([*form.items, *value])), value, key=key, help=help)
    if field.kind in (LIST, TABLE):
        given = rules_form.written(value or [])
        asked = st.text_input if field.kind == LIST else st.text_area
        return rules_form.understood(asked(words, given, key=key, help=help), field)
    return st.text_input(words, value or "", key=key, help=help)


def _kept(table: Mapping[str, Any], *names: str) -> Table:
    """Return what the form does not show, as it stands in the file."""
    found = {name: table[name] for name in names if name in table}
    for name in found:
        st.caption(f"`{name}` stays as the file has it; change it there.")
    return found
