"""The item pool: a parameter set compiled to arrays, the only door from items to the engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine._types import Floats, Ints
from engine.models import model as model_named
from engine.models.base import ItemModel
from items.errors import BadInput
from items.parameters import ParameterSet

DEFAULTS = {"c": 0.0, "d": 1.0}
"""What a logistic model's missing asymptote means."""


@dataclass(frozen=True, slots=True)
class Block:
    """Items of one family with the same number of categories, computed together.

    Attributes
    ----------
    model : ItemModel
        A member of the family: all members share the kernel.
    n_categories : int
        K of these items.
    index : (J_block,) int
        Their rows in the pool.
    working : (J_block, P)
        Their working parameters.
    terms : tuple of arrays (J_block, …)
        What the model's closed forms need of them.
    """

    model: ItemModel
    n_categories: int
    index: Ints
    working: Floats
    terms: tuple[Floats, ...]

    def terms_of(self, place: Ints) -> tuple[Floats, ...]:
        """Return the terms of the items at these places of the block, each (*S, …)."""
        return tuple(term.take(place, axis=0) for term in self.terms)


@dataclass(frozen=True, slots=True, eq=False)
class ItemPool:
    """J items ready for computing.

    Attributes
    ----------
    items : tuple of J texts
        Item identities, in the order of the rows.
    versions, n_categories : (J,) int
        Content version and number of categories of each item.
    blocks : tuple of Block
        The parameters, grouped by family, number of categories and pinned parameters.
    owner, place : (J,) int
        The block of each item, and its place there.
    parameters : ParameterSet
        Where they came from, with further columns, covariances and the population.
    """

    items: tuple[str, ...]
    versions: Ints
    n_categories: Ints
    blocks: tuple[Block, ...]
    owner: Ints
    place: Ints
    parameters: ParameterSet

    @classmethod
    def from_parameters(cls, parameters: ParameterSet | pd.DataFrame, *, where: str = "") -> "ItemPool":
        """Compile a parameter set, or a table that can be read as one.

        Raises
        ------
        BadInput
            If a model is unknown, a parameter is missing or impossible, or an item appears twice.
        """
        if isinstance(parameters, pd.DataFrame):
            parameters = ParameterSet.from_table(parameters, where=where or "parameters")
        where = where or parameters.source
        table = parameters.table
        if table["item"].duplicated().any():
            twice = table["item"][table["item"].duplicated()].iloc[0]
            raise BadInput(
                "stands in the pool in two versions",
                where=f"{where}, item {twice}",
                right="choose one version",
            )
        rows = [_compile_row(record, where=where) for record in table.to_dict("records")]
        blocks = tuple(_blocks(rows))
        owner, place = (np.empty(len(rows), np.int64) for _ in range(2))
        for number, block in enumerate(blocks):
            owner[block.index], place[block.index] = number, np.arange(block.index.size)
        return cls(
            items=tuple(table["item"]),
            versions=table["version"].to_numpy(np.int64),
            n_categories=np.array([k for _, k, _ in rows], np.int64),
            blocks=blocks,
            owner=owner,
            place=place,
            parameters=parameters,
        )

    def __len__(self) -> int:
        return len(self.items)

    @property
    def max_categories(self) -> int:
        """The largest number of categories of any item."""
        return int(self.n_categories.max())

    def positions(self, names: Sequence[str]) -> Ints:
        """Return the rows (len(names),) of items by name; raises BadInput for one that is not in the pool."""
        known = {name: row for row, name in enumerate(self.items)}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise BadInput(f"item '{unknown[0]}' is not in the pool", right="one of the pool's items")
        return np.array([known[name] for name in names], np.int64)

    def subset(self, rows: Ints) -> "ItemPool":
        """Return a pool of the given rows, in their order."""
        table = self.parameters.table.iloc[np.asarray(rows)].reset_index(drop=True)
        chosen = ParameterSet(
            table, self.parameters.population, self.parameters.covariances, self.parameters.provenance
        )
        return ItemPool.from_parameters(chosen)

    def log_prob(self, theta: Floats) -> Floats:
        """Return log P as (J, K, Q) at the nodes (Q,), −∞ beyond an item's categories."""
        table = np.full((len(self), self.max_categories, np.size(theta)), -np.inf)
        for block in self.blocks:
            values = block.model.log_prob(block.working[:, None, :], theta)
            table[block.index, : block.n_categories] = values.swapaxes(1, 2)
        return table

    def theta_derivatives(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return ∂ log P/∂θ and ∂² log P/∂θ², each (J, K, Q), 0 beyond an item's categories."""
        first, second = (np.zeros((len(self), self.max_categories, np.size(theta))) for _ in range(2))
        for block in self.blocks:
            d1, d2 = block.model.theta_derivatives(block.working[:, None, :], theta)
            first[block.index, : block.n_categories] = d1.swapaxes(1, 2)
            second[block.index, : block.n_categories] = d2.swapaxes(1, 2)
        return first, second

    def log_prob_at(self, rows: Ints, theta: Floats) -> Floats:
        """Return log P as (*S, K) for items `rows` (*S,) at abilities `theta` (*S,): exact, off the grid."""
        out = np.full((*np.shape(rows), self.max_categories), -np.inf)
        for block, here, place in self._members(rows):
            out[here, : block.n_categories] = block.model.log_prob(block.working[place], theta[here])
        return out

    def prob_at(self, rows: Ints, theta: Floats) -> Floats:
        """Return P as (*S, K) for items `rows` (*S,) at abilities `theta` (*S,): exact, off the grid."""
        if len(self.blocks) == 1:
            return self.blocks[0].model.prob(self.blocks[0].terms_of(rows), theta)
        out = np.zeros((*np.shape(rows), self.max_categories))
        for block, here, place in self._members(rows):
            out[here, : block.n_categories] = block.model.prob(block.terms_of(place), theta[here])
        return out

    def theta_derivatives_at(self, rows: Ints, theta: Floats) -> tuple[Floats, Floats]:
        """Return ∂ log P/∂θ and ∂² log P/∂θ², each (*S, K), for items `rows` at `theta` (*S,)."""
        first, second = (np.zeros((*np.shape(rows), self.max_categories)) for _ in range(2))
        for block, here, place in self._members(rows):
            k = block.n_categories
            first[here, :k], second[here, :k] = block.model.theta_derivatives(
                block.working[place], theta[here]
            )
        return first, second

    def information_at(self, rows: Ints, theta: Floats) -> Floats:
        """Return the Fisher information (*S,) of items `rows` (*S,) at `theta`, which broadcasts."""
        if len(self.blocks) == 1:
            return self.blocks[0].model.information(self.blocks[0].terms_of(rows), theta)
        out, theta = np.zeros(np.shape(rows)), np.broadcast_to(theta, np.shape(rows))
        for block, here, place in self._members(rows):
            out[here] = block.model.information(block.terms_of(place), theta[here])
        return out

    def information(self, theta: Floats) -> Floats:
        """Return the Fisher information (J, Q) of all items at the nodes (Q,)."""
        out = np.zeros((len(self), np.size(theta)))
        for block in self.blocks:
            out[block.index] = block.model.information(tuple(term[:, None] for term in block.terms), theta)
        return out

    def _members(self, rows: Ints) -> Iterator[tuple[Block, Any, Ints]]:
        """Yield each block with the places of its items in `rows` (*S,) and their places in the block."""
        rows = np.asarray(rows)
        if len(self.blocks) == 1:
            yield self.blocks[0], ..., rows
            return
        owner = self.owner[rows]
        for number, block in enumerate(self.blocks):
            here = owner == number
            if here.any():
                yield block, here, self.place[rows[here]]


def _compile_row(record: Mapping[Any, Any], *, where: str) -> tuple[ItemModel, int, Floats]:
    """Return model, K and natural parameters of one row of a parameter file."""
    here = f"{where}, item {record['item']}"
    try:
        model = model_named(record["model"])
    except ValueError as error:
        raise BadInput(str(error), where=here) from None
    n_categories = 2 if model.dichotomous else _count_categories(model, record)
    natural, otherwise = [], {**DEFAULTS, **model.pinned}
    for parameter in model.parameters(n_categories):
        value = record.get(parameter.name, np.nan)
        value = otherwise.get(parameter.name, np.nan) if np.isnan(value) else value
        if np.isnan(value):
            raise BadInput(
                f"{parameter.name} is missing",
                where=here,
                right=f"{record['model']} needs {parameter.meaning}",
            )
        natural.append(value)
    wrong = model.check(np.array(natural))
    if wrong:
        raise BadInput(wrong, where=here)
    return model, n_categories, np.array(natural)


def _count_categories(model: ItemModel, record: Mapping[Any, Any]) -> int:
    """Return K: one more than the number of the last numbered parameter that the row fills."""
    letter = model.parameters(2)[-1].name.rstrip("1")
    numbers = [
        int(str(name)[1:])
        for name, value in record.items()
        if str(name)[:1] == letter and str(name)[1:].isdigit() and not np.isnan(value)
    ]
    return max(numbers, default=1) + 1


def _blocks(rows: Sequence[tuple[ItemModel, int, Floats]]) -> Iterator[Block]:
    """Yield the rows grouped by what is computed by the same formula."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for row, (model, n_categories, natural) in enumerate(rows):
        pinned = np.isinf(model.to_working(natural)).tolist()
        groups.setdefault((model.family, n_categories, *pinned), []).append(row)
    for index in groups.values():
        model, n_categories, _ = rows[index[0]]
        working = model.to_working(np.stack([rows[row][2] for row in index]))
        yield Block(model, n_categories, np.array(index), working, model.terms(working))
