"""The most informative items without looking at all of them: a table of upper bounds.

The scale of ability is cut into narrow cells. For each cell and item there is an upper bound of the
information within the cell, and for each cell the items stand by falling bound. Whoever needs the best items
at an ability goes down its cell's row until no later bound can beat what has been found: the answer is that
of a full search, at the price of a few exact values.
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
    """Items by falling upper bound of their information in each of C cells.

    Attributes
    ----------
    lower : float
        Where the first cell begins (logits).
    width : float
        Width of a cell (logits).
    items : (C, M) int
        Rows of the pool, at most M a cell.
    bound : (C, M)
        The upper bounds, falling along each row.
    """

    lower: float
    width: float
    items: Ints
    bound: Floats

    @classmethod
    def of(
        cls,
        pool: ItemPool,
        *,
        lower: float = -6.0,
        upper: float = 6.0,
        width: float = 0.02,
        depth: int = DEPTHS[-1],
    ) -> "Ranking":
        """Tabulate a pool; `depth` is M."""
        cells = round((upper - lower) / width)
        edges = lower + width * np.arange(-1, cells + 2)
        at_once = max(1, 4_000_000 // len(pool))
        parts = [
            _rank(pool.information(edges[first : first + at_once + 3]), min(depth, len(pool)))
            for first in range(0, cells, at_once)
        ]
        items, bound = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return cls(lower, width, items, bound)

    def cell(self, theta: Floats) -> Ints:
        """Return the cell (N,) of each ability, −1 outside the table."""
        cell = np.floor((theta - self.lower) / self.width)
        return np.where((cell >= 0) & (cell < len(self.items)), cell, -1).astype(np.int64)


def _rank(info: Floats, depth: int) -> tuple[Ints, Floats]:
    """Return items and bounds (C, depth) of the cells between the inner C + 1 of C + 3 nodes (J, C + 3)."""
    bound = upper_bound(info).T
    best = np.argpartition(-bound, depth - 1, axis=1)[:, :depth] if depth < len(info) else None
    best = np.sort(best, axis=1) if best is not None else np.broadcast_to(np.arange(depth), bound.shape)
    order = np.argsort(-np.take_along_axis(bound, best, axis=1), axis=1, kind="stable")
    items = np.take_along_axis(best, order, axis=1)
    return items.astype(np.int32), np.take_along_axis(bound, items, axis=1)


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
    """Return the k most informative eligible items of each person and their information, each (N, k).

    Items stand by falling information at θ, ties by rising row; −1 with −∞ fills a row where fewer are
    eligible. The same as sorting all items by their exact information.
    """
    items, info = np.full((theta.size, k), -1), np.full((theta.size, k), -np.inf)
    cell = ranking.cell(theta)
    rest = np.flatnonzero(cell >= 0)
    for depth in DEPTHS:
        if rest.size:
            sure, best, value = _search(ranking, pool, theta[rest], eligible, rest, cell[rest], k, depth)
            items[rest[sure]], info[rest[sure]] = best, value
            rest = rest[~sure]
    rest = np.concatenate([np.flatnonzero(cell < 0), rest])
    if rest.size:
        items[rest], info[rest] = _search_all(pool, theta[rest], eligible[rest], k)
    return items, info


def _search(
    ranking: Ranking,
    pool: ItemPool,
    theta: Floats,
    eligible: Bools,
    rows: Ints,
    cell: Ints,
    k: int,
    depth: int,
) -> tuple[Bools, Ints, Floats]:
    """Look at the first `depth` of each row; return who is settled (M,), and their items and values."""
    wanted = k + SPARE
    listed = ranking.items[:, :depth].take(cell, axis=0)
    is_open = eligible.reshape(-1).take(listed + (rows * eligible.shape[1])[:, None])
    nth = np.cumsum(is_open, axis=1, dtype=np.int16)
    enough = nth[:, -1] >= wanted
    near, last = _first(listed, is_open & (nth <= wanted) & enough[:, None], wanted)
    if not enough.all():
        theta, cell = theta[enough], cell[enough]
    exact = pool.information_at(near, np.broadcast_to(theta[:, None], near.shape))
    best, value = _sorted(near, exact, k)
    sure = value[:, -1] > ranking.bound[cell, last]
    settled = enough.copy()
    settled[enough] = sure
    return settled, best[sure], value[sure]


def _first(listed: Ints, taken: Bools, wanted: int) -> tuple[Ints, Ints]:
    """Return the items taken (M, wanted), and the column of the last of each row (M,)."""
    at = np.flatnonzero(taken)
    last = at[wanted - 1 :: wanted] % listed.shape[1]
    return listed.reshape(-1).take(at).reshape(-1, wanted), last


def _sorted(items: Ints, values: Floats, k: int) -> tuple[Ints, Floats]:
    """Return the k items of highest value and these, each (M, k); ties by rising item."""
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
