"""DIF curves: what equally able people of each group score on an item."""

import numpy as np
import pandas as pd

from calibration.classical.items import share_interval
from calibration.dif.groups import Groups
from calibration.dif.matching import Strata
from calibration.responses import ResponseMatrix

BINS = 10


def dif_curves(
    responses: ResponseMatrix, groups: Groups, strata: Strata, *, bins: int = BINS
) -> pd.DataFrame:
    """Return mean scores by group and standing, one row an item, group and bin.

    Columns: `item, group, level` (the bin), `standing` (mean of its people), `n, mean, low, high` (95 %;
    Wilson's interval for two categories, else normal). Bins hold about equally many answers of the whole log.
    """
    member = groups.index[responses.persons_index]
    edges = np.unique(np.quantile(strata.index, np.linspace(0, 1, bins + 1))[1:-1])
    frame = pd.DataFrame(
        {
            "item": responses.items_index,
            "group": member,
            "level": np.searchsorted(edges, strata.index, side="right"),
            "standing": strata.values[strata.index],
            "score": responses.category,
        }
    )
    grouped = frame[member >= 0].groupby(["item", "group", "level"])
    table = grouped.agg(
        standing=("standing", "mean"), n=("score", "size"), mean=("score", "mean"), sd=("score", "std")
    ).reset_index()
    top = (responses.n_categories - 1)[table["item"]]
    share, sd = (table[name].fillna(0).to_numpy(float) / top for name in ("mean", "sd"))
    low, high = share_interval(share, sd, table["n"].to_numpy(), binary=top == 1)
    return table.assign(
        low=low * top,
        high=high * top,
        item=np.array(responses.items, dtype=object)[table["item"]],
        group=np.array(groups.labels, dtype=object)[table["group"]],
    ).drop(columns="sd")
