"""The integer programme behind a shadow test: the best whole test that meets all conditions, exactly.

Between two steps of a test only the objective and a few bounds change, so most of the work is known:

1. The linear relaxation starts from a basis that is optimal at a middle ability, and a few pivots later it is
   solved. Nearly always its solution is whole, and then it is the optimum.
2. Otherwise the items that matter are few. Fixing all but those of smallest reduced cost leaves a small
   integer programme; its value bounds the optimum from below as the relaxation does from above, and an item
   whose reduced cost exceeds the gap cannot change sides in any better test. Where one outside might, the
   programme is solved again with all of those.

Nothing of one call is left for the next, so the same question has the same answer in any company.

References: Dantzig, Fulkerson & Johnson (1954), Operations Research 2, 393-410 (fixing by reduced cost);
Balas & Zemel (1980), Operations Research 28, 1130-1154 (a core of a few variables).
"""

import threading
from typing import cast

import numpy as np
from scipy import sparse

from engine._types import Bools, Floats, Ints
from engine.conditions import Conditions
from engine.selection.constraints.highs import Bounds, Silent, programme

CORE = 120
"""Items in the first small integer programme."""
WHOLE = 1e-6
"""How far from a whole number a solver's whole number may stand."""
MARGIN = 1e-7
"""How far the solver's values may be off, as a share of the highest score."""


class Programme:
    """The best test under some conditions, for any scores; safe to share between threads.

    Parameters
    ----------
    conditions : Conditions
        What the test must hold.
    scores : (J,)
        Typical scores, from which the first basis is made.
    longest : int
        The most items that a test can hold.
    yielding : bool
        Whether conditions give way, by the least amount, where they cannot be met: each named row then has
        two slack columns, at a price that no gain of scores can pay.
    """

    def __init__(
        self, conditions: Conditions, scores: Floats, *, longest: int, yielding: bool = False
    ) -> None:
        self.conditions = conditions
        self._kind = kinds(conditions)
        self._own = threading.local()
        self._matrix = with_slack(conditions) if yielding else conditions.matrix
        self._whole = np.arange(self._matrix.shape[1]) < conditions.matrix.shape[1]
        self._unwished = 2.0 * longest + 1.0
        self._price = (self._unwished + 2.0) * longest
        free = np.ones(scores.size, bool)
        rows, bounds = (conditions.lower, conditions.upper), self._bounds(~free, free)
        self._model = programme(self._matrix, rows, bounds, self._costs(scores, ~free))
        self._relaxation.run()
        self._basis = self._relaxation.getBasis()

    def best(self, scores: Floats, asked: Bools, free: Bools, unwished: Bools) -> Ints | None:
        """Return the items of the best test, as rising rows of the pool; None where no test is possible.

        Parameters
        ----------
        scores : (J,)
            Finite; the objective is their sum over the test.
        asked, free : (J,) bool
            Items that are in the test whatever comes, and items that may join them.
        unwished : (J,) bool
            Items of which the test holds as few as possible.
        """
        found = self._solve(self._costs(scores, unwished), self._bounds(asked, free))
        if found is None:
            return None
        held = found[: scores.size] > 0.5
        kind = 2 * self._kind + unwished
        return np.flatnonzero(settle_ties(held, scores, free & ~asked, kind))

    @property
    def _relaxation(self) -> Silent:
        """The linear relaxation, one solver for each thread."""
        if not hasattr(self._own, "relaxation"):
            self._own.relaxation = Silent()
            self._own.relaxation.setOptionValue("presolve", "off")
            self._own.relaxation.passModel(self._model)
        return cast(Silent, self._own.relaxation)

    def _costs(self, scores: Floats, unwished: Bools) -> Floats:
        """Return the objective, scaled so that the solver's tolerances are relative."""
        costs = np.where(self._whole, 0.0, -self._price)
        costs[: scores.size] = scores / (np.abs(scores).max(initial=0.0) or 1.0) - self._unwished * unwished
        return costs

    def _bounds(self, asked: Bools, free: Bools) -> Bounds:
        lower, upper = np.zeros(self._whole.size), np.where(self._whole, 1.0, np.inf)
        lower[: asked.size], upper[: asked.size] = asked, asked | free
        return lower, upper

    def _solve(self, costs: Floats, bounds: Bounds) -> Floats | None:
        self._relaxation.renew(costs, bounds, self._basis)
        if not self._relaxation.optimal():
            return None
        relaxed = self._relaxation.values()
        part = self._whole & (np.abs(relaxed - relaxed.round()) > WHOLE)
        if not part.any():
            return relaxed
        return self._branch(costs, bounds, relaxed, part | ~self._whole)

    def _branch(self, costs: Floats, bounds: Bounds, relaxed: Floats, moving: Bools) -> Floats | None:
        """Return the whole optimum, given the relaxed one and the columns that must move from it."""
        reduced = np.where(moving, 0.0, self._relaxation.reduced_costs())
        movable = bounds[0] < bounds[1]
        by_reach = np.sort(reduced[movable])
        reach = 0.0
        for size in (CORE, 2 * CORE, by_reach.size):
            reach = by_reach[min(size, by_reach.size) - 1]
            found = self._branch_within(costs, bounds, relaxed, movable & (reduced <= reach))
            if found is not None:
                break
        else:
            return None
        gap = float(costs @ (relaxed - found)) + MARGIN
        if (movable & (reduced > reach) & (reduced <= gap)).any():
            found = self._branch_within(costs, bounds, relaxed, movable & (reduced <= gap))
        return found

    def _branch_within(self, costs: Floats, bounds: Bounds, relaxed: Floats, core: Bools) -> Floats | None:
        """Return the whole optimum in which only the columns of the core may move from the relaxation."""
        columns = np.flatnonzero(core)
        found = np.where(core, 0.0, relaxed.round())
        outside = self._matrix @ found
        model = programme(
            sparse.csc_array(self._matrix[:, columns]),
            (self.conditions.lower - outside, self.conditions.upper - outside),
            (bounds[0][columns], bounds[1][columns]),
            costs[columns],
            integral=self._whole[columns],
        )
        solver = Silent()
        solver.passModel(model)
        if not solver.optimal():
            return None
        found[columns] = solver.values()
        return found


def with_slack(conditions: Conditions) -> sparse.csc_array:
    """Return the matrix with two more columns for each named row, which add to it and take from it."""
    named = np.flatnonzero([name != "" for name in conditions.names])
    slack = sparse.csc_array(np.eye(len(conditions.names))[:, named])
    return sparse.csc_array(sparse.hstack([conditions.matrix, slack, -slack]))


def settle_ties(held: Bools, scores: Floats, free: Bools, kind: Ints) -> Bools:
    """Hold the free items of highest score of each kind, ties to the lowest row; all arguments (J,)."""
    settled = held & ~free
    swap = np.flatnonzero(free & np.isin(kind, kind[held & free]))
    order = swap[np.lexsort((swap, -scores[swap], kind[swap]))]
    place = np.arange(order.size) - np.searchsorted(kind[order], kind[order])
    settled[order] = place < np.bincount(kind[held & free], minlength=kind.max() + 1)[kind[order]]
    return settled


def kinds(conditions: Conditions) -> Ints:
    """Return a number (J,) for each item, equal where all conditions treat two items alike."""
    named = np.array([name != "" for name in conditions.names])
    columns = conditions.matrix[:, : conditions.n_items].toarray()[named]
    return np.unique(np.vstack([columns, conditions.stimulus]), axis=1, return_inverse=True)[1].ravel()
