"""From free parameters to all items' working parameters: one sparse linear map, w = C ψ + w₀.

Everything that ties or fixes parameters is an entry of C or w₀: the slope that all items of a 1PL share,
the slope of the Rasch model, the steps of a rating scale, anchors on an old scale, slopes tied by the user.
The estimation works on ψ and never asks which of these it meets.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from engine._types import Bools, Floats, Ints
from engine.models.base import ItemModel

AT_ONCE = 500
"""Items whose share of a large covariance matrix is taken out together."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemBlock:
    """Items of one model with the same number of categories, computed together.

    Attributes
    ----------
    model : ItemModel
    n_categories : int
        K of these items.
    items : (J_block,) int
        Their places among all items.
    first : int
        Where their working parameters start in w.
    """

    model: ItemModel
    n_categories: int
    items: Ints
    first: int

    @property
    def n_parameters(self) -> int:
        """P, the working parameters of one item."""
        return len(self.model.working_names(self.n_categories))

    @property
    def rows(self) -> slice:
        """Where the block's parameters stand in w."""
        return slice(self.first, self.first + self.items.size * self.n_parameters)

    def of(self, working: Floats) -> Floats:
        """Return the block's part (J_block, P) of all working parameters w."""
        return working[self.rows].reshape(self.items.size, self.n_parameters)


@dataclass(frozen=True, slots=True, eq=False)
class ParameterMap:
    """The blocks of items and the map from free parameters ψ (F,) to working parameters w.

    Attributes
    ----------
    blocks : tuple of ItemBlock
    matrix : sparse (W, F)
        C.
    base : (W,)
        w₀: values of fixed parameters; ±∞ for a pinned asymptote.
    n_items : int
        J.
    """

    blocks: tuple[ItemBlock, ...]
    matrix: sparse.csr_array
    base: Floats
    n_items: int

    @property
    def n_free(self) -> int:
        """Number F of free item parameters."""
        return int(self.matrix.shape[1])

    def working(self, free: Floats) -> Floats:
        """Return w for free parameters ψ."""
        return np.asarray(self.matrix @ free + self.base)

    def pull(self, gradient: Floats) -> Floats:
        """Return the gradient in ψ of a gradient in w."""
        return np.asarray(self.matrix.T @ gradient)

    def free_start(self, working: Floats) -> Floats:
        """Return the ψ whose w lies nearest to the given one."""
        if not self.n_free:
            return np.zeros(0)
        fixed = np.isinf(self.base)
        target = np.where(fixed, 0.0, working) - np.where(fixed, 0.0, self.base)
        normal = (self.matrix.T @ self.matrix).tocsc()
        return np.asarray(sparse.linalg.spsolve(normal, self.matrix.T @ target)).reshape(-1)

    def shared_items(self) -> Bools:
        """Return which items (J,) have a parameter in common with another item."""
        owner = np.concatenate([np.repeat(b.items, b.n_parameters) for b in self.blocks])
        gather = sparse.csr_array(
            (np.ones(owner.size), (owner, np.arange(owner.size))), shape=(self.n_items, owner.size)
        )
        moves = sparse.csr_array(gather @ abs(self.matrix) > 0)
        shared = np.flatnonzero(np.asarray(moves.sum(axis=0)) > 1)
        return np.asarray(moves[:, shared].sum(axis=1) > 0)


def working_covariances(items: ParameterMap, block: ItemBlock, covariance: Floats) -> Floats:
    """Return each item's covariance of working parameters (J_block, P, P) from that of the free ones."""
    p = block.n_parameters
    out = np.zeros((block.items.size, p, p))
    for start in range(0, block.items.size, AT_ONCE):
        some = slice(start, start + AT_ONCE)
        matrix = items.matrix[block.first + p * start : block.first + p * (start + out[some].shape[0])]
        spread = np.asarray(matrix @ covariance[: items.n_free, : items.n_free])
        for here in range(p):
            entries = matrix[here::p]
            for there in range(p):
                out[some, here, there] = entries.multiply(spread[there::p]).sum(axis=1)
    return out


@dataclass(slots=True)
class _Builder:
    """Collects the entries of C and w₀ block by block."""

    rows: list[Ints] = field(default_factory=list)
    columns: list[Ints] = field(default_factory=list)
    values: list[Floats] = field(default_factory=list)
    n_free: int = 0
    shared: dict[tuple[str, str], int] = field(default_factory=dict)

    def new(self, count: int) -> Ints:
        """Return `count` new free parameters."""
        self.n_free += count
        return np.arange(self.n_free - count, self.n_free)

    def common(self, label: tuple[str, str]) -> int:
        """Return the free parameter that carries a label, new at its first use."""
        if label not in self.shared:
            self.shared[label] = int(self.new(1)[0])
        return self.shared[label]

    def enter(self, rows: Ints, columns: Ints, values: Floats | float = 1.0) -> None:
        """Set C[rows, columns] = values, broadcast together."""
        parts = np.broadcast_arrays(rows, columns, np.asarray(values, float))
        self.rows.append(parts[0].ravel())
        self.columns.append(parts[1].ravel())
        self.values.append(parts[2].ravel())

    def matrix(self, n_rows: int) -> sparse.csr_array:
        """Return C."""
        entries = [
            np.concatenate(part) if part else np.zeros(0) for part in (self.values, self.rows, self.columns)
        ]
        return sparse.csr_array(
            (entries[0], (entries[1].astype(int), entries[2].astype(int))), shape=(n_rows, self.n_free)
        )


