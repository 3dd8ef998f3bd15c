"""A pool for logs in which several versions of an item stand side by side."""

import pandas as pd

from engine.pool import ItemPool
from items.parameters import ParameterSet


def pool_of_versions(table: pd.DataFrame, *, where: str) -> ItemPool:
    """Return a pool in which each version of an item stands for itself; raises BadInput as any pool."""
    twice = table["item"].duplicated(keep=False)
    named = table["item"].where(~twice, table["item"] + " version " + table["version"].astype(str))
    return ItemPool.from_parameters(
        ParameterSet(table.assign(item=named).reset_index(drop=True)), where=where
    )
