"""The sums over persons that Louis' identity needs, in the predictors of the items.

For person i let y(θ) hold, at the predictors of each answered item, the link's gradient for the answer given.
Needed are

    Σᵢ E[y yᵀ θ^m], m = 0, 1, 2     (3, Z, Z)          and          E[y], E[θ y] of each person,

with expectations over the posterior. The first comes from the expected counts of pairs of answers at each
node, Σᵢ s_ic s_ic′ W_iq, item by item: a matrix product where answers are stored densely, a sparse one among
those who gave the answer elsewhere. Where the store has no column for first categories (`one_hot`), y is
y₀ + Σ_c s_c (y_c − y₀), y₀ being the gradient for the first categories.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from calibration.em import EStep
from calibration.maximisation import BlockTable
from calibration.one_hot import OneHot
from calibration.symmetric import add_transpose
from engine._types import Floats, Ints

Matrix: TypeAlias = "sparse.csc_array | Floats"
MOMENTS = np.arange(3)[:, None]
"""Powers of θ."""


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Where an answer moves a predictor: E pairs of a stored column and a predictor, sorted by item.

    Attributes
    ----------
    column, place, item : (E,) int
        The stored column, the predictor among Z, and their item.
    link : (E, Q) float32
        The gradient, less that of the first category where this has no column.
    base : (Z, Q)
        The gradient for the first categories where they have no column, else 0.
    nodes : (Q,)
    """

    column: Ints
    place: Ints
    item: Ints
    link: Floats
    base: Floats
    nodes: Floats

    @classmethod
    def of(
        cls, tables: Sequence[BlockTable], place: Sequence[Ints], store: OneHot, offsets: Ints, nodes: Floats
    ) -> "Entries":
        """Gather the entries of all blocks; `place` holds the predictors (J_block, L) of each."""
        first = 1 if store.without_first else 0
        base = np.zeros((1 + max(int(p.max(initial=-1)) for p in place), nodes.size))
        parts: list[tuple[Ints, ...]] = []
        links = []
        for table, mine in zip(tables, place, strict=True):
            link = table.link.transpose(0, 2, 3, 1)
            if first:
                base[mine] = link[:, 0]
                link = link[:, 1:] - link[:, :1]
            j, k, l = np.nonzero(link.any(axis=-1))
            columns = store.places[offsets[table.block.items[j]] + k + first]
            parts.append((columns, mine[j, l], table.block.items[j]))
            links.append(link[j, k, l])
        column, places, item = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.lexsort((column, places, item))
        link = np.concatenate(links)[order].astype(np.float32)
        return cls(column[order], places[order], item[order], link, base, nodes)

    def take(self, rows: slice) -> "Entries":
        """Return some of the entries."""
        return Entries(
            self.column[rows], self.place[rows], self.item[rows], self.link[rows], self.base, self.nodes
        )

    def moved(self, moments: int) -> Floats:
        """Return the gradients times θ^m as (moments, E, Q)."""
        return np.asarray(self.link * (self.nodes ** MOMENTS[:moments])[:, None], np.float32)

    def groups(self) -> tuple[Ints, Ints]:
        """Return where the entries of each predictor begin, and the predictors in that order."""
        begin = np.flatnonzero(np.diff(self.place, prepend=-1))
        return begin, self.place[begin]


