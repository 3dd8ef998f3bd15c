"""Every group column of a log compared at once, as an analysis wants it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.dif.compare import compare_groups
from calibration.dif.curves import dif_curves
from calibration.dif.groups import MOST, counted, find_groups
from calibration.dif.methods import Settings
from calibration.responses import ResponseMatrix
from items.parameters import ParameterSet


@dataclass(frozen=True, slots=True, eq=False)
class GroupComparisons:
    """Mantel–Haenszel tables and curves by group column, and why the other columns were not compared."""

    tables: Mapping[str, pd.DataFrame]
    curves: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]


def compare_every_group(
    responses: ResponseMatrix, parameters: ParameterSet, *, minimum: int
) -> GroupComparisons:
    """Compare the groups of each `g_*` column, purified.

    Parameters
    ----------
    minimum : int
        Answers that each group needs on an item.
    """
    tables: dict[str, pd.DataFrame] = {}
    curves: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    for name in map(str, responses.groups.columns):
        different = responses.groups[name].nunique()
        if not 2 <= different <= MOST:
            notes.append(f"{name} holds {counted(different)}: 2 to {MOST} groups are compared")
            continue
        groups = find_groups(responses, name)
        found = compare_groups(responses, groups, purified=True, parameters=parameters, minimum=minimum)
        if not found.table["p"].notna().any():
            smallest = f"{groups.labels[-1]} has {groups.sizes[-1]} people"
            notes.append(f"{name}: no item has at least {minimum} answers of each group ({smallest})")
            continue
        focal = {} if len(groups.labels) > 2 else {"focal": groups.labels[-1]}
        tables[name] = found.table.assign(**focal)
        usable = found.table["p"].notna().to_numpy()
        settings = Settings(responses.take_items(usable), groups, "", parameters)
        anchor = np.isin(settings.responses.items, found.anchors)
        curves[name] = dif_curves(settings.responses, groups, settings.match()(anchor))
    return GroupComparisons(tables, curves, tuple(notes))
