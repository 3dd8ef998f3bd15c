"""Reading a rules file, table by table; each complaint names the file, the table and what would be right."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from engine.estimation.base import Estimator, estimators
from engine.estimation.eap import ExpectedAPosteriori
from engine.estimation.switching import UntilMixed
from engine.insertion import Insertion
from engine.latent_regression import LatentRegression
from engine.priors import Prior, priors
from engine.registry import Registry, build_record, nearest, settings_of
from engine.scale import Scale
from engine.sections import Section
from engine.selection.base import Criterion, choosers, constraints, criteria, exposures
from engine.selection.switching import Early
from engine.starting import FirstItems, Start
from engine.stopping.base import StoppingRule, stopping_rules
from engine.stopping.combine import AllOf, AnyOf, NotBefore
from items.blueprint.table_source import is_text
from items.errors import BadInput

T = TypeVar("T")
Table = dict[str, Any]

SECTION = "section"
"""The name of the tables that stand for sections."""
_OF_SECTIONS, _INSERTED = ("select", "constraints", "stop"), ("open", "pilot")
"""Tables that a section may have of its own, in place of the test's and besides them."""

PATHS = ("file", "attributes", "stimuli")
"""Settings of constraints that name files; they reach the constraint as absolute paths, or as the text of
the table itself where that stands in the rules."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Equally spaced nodes on [−bound, bound] (logits), instead of the grid that the design chooses."""

    nodes: int = 61
    bound: float = 6.0


@dataclass(frozen=True, slots=True)
class Reporting:
    """How the reported ability is estimated, apart from how the test is steered.

    Attributes
    ----------
    estimator : Estimator
    prior : Prior or None
        None stands for the population of the parameter set.
    min_answers : int
        With fewer scored answers the status is `not_enough_answers`.
    """

    estimator: Estimator = field(default_factory=ExpectedAPosteriori)
    prior: Prior | None = None
    min_answers: int = 1


def read_tables(document: Mapping[str, Any], *, where: str, folder: Path) -> Table:
    """Return the fields of the rules that a file's tables set.

    Raises
    ------
    BadInput
        If a table, rule or setting is unknown or out of range.
    """
    parts: Table = {"insertions": ()}
    for name, table in document.items():
        if name == SECTION:
            continue
        if name not in _READERS:
            right = nearest(name, {*_READERS, SECTION})
            raise BadInput(f"there is no table [{name}]", where=where, right=right)
        if not isinstance(table, Mapping):
            raise BadInput(f"{name} = {table!r} stands alone", where=where, right=f"write a table [{name}]")
        try:
            found = _READERS[name](dict(table), folder)
        except ValueError as error:
            raise BadInput(str(error), where=f"{where}, [{name}]") from None
        parts["insertions"] += found.pop("insertions", ())
        parts |= found
    return parts | _sections(document, parts, where=where, folder=folder)


def _sections(document: Mapping[str, Any], shared: Table, *, where: str, folder: Path) -> Table:
    """Read the sections; tables that a section leaves out are those of the whole test."""
    tables = document.get(SECTION, [])
    if not isinstance(tables, list) or (SECTION in document and not tables):
        raise BadInput("a section stands alone", where=where, right="write each as a table [[section]]")
    own = ("criterion", "chooser", "constraints", "stop")
    common: Table = {name: value for name, value in shared.items() if name in own}
    found: list[Section] = []
    for number, table in enumerate(tables, start=1):
        try:
            found.append(_section(table, number, common, folder))
        except ValueError as error:
            raise BadInput(str(error), where=f"{where}, [[section]] {number}") from None
    names = [section.name for section in found]
    if len(set(names)) < len(names):
        right = "give each section its own name"
        raise BadInput("two sections have one name", where=f"{where}, [[section]]", right=right)
    return {"sections": tuple(found)} if found else {}