@dataclass(frozen=True, eq=False)
class Everyone:
    """All persons in the order of the blocks: their answers and posterior (N, Q), float32."""

    step: EStep
    posterior: Floats

    @property
    def store(self) -> OneHot:
        """Their answers, block by block."""
        return self.step.one_hot

    @cached_property
    def group(self) -> Ints:
        """The group of each person (N,)."""
        return np.concatenate([np.full(block.persons.size, block.group) for block in self.store.blocks])

    @cached_property
    def answers(self) -> sparse.csr_array:
        """The one-hot answers (N, ΣK), where they are stored sparsely."""
        return self.store.everyone()

    @cached_property
    def givers(self) -> sparse.csc_array:
        """The same by column: who gave an answer."""
        return sparse.csc_array(self.answers)

    def blocks(self) -> list[tuple[slice, Any]]:
        """Return the rows and the answers of each block."""
        ends = np.cumsum([block.persons.size for block in self.store.blocks])
        return [
            (slice(end - block.persons.size, end), self.store.answers(number, np.float32))
            for number, (block, end) in enumerate(zip(self.store.blocks, ends, strict=True))
        ]

    def counts(self, group: int) -> Floats:
        """Return the expected counts of a group's answers (ΣK, Q)."""
        found: Any = 0.0
        persons = np.zeros(self.posterior.shape[1])
        for block, (rows, answers) in zip(self.store.blocks, self.blocks(), strict=True):
            if block.group == group:
                found = found + np.asarray(answers.T @ self.posterior[rows], np.float64)
                persons += self.posterior[rows].sum(axis=0, dtype=np.float64)
        return self.store.counts(found, persons)

    def pair_counts(self, columns: range) -> Floats:
        """Return how often each answer from the first of these on is expected beside them, at each node.

        Returns
        -------
        (columns, stored − columns.start, Q)
        """
        if not self.store.dense:
            return self._pair_counts_of_givers(columns)
        found: Any = 0.0
        for rows, answers in self.blocks():
            own = answers[:, columns.start : columns.stop, None] * self.posterior[rows, None]
            later = answers[:, columns.start :].T
            found = found + np.asarray(later @ own.reshape(len(own), -1), np.float64)
        return np.asarray(found.reshape(len(found), len(columns), -1).swapaxes(0, 1))

    def _pair_counts_of_givers(self, columns: range) -> Floats:
        givers = [self.rows(column) for column in columns]
        rows, width = np.concatenate(givers), self.store.width
        beside = self.answers[rows]
        shift = np.repeat(width * np.arange(len(givers), dtype=np.int32), [len(g) for g in givers])
        apart = beside.indices + np.repeat(shift, np.diff(beside.indptr))
        shape = (rows.size, width * len(givers))
        each = sparse.csr_array((beside.data, apart, beside.indptr), shape=shape)
        found = np.asarray(each.T @ self.posterior[rows])
        return found.reshape(len(givers), width, -1)[:, columns.start :]

    def rows(self, column: int) -> Ints:
        """Return who gave an answer."""
        return self.givers.indices[self.givers.indptr[column] : self.givers.indptr[column + 1]]


def pair_moments(everyone: Everyone, entries: Entries, counts: Floats, persons: Floats) -> Floats:
    """Return Σᵢ E[y yᵀ θ^m] as (3, Z, Z).

    Parameters
    ----------
    counts, persons : (stored columns, Q), (Q,)
        Expected answers and persons at each node.
    """
    z = len(entries.base)
    found = np.zeros((3, z, z))
    starts = np.flatnonzero(np.diff(entries.item, prepend=-1))
    ends = np.append(starts[1:], entries.item.size)

    def work(number: int) -> tuple[Ints, Ints, Floats]:
        right, left = (entries.take(slice(starts[number], end)) for end in (ends[number], entries.item.size))
        columns = range(int(right.column.min()), int(right.column.max()) + 1)
        pairs, moved = everyone.pair_counts(columns), right.moved(3)
        begin, places = left.groups()
        out = np.empty((3, right.place.size, places.size))
        for row, column in enumerate(right.column):
            beside = pairs[column - columns.start, left.column - columns.start] * left.link
            out[:, row] = np.add.reduceat(beside @ moved[:, row].T, begin).T
        begin, own = right.groups()
        out[:, :, np.isin(places, own)] *= 0.5
        return own, places, np.add.reduceat(out, begin, axis=1)

    for right, left, part in everyone.step.parallel(work, range(starts.size)):
        found[:, right[:, None], left] += part
    for moment in found:
        add_transpose(moment)
    if entries.base.any():
        found += _base_moments(entries, counts, persons)
    return found


