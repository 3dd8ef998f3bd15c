"""One item's parameters taken out of a new calibration into the set in use, and nothing else changed."""

from dataclasses import replace

import pandas as pd

from items.errors import BadInput
from items.parameters import ParameterSet


def take_over(used: ParameterSet, linked: ParameterSet, item: str, version: int) -> ParameterSet:
    """Return the set in use with one item version's parameters from another set.

    Parameters
    ----------
    used : ParameterSet
        The set in use; earlier versions of the item leave it.
    linked : ParameterSet
        The other set, already on the scale of the one in use.

    Raises
    ------
    BadInput
        If the other set does not hold this version.
    """
    table = linked.table
    row = table[(table["item"] == item) & (table["version"] == version)]
    if row.empty:
        raise BadInput(
            f"the set has no parameters of version {version}",
            where=f"item {item}",
            right="calibrate it first",
        )
    others = used.table[used.table["item"] != item]
    joined = ParameterSet.from_table(pd.concat([others, row], ignore_index=True))
    covariances = {known: one for known, one in used.covariances.items() if known[0] != item}
    if (item, version) in linked.covariances:
        covariances[item, version] = linked.covariances[item, version]
    return replace(joined, population=used.population, covariances=covariances)