def _section(table: Any, number: int, common: Table, folder: Path) -> Section:
    """Read one section."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{table!r} is not a table")
    parts = dict(common)
    for name, value in table.items():
        if name in _OF_SECTIONS and isinstance(value, Mapping):
            parts |= _READERS[name](dict(value), folder)
        elif name in _INSERTED and isinstance(value, Mapping):
            parts["insertions"] = parts.get("insertions", ()) + _insertion(dict(value), folder)["insertions"]
        elif name in ("name", "where") and isinstance(value, str):
            parts[name] = value
        elif name == "start" and isinstance(value, Mapping):
            parts["first"] = build_record(FirstItems, dict(value), "start").items
        else:
            known = ("name", "where", "start", *_OF_SECTIONS, *_INSERTED)
            belongs = f"[{name}] is the whole test's" if name in _READERS else nearest(name, known)
            raise ValueError(f"'{name}' is nothing of a section; {belongs}")
    return Section(**{"name": str(number)} | parts)


def _start(table: Table, folder: Path) -> Table:
    prior = table.pop("prior", None)
    start = build_record(Start, table, "start")
    if prior is None:
        return {"start": start}
    if not isinstance(prior, Mapping):
        raise ValueError(f"prior = {prior!r} is not a table of intercept, sd and slopes")
    return {"start": replace(start, prior=build_record(LatentRegression, prior, "start.prior"))}


def _select(table: Table, folder: Path) -> Table:
    """Read criterion and chooser, whose settings stand together in one table."""
    criterion, chooser = table.pop("criterion", "mfi"), table.pop("chooser", "best")
    early = dict(table.pop("early", {}))
    own = _settings_of(criteria, criterion)
    theirs = _settings_of(choosers, chooser)
    for key in table:
        if key not in own | theirs:
            known = sorted({"criterion", "chooser"} | own | theirs)
            raise ValueError(
                f"neither criterion '{criterion}' nor chooser '{chooser}' has a setting '{key}'; "
                f"{nearest(key, known)}"
            )
    later = criteria.build(criterion, {key: table[key] for key in table if key in own})
    return {
        "criterion": _early(early, later) if early else later,
        "chooser": choosers.build(chooser, {key: table[key] for key in table if key in theirs}),
    }


def _early(table: Table, later: Criterion) -> Criterion:
    """Read the criterion of the first questions."""
    if "questions" not in table or "criterion" not in table:
        raise ValueError("early needs a number of questions and a criterion")
    questions, name = table.pop("questions"), table.pop("criterion")
    return Early(questions, criteria.build(name, table), later)


def _exposure(table: Table, folder: Path) -> Table:
    method = table.pop("method", "none")
    return {"exposure": None if method == "none" else exposures.build(method, table)}


def _constraints(table: Table, folder: Path) -> Table:
    method = table.pop("method", None)
    if method is None:
        raise ValueError(f"a method is missing; {nearest('', constraints)}")
    settings = {key: _table(value, folder) if key in PATHS else value for key, value in table.items()}
    return {"constraints": (constraints.build(method, settings),)}


def _table(value: Any, folder: Path) -> Any:
    """Return where a constraint finds a table: an absolute path, or the table itself."""
    return (
        str((folder / value).resolve()) if isinstance(value, str) and value and not is_text(value) else value
    )


def _estimate(table: Table, folder: Path) -> Table:
    found: Table = {"grid": build_record(Grid, table.pop("grid"), "grid")} if "grid" in table else {}
    found["prior"], found["uncertainty"] = _prior(table), table.pop("parameter_uncertainty", False)
    if not isinstance(found["uncertainty"], bool):
        raise ValueError(f"parameter_uncertainty = {found['uncertainty']!r} is neither true nor false")
    early = table.pop("until_mixed", None)
    others = ("method", "prior", "grid", "until_mixed", "parameter_uncertainty")
    estimator = _estimator(table, others)
    if early is not None:
        estimator = UntilMixed(_estimator({"method": "map"} | dict(early), ("method",)), estimator)
    return found | {"estimator": estimator}


def _report(table: Table, folder: Path) -> Table:
    prior, least = _prior(table), table.pop("min_answers", 1)
    if not isinstance(least, int) or least < 0:
        raise ValueError(f"min_answers = {least!r} is not a whole number of answers")
    estimator = _estimator(table, ("method", "prior", "min_answers"))
    return {"report": Reporting(estimator, prior, least)}


def _estimator(table: Table, others: tuple[str, ...]) -> Estimator:
    """Read an estimator from what is left of a table in which `others` may stand too."""
    name = table.pop("method", "eap")
    own = _settings_of(estimators, name)
    for key in table:
        if key not in own:
            raise ValueError(f"estimator '{name}' has no setting '{key}'; {nearest(key, own | {*others})}")
    return estimators.build(name, table)


def _prior(table: Table) -> Prior | None:
    """Take the prior out of a table."""
    settings = dict(table.pop("prior", {}))
    return priors.build(settings.pop("shape", "normal"), settings) if settings else None


def _stop(table: Table, folder: Path) -> Table:
    not_before = table.pop("not_before", 0)
    rule = _stopping_rule(table)
    return {"stop": NotBefore(not_before, rule) if not_before else rule}


def _stopping_rule(table: Table) -> StoppingRule:
    """Read one rule, or several joined by any_of or all_of."""
    for key, joined in (("any_of", AnyOf), ("all_of", AllOf)):
        if key in table:
            parts = table.pop(key)
            if table or not isinstance(parts, list) or not parts:
                raise ValueError(f"{key} takes a list of rules and stands alone")
            return joined(tuple(_stopping_rule(dict(part)) for part in parts))
    name = table.pop("rule", None)
    if name is None:
        raise ValueError(f"a rule is missing; {nearest('', stopping_rules)}")
    return stopping_rules.build(name, table)


def _scale(table: Table, folder: Path) -> Table:
    return {"scale": build_record(Scale, table, "scale")}


def _insertion(table: Table, folder: Path) -> Table:
    return {"insertions": (build_record(Insertion, table, "insertion"),)}


def _settings_of(registry: Registry[T], name: str) -> set[str]:
    return {setting.name for setting in settings_of(registry[name])}


_READERS: Mapping[str, Callable[[Table, Path], Table]] = {
    "start": _start,
    "select": _select,
    "exposure": _exposure,
    "constraints": _constraints,
    "estimate": _estimate,
    "report": _report,
    "stop": _stop,
    "scale": _scale,
    "open": _insertion,
    "pilot": _insertion,
}
