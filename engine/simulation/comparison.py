"""A study over many designs: rules varied setting by setting, and one table to compare what they do."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine._types import Floats
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.simulation.run import simulate

COLUMNS = (
    "mean_length",
    "bias",
    "rmse",
    "mean_se",
    "coverage_95",
    "max_exposure",
    "mean_overlap",
    "unused_items",
    "constraint_violations",
    "seconds",
)
"""What the table shows of each design's summary."""


def vary(
    text: str, settings: Mapping[str, Sequence[Any]], *, where: str = "rules", folder: Path | None = None
) -> Iterator[tuple[str, CatRules]]:
    """Yield a name and rules for every combination of settings.

    Parameters
    ----------
    text : str
        The rules file to start from.
    settings : mapping
        Values to try, by the path of a setting, as {"select.criterion": ["mfi", "mpwi"]}.

    Raises
    ------
    BadInput
        If a combination is no valid set of rules.
    """
    for values in product(*settings.values()):
        document = tomllib.loads(text)
        for path, value in zip(settings, values, strict=True):
            *tables, key = path.split(".")
            table = document
            for name in tables:
                table = table.setdefault(name, {})
            table[key] = value
        name = ", ".join(f"{path} = {value}" for path, value in zip(settings, values, strict=True))
        yield name, CatRules.of(document, where=where, folder=folder)


def compare(
    pool: ItemPool,
    designs: Mapping[str, CatRules],
    theta: Floats,
    *,
    seed: int,
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
    """
    rows = {}
    for name, rules in designs.items():
        study = simulate(pool, rules, theta, rng=np.random.default_rng(seed), workers=workers)
        rows[name] = {column: study.summary[column] for column in COLUMNS}
        progress(name)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("design").reset_index()
