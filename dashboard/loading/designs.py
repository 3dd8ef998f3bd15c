"""Published editions, their simulations, and live tests against them."""

from typing import Any

import numpy as np
import pandas as pd

from dashboard.live_design import (
    OUTSIDE,
    AgainstDesign,
    Live,
    against_design,
    as_able,
    ended_by_rules,
    even,
    live_tests,
)
from dashboard.loading.log import session_kinds
from dashboard.loading.memory import database, while_same
from dashboard.store import read_model
from engine.delivery import assessments, simulations
from engine.delivery.assessments import Published
from engine.delivery.edition import load_edition
from engine.simulation import Study
from engine.simulation.archive import unpack


def editions() -> tuple[Published, ...]:
    """Return every published edition, the newest first."""
    return assessments.editions(database())


def simulation(edition: str) -> Study | None:
    """Return the simulation that is kept with an edition, None if there is none yet."""
    return _simulation(edition) if simulations.kept(database(), edition) else None


def against(edition: str, *, simulated: bool, able: bool) -> tuple[Live, AgainstDesign] | None:
    """Return the live tests of an edition and how they compare with its design, None while there are none.

    `able` compares with simulated people who end as able as the live ones.
    """
    return _against(edition, simulated, able) if simulations.kept(database(), edition) else None


def _same_edition(edition: str) -> str:
    return edition


@while_same(_same_edition)
def _simulation(edition: str) -> Study:
    content = simulations.load(database(), edition)
    assert content is not None
    return unpack(content, load_edition(database(), edition).design)[0]


def _until(edition: str, simulated: bool, able: bool = False) -> tuple[int, str]:
    """Return what tells apart any two states of an edition's sessions: how many, and the newest event."""
    kinds = session_kinds()
    own = kinds[(kinds["edition"] == edition) & (kinds["simulated"] == simulated)]
    return int(own["n"].sum()), str(own["until"].max())


@while_same(_until)
def _against(edition: str, simulated: bool, able: bool) -> tuple[Live, AgainstDesign] | None:
    rows = read_model.sessions(database(), edition=edition)
    own = ended_by_rules(rows[rows["simulated"] == simulated])
    if own.empty:
        return None
    study, live = _simulation(edition), live_tests(own, _asked(edition, simulated))
    weights = as_able(study, live) if able else even(study)
    return live, against_design(study, live, weights=weights, rng=np.random.default_rng(1))


@while_same(_until)
def _asked(edition: str, simulated: bool) -> "pd.Series[Any]":
    counts = read_model.asked_counts(database(), edition, simulated=simulated, outside=OUTSIDE)
    return counts.set_index("item")["n"]
