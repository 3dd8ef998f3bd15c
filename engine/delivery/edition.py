"""An edition of an assessment, ready to run: all that its sessions depend on, none of which ever changes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from engine._types import Floats
from engine.delivery.assessments import Assessment, find, put
from engine.delivery.events import Result, Started
from engine.delivery.replay import Session
from engine.delivery.simulations import digest
from engine.design import Design
from engine.draws import draw_table
from engine.latent_regression import Known
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.scale import Scale
from engine.session import report
from engine.state import State
from items.bank import Stimulus
from items.errors import BadInput
from items.item import Item, Status
from items.parameters import ParameterSet
from items.storage import banks, parameter_sets

KEPT = 16
"""Editions that a process keeps compiled."""


TOO_FEW = ("no_answers", "not_enough_answers")
"""What is said of a result that is no score."""


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """A compiled assessment.

    Attributes
    ----------
    assessment : Assessment
        What was published.
    name : str
        The hash of it.
    domain, language : str
        Of the bank.
    items : mapping
        The items that may be asked, by id.
    passages : mapping
        Texts that several items share, in Markdown, by id.
    design : Design
        The rules compiled for the items' parameters.
    """

    assessment: Assessment
    name: str
    domain: str
    language: str
    items: Mapping[str, Item]
    passages: Mapping[str, str]
    design: Design

    @property
    def scale(self) -> Scale:
        """The reporting scale."""
        return self.design.rules.scale

    @property
    def longest(self) -> int:
        """The most questions that a session can have."""
        return self.design.max_length

    def started(
        self,
        *,
        seed: int,
        simulated: bool,
        exposure: int | None = None,
        turn: int = 0,
        known: Known | None = None,
    ) -> Started:
        """Return the event that starts a session."""
        about = self.assessment
        return Started(
            assessment=about.id,
            edition=self.name,
            bank=about.bank,
            parameter_set=about.parameter_set,
            seed=seed,
            exposure=exposure,
            turn=turn,
            known=self.asked_of(known or {}),
            simulated=simulated,
        )

    def asked_of(self, person: Known) -> dict[str, float | str]:
        """Return the covariates that the rules ask for; none where one does not fit them.

        What an invitation told may not fit rules that were published later; a test begins all the same.
        """
        start = self.design.rules.start.prior
        known = {name: person[name] for name in (start.covariates if start else ()) if name in person}
        try:
            self.design.prior_of([known])
        except ValueError:
            return {}
        return known

    def expects(self, person: Known) -> bool:
        """Return whether the rules make of this what is expected of a person."""
        start = self.design.rules.start.prior
        return start is not None and not math.isnan(start.expected_of(self.asked_of(person)))

    def draws(self, seed: int) -> Floats:
        """Return a session's uniform draws (1, longest): the first row of the table that its seed makes."""
        return draw_table(seed, range(1), self.longest)

    def results(self, state: State, sessions: Sequence[Session]) -> tuple[Result, ...]:
        """Return the result of each session, as the rules report it."""
        estimate, status = report(state)
        return tuple(
            self._result(session, float(theta), float(se), str(word))
            for session, theta, se, word in zip(sessions, estimate.theta, estimate.se, status, strict=True)
        )

    def _result(self, session: Session, theta: float, se: float, status: str) -> Result:
        told = {
            "theta": finite(theta),
            "se": finite(se),
            "band": self.scale.band,
            "answered": len(session.answers),
            "waiting": sum(question.waiting for question in session.answers),
            "status": status,
        }
        if status in TOO_FEW or not math.isfinite(theta + se):
            return Result(**told, score=None, low=None, high=None, level="")
        scale = self.scale.report(np.array([theta]), np.array([se]))
        score, low, high = (int(each[0]) for each in (scale.score, scale.low, scale.high))
        return Result(**told, score=score, low=low, high=high, level=str(scale.level[0]))


@lru_cache(maxsize=KEPT)
def load_edition(database: Engine, name: str) -> Edition:
    """Return an edition, compiled once by each process.

    Raises
    ------
    BadInput
        If there is no such edition, or the engine cannot run it.
    """
    assessment = find(database, name)
    if assessment is None:
        raise BadInput(f"there is no edition {name!r}", right="name one that was published")
    return compile_edition(database, assessment)


