"""The common items of two calibrations: what links their scales."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.versions import pool_of_versions
from engine._types import Bools, Floats
from engine.models import model as model_named
from engine.pool import ItemPool
from items.errors import BadInput
from items.parameters import ParameterSet


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """J common items under both calibrations, in the same order.

    Attributes
    ----------
    new, old : ItemPool
        The items on the new and on the old scale.
    """

    new: ItemPool
    old: ItemPool

    def __len__(self) -> int:
        return len(self.new)

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the anchor items."""
        return self.new.items

    @property
    def same_unit(self) -> bool:
        """Whether every slope is pinned to 1 on both scales, so that only the origin can differ."""
        return all(
            model_named(name).population == "free_variance"
            for pool in (self.new, self.old)
            for name in pool.parameters.table["model"]
        )

    def keep(self, rows: Bools) -> "Anchors":
        """Return the anchors at the rows (J,) that are true."""
        chosen = np.flatnonzero(rows)
        return Anchors(self.new.subset(chosen), self.old.subset(chosen))


def find_anchors(new: ParameterSet, old: ParameterSet, *, items: Sequence[str] | None = None) -> Anchors:
    """Return the items that both sets hold in the same version, with the same family and categories.

    Raises
    ------
    BadInput
        If fewer than two items are common, or a wanted item is not.
    """
    common = new.table.merge(old.table, on=["item", "version"], suffixes=("", "_old"))
    common = common[_same_shape(common, new, old)]
    if items is not None:
        _refuse_unknown(items, list(common["item"]))
        common = common[common["item"].isin(list(items))]
    if len(common) < 2:
        raise BadInput(
            f"the two sets have {len(common)} comparable items in common",
            right="at least two items with the same name, version, model family and number of categories",
        )
    return Anchors(*(_pool(parameters, common) for parameters in (new, old)))


def difficulties(pool: ItemPool) -> Floats:
    """Return difficulties or thresholds (J, M), NaN beyond an item's own and for nominal items."""
    columns = [c for c in pool.parameters.parameter_columns() if c.startswith("b")]
    return pool.parameters.table[columns].to_numpy(float) if columns else np.full((len(pool), 1), np.nan)


def slopes(pool: ItemPool) -> Floats:
    """Return slopes (J,), NaN for nominal items."""
    table = pool.parameters.table
    return table["a"].to_numpy(float) if "a" in table else np.full(len(pool), np.nan)


def _pool(parameters: ParameterSet, common: pd.DataFrame) -> ItemPool:
    table = common[["item", "version"]].merge(parameters.table, on=["item", "version"])
    return pool_of_versions(ParameterSet(table, parameters.population))


def _same_shape(common: pd.DataFrame, new: ParameterSet, old: ParameterSet) -> Bools:
    if common.empty:
        return np.zeros(0, bool)
    shapes = [_shapes(_pool(parameters, common)) for parameters in (new, old)]
    return np.array([one == other for one, other in zip(*shapes, strict=True)])


def _shapes(pool: ItemPool) -> list[tuple[str, int]]:
    family = {row: block.model.family for block in pool.blocks for row in block.index}
    return [(family[row], int(pool.n_categories[row])) for row in range(len(pool))]


def _refuse_unknown(wanted: Sequence[str], common: Sequence[str]) -> None:
    missing = [item for item in wanted if item not in common]
    if missing:
        raise BadInput(
            f"anchor '{missing[0]}' is not common to both sets", right="an item that both sets hold"
        )