def _base_moments(entries: Entries, counts: Floats, persons: Floats) -> Floats:
    """Return the terms of y₀: Σ_q θ^m (n y₀ y₀ᵀ + y₀ uᵀ + u y₀ᵀ), u the expected rest."""
    rest, base = np.zeros(entries.base.shape), entries.base
    begin, places = entries.groups()
    rest[places] = np.add.reduceat(entries.link * counts[entries.column], begin)
    powers = entries.nodes**MOMENTS
    alone = np.stack([(base * (persons * power)) @ base.T for power in powers])
    cross = np.stack([(base * power) @ rest.T for power in powers])
    return np.asarray(alone + cross + cross.swapaxes(1, 2))


def person_means(everyone: Everyone, entries: Entries, maps: tuple[sparse.csr_array, ...]) -> Matrix:
    """Return Σ_m E[θ^m y] · maps[m] of each person (N, F), for maps (Z, F) of m = 0 and 1."""
    moved, begin_places = entries.moved(2), entries.groups()
    if not everyone.store.dense:
        return _sparse_means(everyone, entries, moved, maps)
    begin, places = begin_places
    base = (entries.base * (entries.nodes ** MOMENTS[:2])[:, None]).astype(np.float32)

    def work(block: tuple[slice, Floats]) -> Floats:
        rows, answers = block
        posterior, out = everyone.posterior[rows], 0.0
        for m, lift in enumerate(maps):
            mean = posterior @ base[m].T
            mean[:, places] += np.add.reduceat(
                (posterior @ moved[m].T) * answers[:, entries.column], begin, axis=1
            )
            out = out + (lift.T @ mean.T.astype(np.float64)).T
        return np.asarray(out)

    return np.concatenate(everyone.step.parallel(work, everyone.blocks()))


def _sparse_means(
    everyone: Everyone, entries: Entries, moved: Floats, maps: tuple[sparse.csr_array, ...]
) -> sparse.csc_array:
    """Return the same for answers that are stored sparsely: one column an entry and moment, then the map."""
    owners = np.tile(entries.column, 2)
    ends = np.cumsum(np.diff(everyone.givers.indptr)[owners])
    starts = np.concatenate([[0], ends[:-1]])
    people, values = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.float32)
    moved = moved.reshape(owners.size, -1)

    def work(mine: Ints) -> None:
        rows = everyone.rows(owners[mine[0]])
        means = everyone.posterior[rows] @ moved[mine].T
        for mean, one in zip(means.T, mine, strict=True):
            people[starts[one] : ends[one]], values[starts[one] : ends[one]] = rows, mean

    order = np.argsort(owners, kind="stable")
    by_column = np.split(order, np.flatnonzero(np.diff(owners[order])) + 1)
    everyone.step.parallel(work, by_column)
    shape = (len(everyone.posterior), owners.size)
    means = sparse.csc_array((values, people, np.concatenate([[0], ends])), shape=shape)
    z = len(entries.base)
    lift = sparse.csc_array(
        sparse.vstack(maps, format="csr")[np.concatenate([entries.place, z + entries.place])]
    )
    return means @ lift.astype(np.float32)


def add_squares(matrix: Floats, scores: Matrix, step: EStep) -> None:
    """Add Σᵢ s sᵀ of scores (N, F) to a matrix (F, F); sparse ones are summed over those they concern."""
    if isinstance(scores, np.ndarray):
        matrix += scores.T @ scores
        return
    by_person = sparse.csr_array(scores)

    def work(column: int) -> None:
        mine = slice(scores.indptr[column], scores.indptr[column + 1])
        matrix[column] += by_person[scores.indices[mine]].T @ scores.data[mine]

    step.parallel(work, range(len(matrix)))
