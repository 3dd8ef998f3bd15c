"""The maximisation step: item parameters that fit the expected counts best.

For an item with expected counts R (Q nodes, K categories) the expected log-likelihood is Σ R log P. Its
gradient comes from the link's gradient in the predictors; its information is the expected one, which is
never indefinite. Both are computed for all items of a block at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from calibration.parameter_map import ItemBlock, ParameterMap
from engine._types import Bools, Floats, Ints
from engine.models.base import ItemModel


@dataclass(frozen=True, slots=True, eq=False)
class BlockTable:
    """One block on the grid.

    Attributes
    ----------
    block : ItemBlock
    log_prob : (J, Q, K)
    link : (J, Q, K, L)
        Gradient of log P in the L predictors that free parameters move.
    active : (all predictors,) bool
        Which predictors these are.
    slope, intercept : (L, P)
        Those predictors' coefficients: z = (θ slope + intercept) · w.
    """

    block: ItemBlock
    log_prob: Floats
    link: Floats
    active: Bools
    slope: Floats
    intercept: Floats


def tabulate(blocks: Sequence[ItemBlock], working: Floats, nodes: Floats) -> list[BlockTable]:
    """Return each block's log-probabilities and their derivatives at the nodes (Q,)."""
    tables = []
    for block in blocks:
        z = block.model.predictors(block.of(working)[:, None, :], nodes)
        slope, intercept = block.model.design(block.n_categories)
        moved = active(block.model, block.n_categories)
        link = block.model.link_gradient(z)
        tables.append(
            BlockTable(block, block.model.link(z), link[..., moved], moved, slope[moved], intercept[moved])
        )
    return tables


def active(model: ItemModel, n_categories: int) -> Bools:
    """Return which predictors of a model (L,) its free parameters move."""
    slope, intercept = model.design(n_categories)
    moved = (slope != 0) | (intercept != 0)
    return np.asarray(moved[:, model.free(n_categories)].any(axis=1))


def stack(tables: Sequence[BlockTable], offsets: Ints) -> Floats:
    """Return the log-probabilities as (ΣK, Q), row offsets[item] + category."""
    out = np.empty((int(offsets[-1]), tables[0].log_prob.shape[1]))
    for table in tables:
        out[columns_of(table.block, offsets)] = table.log_prob.swapaxes(1, 2)
    return out


def columns_of(block: ItemBlock, offsets: Ints) -> Ints:
    """Return the columns (J_block, K) of a block's categories in the one-hot matrix."""
    return np.asarray(offsets[block.items][:, None] + np.arange(block.n_categories))


def gradient(tables: Sequence[BlockTable], counts: Floats, offsets: Ints, nodes: Floats) -> Floats:
    """Return the gradient of Σ R log P in all working parameters (W,), for counts (ΣK, Q)."""
    parts = []
    for table in tables:
        expected = counts[columns_of(table.block, offsets)]
        at_predictors = np.einsum("jkq,jqkl->jql", expected, table.link)
        moved = np.einsum("jql,q->jl", at_predictors, nodes)
        parts.append((at_predictors.sum(axis=1) @ table.intercept + moved @ table.slope).ravel())
    return np.concatenate(parts)


def information(tables: Sequence[BlockTable], counts: Floats, offsets: Ints, nodes: Floats) -> list[Floats]:
    """Return the expected information of each item as (J, P, P), block by block."""
    out = []
    for table in tables:
        link, slope, intercept = table.link, table.slope, table.intercept
        answered = counts[columns_of(table.block, offsets)].sum(axis=1)
        weight = answered[..., None] * np.exp(table.log_prob)
        middle = np.einsum("jqk,jqkl,jqkm->jqlm", weight, link, link, optimize=True)
        zero, one, two = (np.einsum("jqlm,q->jlm", middle, nodes**power) for power in range(3))
        cross = intercept.T @ one @ slope
        out.append(intercept.T @ zero @ intercept + slope.T @ two @ slope + cross + np.swapaxes(cross, 1, 2))
    return out


def block_diagonal(parts: Sequence[Floats], mapping: ParameterMap) -> sparse.csc_array:
    """Return Cᵀ diag(parts) C, the information in the free parameters (F, F), for parts (J, P, P)."""
    rows, columns, values = [], [], []
    for block, part in zip(mapping.blocks, parts, strict=True):
        place = (block.first + np.arange(part.shape[0] * part.shape[1])).reshape(part.shape[:2])
        rows.append(np.broadcast_to(place[:, :, None], part.shape).ravel())
        columns.append(np.broadcast_to(place[:, None, :], part.shape).ravel())
        values.append(part.ravel())
    size = mapping.matrix.shape[0]
    middle = sparse.csr_array(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(size, size)
    )
    return sparse.csc_array(mapping.matrix.T @ middle @ mapping.matrix)
