"""A study as files: `summary.json`, `simulees.csv`, `items.csv`, `along_ability.csv`, and where there
are such `cuts.csv`, `levels.csv` and `blueprint.csv`."""

import json
import math
import os
from pathlib import Path
from typing import Any

from engine.simulation.study import Study
from items.errors import BadInput
from items.parameters import write_whole


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
    for name, table in study.tables().items():
        write_whole(folder / f"{name}.csv", table.to_csv(index=False, float_format="%.6g"))
    write_whole(folder / "summary.json", json.dumps(plain(study.summary), indent=1) + "\n")


def plain(value: Any) -> Any:
    """Return the value as JSON can hold it: a number that is not there becomes null."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
