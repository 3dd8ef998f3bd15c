"""The answers of a log in the order of its persons, one for each item."""

import numpy as np
import pandas as pd
from scipy import sparse

from calibration.coding import UNUSED
from calibration.log_columns import LogColumns
from engine._types import Ints


def answers_by_person(log: LogColumns, category: Ints) -> tuple[Ints, int]:
    """Return the rows that hold a category, sorted by person, and how many repeated answers were dropped.

    Of several answers of a person to an item the last row counts, as it does in a live session.
    """
    rows = np.flatnonzero(category != UNUSED)
    if np.any(np.diff(log.person[rows]) < 0):
        rows = rows[_stable_order(log.person[rows], len(log.persons))]
    pair = log.person[rows].astype(np.int64) * len(log.items) + log.item[rows]
    in_order = np.sort(pair)
    if not (in_order[1:] == in_order[:-1]).any():
        return rows, 0
    later = pd.Series(pair).duplicated(keep="last").to_numpy()
    return rows[~later], int(later.sum())


def _stable_order(values: Ints, n: int) -> Ints:
    """Return the stable order of whole numbers below n, by counting: linear in the number of rows."""
    size = values.size
    counting = sparse.csr_array(
        (np.ones(size, np.int8), values, np.arange(size + 1)), shape=(size, n)
    ).tocsc()
    return np.asarray(counting.indices)
