"""What comparisons with catR share: its results, its banks, and its way of integrating."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine import CatRules, ItemPool
from engine._types import Floats
from engine.priors import Normal, Prior

GRID = "grid = { nodes = 33, bound = 4.0 }"
"""catR's default nodes, as a line of [estimate]."""


class Trapezoid(Normal):
    """A normal prior whose end nodes count half, as in a trapezoid rule."""

    def log_weights(self, nodes: Floats) -> Floats:
        weights = super().log_weights(nodes).copy()
        weights[:, [0, -1]] -= np.log(2)
        return weights


def results(shared: Path) -> dict[str, Any]:
    """Return results of catR 3.17 (reference/catr_reference.json, made by ref_catr.R)."""
    return json.loads((shared / "reference/catr_reference.json").read_text())


def logistic(parameters: Floats) -> ItemPool:
    """Return a pool of columns a, b, c, d."""
    table = pd.DataFrame(parameters, columns=list("abcd")).assign(model="4pl")
    return ItemPool.from_parameters(table.assign(item=[f"i{row + 1}" for row in range(len(table))]))


def polytomous(model: str, rows: list[list[Any]]) -> ItemPool:
    """Return a pool of rows a, b1, b2, …; "NA" fills the row of an item with fewer categories."""
    columns = ["a", *(f"b{k}" for k in range(1, len(rows[0])))]
    numbers = [[np.nan if value == "NA" else float(value) for value in row] for row in rows]
    table = pd.DataFrame(numbers, columns=columns).assign(model=model)
    return ItemPool.from_parameters(table.assign(item=[f"i{row + 1}" for row in range(len(table))]))


def rules(text: str, *, length: int = 30, prior: Prior | None = None) -> CatRules:
    """Return rules that stop after `length` questions."""
    stop = f'[stop]\nrule = "length"\nlength = {length}\n'
    return replace(CatRules.parse(stop + text), prior=prior)