def publish(
    database: Engine,
    name: str,
    *,
    title: str,
    bank: str,
    rules: str,
    at: str,
    by: str,
    parameter_set: int | None = None,
    simulation: bytes = b"",
    instead_of: str | None = None,
) -> Edition:
    """Offer a bank's operational items as an assessment, as they stand now; sessions under way keep theirs.

    Parameters
    ----------
    name, title, bank, rules, parameter_set
        As `draft` takes them.
    at, by : str
        When (UTC, ISO 8601 with Z), and who publishes.
    simulation : bytes, optional
        A simulation of it, which is kept with it; its hash is part of the edition's.
    instead_of : str, optional
        The edition that was on offer when its publisher looked, "" for none.

    Raises
    ------
    BadInput
        If no parameters are in use, the engine cannot run the test, or somebody else published meanwhile.
    """
    assessment = draft(database, name, title=title, bank=bank, rules=rules, parameter_set=parameter_set)
    if simulation:
        assessment = replace(assessment, simulation=digest(simulation))
    edition = compile_edition(database, assessment)
    put(database, assessment, at=at, by=by, simulation=simulation, instead_of=instead_of)
    return edition


def draft(
    database: Engine, name: str, *, title: str, bank: str, rules: str, parameter_set: int | None = None
) -> Assessment:
    """Return the assessment that would be published of a bank as it stands now.

    It holds the operational items, and the pilot items that the rules insert by name.

    Parameters
    ----------
    name, title : str
        The assessment's address and its name.
    bank : str
        The bank's id.
    rules : str
        The text of a rules file.
    parameter_set : int, optional
        The parameters; those in use if not given.

    Raises
    ------
    BadInput
        If no parameters are in use, or the rules cannot be read.
    """
    kept = banks.load(database, bank)
    inserted = {item for one in CatRules.parse(rules, where=name).inserted for item in one.items}
    items = tuple(
        (entry.item.id, entry.item.version, entry.item.revision)
        for entry in kept.entries
        if entry.status is Status.OPERATIONAL or (entry.status is Status.PILOT and entry.item.id in inserted)
    )
    return Assessment(name, title, bank, parameter_set or _in_use(database, bank), rules, items)


def compile_edition(database: Engine, assessment: Assessment) -> Edition:
    """Return an assessment ready to run, published or not.

    Raises
    ------
    BadInput
        If the engine cannot run it, or the rules name an item that may not be asked.
    """
    bank = banks.load(database, assessment.bank)
    items = {item.id: item for item in banks.load_revisions(database, bank.id, assessment.items)}
    parameters = parameter_sets.load(database, assessment.parameter_set).parameters
    design = Design.of(
        _pool(items, parameters, assessment), CatRules.parse(assessment.rules, where=assessment.id)
    )
    for name in design.names:
        if name not in items:
            raise BadInput(
                f"the rules insert {name!r}, which is no operational or pilot item of bank {bank.id}",
                where=assessment.id,
                right="name an item that is one",
            )
    passages = _passages(database, items)
    return Edition(assessment, assessment.edition, bank.domain, bank.language, items, passages, design)


def finite(number: float) -> float | None:
    """Return the number, None if it is not finite."""
    return number if math.isfinite(number) else None


def _in_use(database: Engine, bank: str) -> int:
    promoted = parameter_sets.in_use(database, bank)
    if promoted is None:
        right = "promote a parameter set, or name one"
        raise BadInput("no parameters are in use", where=f"bank {bank}", right=right)
    return promoted.id


def _pool(items: Mapping[str, Item], parameters: ParameterSet, assessment: Assessment) -> ItemPool:
    """Return the pool of the parameters that belong to these versions of the items."""
    versions = parameters.table["item"].map({name: item.version for name, item in items.items()})
    chosen = parameters.table[versions == parameters.table["version"]].reset_index(drop=True)
    if chosen.empty:
        right = "calibrate the bank, or name a set that belongs to it"
        where = f"parameter set {assessment.parameter_set}"
        raise BadInput("holds parameters of none of the items", where=where, right=right)
    table = chosen.assign(**_attributes(items, chosen))
    return ItemPool.from_parameters(replace(parameters, table=table), where=assessment.id)


def _attributes(items: Mapping[str, Item], table: pd.DataFrame) -> dict[str, Any]:
    """Return what blueprints ask for and the parameter table does not tell: skill, enemies, stimulus."""
    told = [items[name] for name in table["item"]]
    known: dict[str, list[Any]] = {
        "skill": [item.skill for item in told],
        "enemies": [";".join(item.enemies) for item in told],
        "stimulus": [item.stimulus or None for item in told],
    }
    return {name: values for name, values in known.items() if name not in table and any(values)}


def _passages(database: Engine, items: Mapping[str, Item]) -> dict[str, str]:
    """Return the shared texts by id."""
    wanted = {
        item.stimulus: item.attachments[f"stimulus:{item.stimulus}"]
        for item in items.values()
        if item.stimulus
    }
    return {
        name: Stimulus.from_content(name, banks.load_media(database, digest)).text
        for name, digest in wanted.items()
    }
