"""A study as files: `summary.json`, `simulees.csv`, `items.csv`, `along_ability.csv`, `cuts.csv`."""

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from engine.simulation.decisions import at_cuts
from engine.simulation.metrics import along_ability
from engine.simulation.study import Study
from items.errors import BadInput
from items.parameters import write_whole

EDGES = np.arange(-4.0, 4.5, 0.5)
"""Bins of true ability (logits) in `along_ability.csv`."""


def write(study: Study, folder: str | os.PathLike[str]) -> None:
    """Write the study's tables, each file whole or not at all.

    Raises
    ------
    BadInput
        If the folder cannot be made or written to.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"cannot be made ({error.strerror})", where=str(folder), right="name a folder you own"
        ) from error
    tables = {
        "simulees": study.simulees,
        "items": study.items,
        "along_ability": along_ability(study.theta, study.tests.theta, study.tests.se, edges=EDGES),
    }
    cuts = study.design.rules.scale.cuts
    if cuts.size:
        tables["cuts"] = at_cuts(study.theta, study.tests.theta, study.tests.se, cuts)
    for name, table in tables.items():
        write_whole(folder / f"{name}.csv", table.to_csv(index=False, float_format="%.6g"))
    write_whole(folder / "summary.json", json.dumps(_plain(study.summary), indent=1) + "\n")


def _plain(value: Any) -> Any:
    """Return the value as JSON can hold it: a number that is not there becomes null."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
