"""A study over many designs: rules varied setting by setting, and one table to compare what they do."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine._types import Floats
from engine.design import Design
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.simulation.responders import Responder
from engine.simulation.run import simulate
from engine.simulation.study import Study
from items.errors import BadInput

COLUMNS = (
    "mean_length",
    "bias",
    "rmse",
    "mean_se",
    "coverage_95",
    "max_exposure",
    "exposure_limit",
    "mean_overlap",
    "unused_items",
    "constraint_violations",
    "decision_right",
    "guess_admit_gap",
    "seconds",
)
"""What the table shows of each design's summary, where it is there."""


def vary(
    text: str, settings: Mapping[str, Sequence[Any]], *, where: str = "rules", folder: Path | None = None
) -> Iterator[tuple[str, CatRules]]:
    """Yield a name and rules for every combination of settings; the name tells those that vary.

    Parameters
    ----------
    text : str
        The rules file to start from.
    settings : mapping
        Values to try, by the path of a setting, as {"select.criterion": ["mfi", "mpwi"]}; a number is a place
        in a list, as in "stop.any_of.0.se".

    Raises
    ------
    BadInput
        If a combination is no valid set of rules.
    """
    CatRules.parse(text, where=where, folder=folder)
    several = [path for path, values in settings.items() if len(values) > 1]
    for values in product(*settings.values()):
        changed = tomllib.loads(text)
        for path, value in zip(settings, values, strict=True):
            _set(changed, path.split("."), value, where=f"{where}, {path}")
        told = [f"{path}={value}" for path, value in zip(settings, values, strict=True) if path in several]
        name = ", ".join(told) or where
        yield name, CatRules.of(changed, where=where, folder=folder)


def compare(
    pool: ItemPool,
    designs: Mapping[str, CatRules],
    theta: Floats,
    *,
    seed: int,
    crowd: Callable[[Design], Responder] | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] = lambda name: None,
) -> pd.DataFrame:
    """Give every design's test to the same simulated people; return the summaries, a row a design.

    Parameters
    ----------
    designs : mapping
        Rules by name.
    theta : (N,)
        True abilities.
    seed : int
        The same for all designs, so that they differ by their rules only.
    crowd : callable, optional
        Who answers in a design; people who answer as the pool's parameters say if not given.
    """
    rows = {}
    for name, rules in designs.items():
        responder = crowd(Design.of(pool, rules)) if crowd else None
        rng = np.random.default_rng(seed)
        rows[name] = row(simulate(pool, rules, theta, rng=rng, responder=responder, workers=workers))
        progress(name)
    return table(rows)


def row(study: Study) -> dict[str, Any]:
    """Return what the table shows of a study."""
    summary = study.summary
    return {column: summary[column] for column in COLUMNS if summary.get(column) is not None}


def table(rows: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Return one table of the rows, by the name of the design."""
    found = pd.DataFrame([{"design": name} | dict(summary) for name, summary in rows.items()])
    columns = ["design", *(column for column in COLUMNS if column in found)]
    return found.reindex(columns=columns)


def _set(document: Any, path: Sequence[str], value: Any, *, where: str) -> None:
    """Enter a value at a path of tables and lists, making the tables that are not there."""
    *outer, last = path
    place = document
    try:
        for name in outer:
            place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
        place[int(last) if isinstance(place, list) else last] = value
    except (AttributeError, IndexError, TypeError, ValueError):
        right = "name a setting by its tables, as select.criterion or stop.any_of.0.se"
        raise BadInput("there is no such setting", where=where, right=right) from None
