"""The most informative items without looking at all of them: a table of upper bounds.

The scale of ability is cut into narrow cells. For each cell and item there is an upper bound of the
information within the cell, and for each cell the items stand by falling bound. Whoever needs the best items
at an ability goes down its cell's row until no later bound can beat what has been found: the answer is that
of a full search, at the price of a few exact values. Where the best items of several kinds are needed, each
kind has rows of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool

SPARE = 3
"""Exact values taken beyond the k that are wanted, before the bound of the next item is asked."""

DEPTHS = (32, 128, 256)
"""How far down its row a search goes before it settles, tries again, and gives up for a full search."""


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Items by falling upper bound of their information in each of C cells, for each of G kinds of items.

    Attributes
    ----------
    lower : float
        Where the first cell begins (logits).
    width : float
        Width of a cell (logits).
    items : (G, C, M) int
        Rows of the pool, at most M a cell and kind; −1 behind the last item of a kind.
    bound : (G, C, M)
        The upper bounds, falling along each row; −∞ behind the last item.
    kind : (J,) int
        The kind of each item, 0..G-1.
    heads : mapping of a depth D to (G · C, D) int
        The first items of each row.
    """

    lower: float
    width: float
    items: Ints
    bound: Floats
    kind: Ints
    heads: Mapping[int, Ints]

    @classmethod
    def of(
        cls,
        pool: ItemPool,
        kind: Ints | None = None,
        *,
        lower: float = -6.0,
        upper: float = 6.0,
        width: float = 0.02,
        depth: int = DEPTHS[-1],
    ) -> "Ranking":
        """Tabulate a pool; `kind` (J,) parts its items, `depth` is M."""
        cells = round((upper - lower) / width)
        edges = lower + width * np.arange(-1, cells + 2)
        kind = np.zeros(len(pool), np.int64) if kind is None else kind
        groups = [np.flatnonzero(kind == number) for number in range(kind.max() + 1)]
        depth = min(depth, 1 + max(group.size for group in groups))
        items = np.full((len(groups), cells, depth), -1, np.int32)
        bound = np.full(items.shape, -np.inf)
        at_once = max(1, 4_000_000 // len(pool))
        for first in range(0, cells, at_once):
            here = slice(first, first + at_once)
            bounds = upper_bound(pool.information(edges[first : first + at_once + 3])).T
            for number, group in enumerate(groups):
                best, value = _rank(bounds[:, group], min(depth, group.size))
                items[number, here, : best.shape[1]] = group[best]
                bound[number, here, : best.shape[1]] = value
        rows = items.reshape(-1, depth)
        heads = {first: np.ascontiguousarray(rows[:, :first]) for first in DEPTHS}
        return cls(lower, width, items, bound, kind, heads)

    def cell(self, theta: Floats) -> Ints:
        """Return the cell (N,) of each ability, −1 outside the table."""
        cell = np.floor((theta - self.lower) / self.width)
        return np.where((cell >= 0) & (cell < self.items.shape[1]), cell, -1).astype(np.int64)


def _rank(bound: Floats, depth: int) -> tuple[Ints, Floats]:
    """Return the columns of the highest bounds (C, M), and these, each (C, depth) and falling."""
    best = np.broadcast_to(np.arange(depth), (len(bound), depth))
    if depth < bound.shape[1]:
        best = np.sort(np.argpartition(-bound, depth - 1, axis=1)[:, :depth], axis=1)
    order = np.argsort(-np.take_along_axis(bound, best, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(best, order, axis=1)
    return best, np.take_along_axis(bound, best, axis=1)


def upper_bound(info: Floats) -> Floats:
    """Return what information (J, C + 3) cannot exceed in the C cells between the inner nodes, (J, C).

    A function lies above its chord by at most an eighth of the squared width times its curvature; the
    curvature is taken from the second differences at both ends, and doubled for what lies between.
    """
    curvature = np.abs(info[:, :-2] - 2 * info[:, 1:-1] + info[:, 2:])
    ends = np.maximum(info[:, 1:-2], info[:, 2:-1])
    return np.asarray(ends + np.maximum(curvature[:, :-1], curvature[:, 1:]) / 4 + 1e-12)


def most_informative(
    ranking: Ranking, pool: ItemPool, theta: Floats, eligible: Bools, *, k: int, kinds: Bools | None = None
) -> tuple[Ints, Floats]:
    """Return the k most informative eligible items of each kind and their information, each (N, G · k).

    Items of a kind stand by falling information at θ, ties by rising row; −1 with −∞ fills up where fewer are
    eligible. The same as sorting all items by their exact information. Of `kinds` (N, G) that are not wanted
    nothing is looked for.
    """
    n_kinds = len(ranking.items)
    asked = np.arange(theta.size * n_kinds) if kinds is None else kinds.ravel().nonzero()[0]
    lines = Lines.of(ranking, pool, theta, eligible, asked)
    items, info = lines.search(k)
    if asked.size < theta.size * n_kinds:
        whole = np.full((k, theta.size * n_kinds), -1), np.full((k, theta.size * n_kinds), -np.inf)
        whole[0][:, asked], whole[1][:, asked] = items, info
        items, info = whole
    return items.T.reshape(theta.size, -1), info.T.reshape(theta.size, -1)


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """R searches for the best items, each of one person and one kind of items.

    Attributes
    ----------
    eligible : (N, J) bool
    person : (R,) int
        Whose row of `eligible` goes with each search.
    theta : (R,)
    kind, cell : (R,) int
        Where to look in the table; a cell of −1 is outside.
    """

    ranking: Ranking
    pool: ItemPool
    eligible: Bools
    person: Ints
    theta: Floats
    kind: Ints
    cell: Ints

    @classmethod
    def of(cls, ranking: Ranking, pool: ItemPool, theta: Floats, eligible: Bools, asked: Ints) -> "Lines":
        """Return the searches numbered N · G: for each person each kind."""
        person, kind = np.divmod(asked, len(ranking.items))
        return cls(ranking, pool, eligible, person, theta[person], kind, ranking.cell(theta)[person])

    def take(self, rows: Ints) -> "Lines":
        """Return some of the searches."""
        return Lines(
            self.ranking,
            self.pool,
            self.eligible,
            self.person[rows],
            self.theta[rows],
            self.kind[rows],
            self.cell[rows],
        )

    def search(self, k: int) -> tuple[Ints, Floats]:
        """Return the k best items and their information, each (k, R)."""
        sure, items, info = self._down_to(DEPTHS[0], k)
        rest = (~sure).nonzero()[0]
        for depth in DEPTHS[1:]:
            if rest.size:
                sure, items[:, rest], info[:, rest] = self.take(rest)._down_to(depth, k)
                rest = rest[~sure]
        if rest.size:
            items[:, rest], info[:, rest] = self.take(rest)._among_all(k)
        return items, info

    def _down_to(self, depth: int, k: int) -> tuple[Bools, Ints, Floats]:
        """Look at the first `depth` items; return which searches are settled (R,), the best, their values."""
        ranking, n_items = self.ranking, self.eligible.shape[1]
        row = self.kind * ranking.items.shape[1] + np.maximum(self.cell, 0)
        listed = ranking.heads[depth].take(row, axis=0)
        is_open = self.eligible.reshape(-1).take(listed + (self.person * n_items)[:, None])
        if listed[:, -1].min(initial=0) < 0:
            is_open &= listed >= 0
        near, last = _first(listed, is_open, k + SPARE)
        exact = self.pool.information_at(near, self.theta)
        best, value = _sorted(near, np.where(near < 0, -np.inf, exact), k)
        bound = ranking.bound.reshape(-1).take(row * ranking.bound.shape[2] + last)
        return (value[-1] >= bound) & (self.cell >= 0), best, value

    def _among_all(self, k: int) -> tuple[Ints, Floats]:
        """Return the k best of all items by their exact information."""
        of_kind = self.ranking.kind == self.kind[:, None]
        info = self.pool.information(self.theta).T
        items, values = first_k(np.where(self.eligible[self.person] & of_kind, info, -np.inf), k)
        return items.T, values.T


def _first(listed: Ints, is_open: Bools, wanted: int) -> tuple[Ints, Ints]:
    """Return the first open items (wanted, R) of rows (R, M), and the column (R,) of the one that follows.

    Where fewer are open, −1 stands behind them, and the column is the last. `is_open` is used up.
    """
    rows, depth = listed.shape
    begin, items, left = depth * np.arange(rows), listed.reshape(-1), is_open.reshape(-1)
    near = np.empty((wanted, rows), np.int64)
    for place in range(wanted):
        at = begin + is_open.argmax(axis=1)
        near[place] = np.where(left.take(at), items.take(at), -1)
        left[at] = False
    follows = is_open.argmax(axis=1)
    return near, np.where(left.take(begin + follows), follows, depth - 1)


def _sorted(items: Ints, values: Floats, k: int) -> tuple[Ints, Floats]:
    """Return the k items of highest value and these, each (k, R); ties by rising item."""
    if k == 1:
        top = values.max(axis=0)
        return np.where(values == top, items, np.iinfo(items.dtype).max).min(axis=0)[None], top[None]
    order = np.lexsort((items, -values), axis=0)[:k]
    return np.take_along_axis(items, order, axis=0), np.take_along_axis(values, order, axis=0)


def first_k(scores: Floats, k: int) -> tuple[Ints, Floats]:
    """Return the columns (N, k) of the k highest scores (N, M), and these; ties by rising column.

    Columns with a score of −∞ do not count; −1 with −∞ fills the row.
    """
    k_here = min(k, scores.shape[1])
    columns = np.full((len(scores), k), -1)
    values = np.full((len(scores), k), -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :k_here]
    values[:, :k_here] = np.take_along_axis(scores, order, axis=1)
    columns[:, :k_here] = np.where(np.isneginf(values[:, :k_here]), -1, order)
    return columns, values
