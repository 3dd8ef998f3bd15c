"""The most informative items without looking at all of them: a table of upper bounds.

The scale of ability is cut into narrow cells. For each cell and item there is an upper bound of the
information within the cell, and for each cell the items stand by falling bound. Whoever needs the best items
at an ability goes down its cell's row until no later bound can beat what has been found: the answer is that
of a full search, at the price of a few exact values. Where the best items of several kinds are needed, each
kind has rows of its own.
"""

from dataclasses import dataclass

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool

SPARE = 5
"""Exact values taken beyond the k that are wanted, before the bounds are asked."""

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
    padded : bool
        Whether −1 stands behind the last item of any kind.
    """

    lower: float
    width: float
    items: Ints
    bound: Floats
    kind: Ints
    padded: bool

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
        return cls(lower, width, items, bound, kind, bool((items[:, 0, -1] < 0).any()))

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
    ranking: Ranking, pool: ItemPool, theta: Floats, eligible: Bools, *, k: int
) -> tuple[Ints, Floats]:
    """Return the k most informative eligible items of each kind and their information, each (N, G · k).

    Items of a kind stand by falling information at θ, ties by rising row; −1 with −∞ fills up where fewer are
    eligible. The same as sorting all items by their exact information.
    """
    kinds, cells, _ = ranking.items.shape
    person, kind = np.repeat(np.arange(theta.size), kinds), np.tile(np.arange(kinds), theta.size)
    cell = ranking.cell(theta)[person]
    row = kind * cells + cell
    sure, items, info = _search(ranking, pool, theta, eligible, person, row, k, DEPTHS[0])
    sure &= cell >= 0
    if not sure.all():
        rest = np.flatnonzero(~sure & (cell >= 0))
        if kinds > 1:
            rest = rest[_among(ranking, eligible, person[rest], kind[rest]).any(axis=1)]
        for depth in DEPTHS[1:]:
            sure, items[rest], info[rest] = _search(
                ranking, pool, theta, eligible, person[rest], row[rest], k, depth
            )
            rest = rest[~sure]
        rest = np.concatenate([np.flatnonzero(cell < 0), rest])
        among = _among(ranking, eligible, person[rest], kind[rest])
        items[rest], info[rest] = _search_all(pool, theta[person[rest]], among, k)
    return items.reshape(theta.size, -1), info.reshape(theta.size, -1)


def _among(ranking: Ranking, eligible: Bools, person: Ints, kind: Ints) -> Bools:
    """Return the eligible items (R, J) of a person and a kind each."""
    members = ranking.kind == np.arange(len(ranking.items))[:, None]
    return np.asarray(eligible[person] & members[kind])


def _search(
    ranking: Ranking,
    pool: ItemPool,
    theta: Floats,
    eligible: Bools,
    person: Ints,
    row: Ints,
    k: int,
    depth: int,
) -> tuple[Bools, Ints, Floats]:
    """Look at the first `depth` items of some rows; return which are settled (R,), the best and their values.

    `row` (R,) counts the rows of all kinds; `person` (R,) is whose row of `eligible` (N, J) goes with each.
    """
    length = ranking.items.shape[2]
    listed = ranking.items.reshape(-1, length)[:, :depth].take(row, axis=0)
    is_open = eligible.reshape(-1).take(listed + (person * eligible.shape[1])[:, None])
    if ranking.padded:
        is_open &= listed >= 0
    near, last = _first(listed, is_open, k + SPARE)
    exact = pool.information_at(near, np.broadcast_to(theta[person][:, None], near.shape))
    best, value = _sorted(near, np.where(near < 0, -np.inf, exact), k)
    return value[:, -1] >= ranking.bound.reshape(-1).take(row * length + last), best, value


def _first(listed: Ints, is_open: Bools, wanted: int) -> tuple[Ints, Ints]:
    """Return the first open items (R, wanted) of rows (R, M), and the column (R,) up to which that looks.

    Where fewer are open, −1 stands behind them, and the column is the last.
    """
    rows, depth = listed.shape
    at = np.flatnonzero(is_open)
    if not at.size:
        return np.full((rows, wanted), -1), np.full(rows, depth - 1)
    edges = np.searchsorted(at, depth * np.arange(rows + 1))
    place = edges[:-1, None] + np.arange(wanted)
    there = place < edges[1:, None]
    found = at.take(np.minimum(place, at.size - 1))
    near = np.where(there, listed.reshape(-1).take(found), -1)
    return near, np.where(there[:, -1], found[:, -1] % depth, depth - 1)


def _sorted(items: Ints, values: Floats, k: int) -> tuple[Ints, Floats]:
    """Return the k items of highest value and these, each (R, k); ties by rising item."""
    if k == 1:
        top = values.max(axis=1, keepdims=True)
        return np.where(values == top, items, np.iinfo(items.dtype).max).min(axis=1, keepdims=True), top
    order = np.lexsort((items, -values), axis=1)[:, :k]
    return np.take_along_axis(items, order, axis=1), np.take_along_axis(values, order, axis=1)


def _search_all(pool: ItemPool, theta: Floats, eligible: Bools, k: int) -> tuple[Ints, Floats]:
    """Return the k best of all items by their exact information."""
    info = np.where(eligible, pool.information(theta).T, -np.inf)
    return first_k(info, k)


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
