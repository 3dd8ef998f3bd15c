"""Why no test can meet some conditions: the few of them that are in conflict.

Reference: Chinneck & Dravnieks (1991), Locating minimal infeasible constraint sets in linear programs, ORSA
Journal on Computing 3, 157-168 (the deletion filter).
"""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from engine._types import Bools, Floats
from engine.conditions import LONGEST, Conditions
from engine.selection.constraints.highs import Silent, programme
from items.naming import first_few


def require(conditions: Conditions, *, among: Bools | None = None) -> None:
    """Raise ValueError, naming the conditions in conflict, if no test of the items `among` meets them."""
    if found := conflict(conditions, among=among):
        hint = "; limit the length in [stop]" if any(name.startswith(LONGEST) for name in found) else ""
        raise ValueError(f"no test can meet these conditions together: {'; '.join(found)}{hint}")


def rate_conflict(conditions: Conditions, items: Sequence[str], max_rate: float) -> str:
    """Return why no mixture of tests can stay within a rate, or ""; items in every test are not limited."""
    names = conflict(conditions, share=max_rate, whole=False)
    if not names:
        return ""
    over = [items[row] for row in np.flatnonzero(needed_above(conditions, max_rate)).tolist()]
    which = first_few([f"'{item}'" for item in over]) or "some items"
    many = "needs" if len(over) == 1 else "need"
    return f"{which} {many} a rate of {least_rate(conditions):.4g} or more for {'; '.join(names)}"


def conflict(
    conditions: Conditions, *, share: float = 1.0, whole: bool = True, among: Bools | None = None
) -> tuple[str, ...]:
    """Return the names of conditions that cannot hold together, while without any one of them the rest can.

    Parameters
    ----------
    share : float
        The largest value that an item may take, those in every test apart: 1 for one test, a maximum rate for
        a mixture of many tests.
    whole : bool
        Whether items are taken whole (one test) or in part (a mixture).
    among : (J,) bool, optional
        Items that can be taken at all.

    Returns
    -------
    tuple of texts
        Empty where all conditions can be met.
    """
    upper = np.ones(conditions.matrix.shape[1])
    upper[: conditions.n_items][~in_every_test(conditions)] = share
    if among is not None:
        upper[: conditions.n_items][~among] = 0.0
    needed = np.ones(len(conditions.names), bool)
    if feasible(conditions, needed, upper, whole=whole):
        return ()
    whole = whole and feasible(conditions, needed, upper, whole=False)
    names = [name for name in dict.fromkeys(conditions.names) if name]
    for name in names:
        without = needed & (np.array(conditions.names) != name)
        if not feasible(conditions, without, upper, whole=whole):
            needed = without
    return tuple(name for name in names if needed[conditions.names.index(name)])


def feasible(conditions: Conditions, needed: Bools, upper: Floats, *, whole: bool) -> bool:
    """Return whether the needed rows (M,) can be met with columns between 0 and `upper` (J + S,)."""
    rows = np.where(needed, conditions.lower, -np.inf), np.where(needed, conditions.upper, np.inf)
    bounds, costs = (np.zeros(upper.size), upper), np.zeros(upper.size)
    integral = np.full(upper.size, True) if whole else None
    solver = Silent()
    solver.passModel(programme(conditions.matrix, rows, bounds, costs, integral=integral))
    return solver.optimal()


def least_rate(conditions: Conditions) -> float:
    """Return the smallest r such that a mixture of tests meets all conditions with no item above r.

    Items in every test apart. Where no mixture can, the answer is infinite.
    """
    found = most_even(conditions)
    return np.inf if found is None else float(found[-1])


def most_even(conditions: Conditions) -> Floats | None:
    """Return the mixture of tests (J + S,) whose largest rate r is the least, and r; None without any.

    Minimise r with x_j ≤ r, items in every test apart.
    """
    free = np.flatnonzero(~in_every_test(conditions))
    height, width = conditions.matrix.shape
    below = sparse.csc_array((np.ones(free.size), (np.arange(free.size), free)), shape=(free.size, width))
    rate = sparse.csc_array(np.r_[np.zeros(height), -np.ones(free.size)][:, None])
    matrix = sparse.csc_array(sparse.hstack([sparse.vstack([conditions.matrix, below]), rate]))
    rows = (
        np.r_[conditions.lower, np.full(free.size, -np.inf)],
        np.r_[conditions.upper, np.zeros(free.size)],
    )
    solver = Silent()
    bounds = np.zeros(width + 1), np.ones(width + 1)
    solver.passModel(programme(matrix, rows, bounds, np.r_[np.zeros(width), -1.0]))
    return solver.values() if solver.optimal() else None


def needed_above(conditions: Conditions, rate: float) -> Bools:
    """Return the items (J,) that a mixture of tests which meets all conditions needs above a rate.

    Each alone: no mixture has it at the rate or less. Items that a condition names for every test are none.
    """
    upper, needed = np.ones(conditions.matrix.shape[1]), np.ones(len(conditions.names), bool)
    free, above = ~in_every_test(conditions), np.zeros(conditions.n_items, bool)
    found = most_even(conditions)
    used = np.ones(upper.size) if found is None else found
    for item in np.flatnonzero(free & (used[: conditions.n_items] > rate)):
        less = upper.copy()
        less[item] = rate
        above[item] = not feasible(conditions, needed, less, whole=False)
    return above


def in_every_test(conditions: Conditions) -> Bools:
    """Return the items (J,) that a condition puts into every test: it asks for all the items it is about."""
    matrix = sparse.csr_array(conditions.matrix)
    always = np.zeros(matrix.shape[1], bool)
    for row, lower in enumerate(conditions.lower):
        place = slice(matrix.indptr[row], matrix.indptr[row + 1])
        if lower == matrix.indices[place].size and (matrix.data[place] == 1).all():
            always[matrix.indices[place]] = True
    return always[: conditions.n_items]