def parameter_map(
    models: Sequence[ItemModel],
    n_categories: Ints,
    *,
    fixed: Mapping[int, Floats] | None = None,
    tied_slopes: Mapping[int, str] | None = None,
) -> ParameterMap:
    """Build the map for J items.

    Parameters
    ----------
    models : J models
    n_categories : (J,) int
    fixed : mapping, optional
        Working parameters (P,) of items to hold, by place; a NaN among them stays free.
    tied_slopes : mapping, optional
        Items with the same label share their slope.
    """
    fixed, tied_slopes = fixed or {}, tied_slopes or {}
    blocks = tuple(_blocks(models, n_categories))
    size = blocks[-1].rows.stop
    base = np.full(size, np.nan)
    builder = _Builder()
    for block in blocks:
        held = _held(block, fixed)
        base[block.rows] = held.ravel()
        free = np.isnan(held)
        rows = (block.first + np.arange(held.size)).reshape(held.shape)
        if block.model.common_steps:
            free &= ~_enter_rating_scale(builder, block, rows, free)
        slope = block.model.working_names(block.n_categories).index("a") if _has_slope(block) else None
        if slope is not None:
            free[:, slope] &= ~_enter_shared_slopes(
                builder, block, rows[:, slope], free[:, slope], tied_slopes
            )
        builder.enter(rows[free], builder.new(int(free.sum())))
    return ParameterMap(blocks, builder.matrix(size), np.where(np.isnan(base), 0.0, base), len(models))


def _blocks(models: Sequence[ItemModel], n_categories: Ints) -> Iterator[ItemBlock]:
    """Yield the items grouped by model and number of categories."""
    groups: dict[tuple[str, int], list[int]] = {}
    for item, (model, k) in enumerate(zip(models, n_categories, strict=True)):
        groups.setdefault((model.key, int(k)), []).append(item)
    first = 0
    for (_, k), items in groups.items():
        block = ItemBlock(models[items[0]], k, np.array(items), first)
        first = block.rows.stop
        yield block


def _held(block: ItemBlock, fixed: Mapping[int, Floats]) -> Floats:
    """Return the block's fixed working parameters (J_block, P), NaN where free."""
    pinned = block.model.pinned
    row = [pinned.get(name, np.nan) for name in block.model.working_names(block.n_categories)]
    held = np.tile(np.array(row), (block.items.size, 1))
    for place, item in enumerate(block.items):
        if int(item) in fixed:
            held[place] = np.where(np.isnan(fixed[int(item)]), held[place], fixed[int(item)])
    return held


def _has_slope(block: ItemBlock) -> bool:
    return "a" in block.model.working_names(block.n_categories)


def _enter_shared_slopes(
    builder: _Builder, block: ItemBlock, rows: Ints, free: Bools, tied: Mapping[int, str]
) -> Bools:
    """Enter slopes that several items share; return which (J_block,) they are."""
    done = np.zeros(rows.size, bool)
    for place, item in enumerate(block.items):
        label = ("tied", tied[int(item)]) if int(item) in tied else None
        if label is None and block.model.common_slope:
            label = ("model", block.model.key)
        if label is not None and free[place]:
            builder.enter(rows[place], np.array(builder.common(label)))
            done[place] = True
    return done


def _enter_rating_scale(builder: _Builder, block: ItemBlock, rows: Ints, free: Bools) -> Bools:
    """Enter d_k = −k δ_j − T_k with T_{K−1} = 0: one location an item, common steps (Andrich 1978).

    Returns which parameters (J_block, P) were entered: the intercepts of items that are not fixed.
    """
    names = block.model.working_names(block.n_categories)
    steps = np.array([p for p, name in enumerate(names) if name != "a"])
    entered = np.zeros(free.shape, bool)
    entered[:, steps] = free[:, steps].all(axis=1, keepdims=True)
    items = np.flatnonzero(entered.any(axis=1))
    if not items.size:
        return entered
    location = builder.new(items.size)
    order = np.arange(1, steps.size + 1)
    builder.enter(rows[np.ix_(items, steps)], location[:, None], -order.astype(float))
    for k, step in enumerate(steps[:-1]):
        common = builder.common((f"{block.model.key}{block.n_categories}", f"step{k + 1}"))
        builder.enter(rows[items, step], np.array(common), -1.0)
    return entered
