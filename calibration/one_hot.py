"""How the answers are stored for the E-step: a one-hot matrix S (persons × ΣK categories), block by block.

Logs with few answers a person stay sparse. Where most items are answered a dense S is faster. Where every
person answered every item the first category of each item needs no column: who gave no other gave that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from scipy import sparse

from calibration.responses import ResponseMatrix
from engine._types import Floats, Ints

BLOCK = 2_500
"""Persons in a block: at 61 nodes their posterior fills about a megabyte."""
DENSE = 0.1
"""Share of ones in the one-hot matrix from which a dense one is faster."""

Answers: TypeAlias = "sparse.csr_array | sparse.csc_array | Floats"


@dataclass(frozen=True, slots=True, eq=False)
class PersonBlock:
    """Persons of one group whose answers are handled together.

    Attributes
    ----------
    persons : (B,) int
        Their places among all persons.
    group : int
    indptr : (B + 1,) int
        The answers of the b-th person are columns[indptr[b]:indptr[b + 1]].
    columns : (R_block,) int
        Columns of the one-hot matrix.
    """

    persons: Ints
    group: int
    indptr: Ints
    columns: Ints


class OneHot:
    """The answers of all persons who gave any.

    Parameters
    ----------
    responses : ResponseMatrix
    group : (N,) int
        Group of each person.
    """

    def __init__(self, responses: ResponseMatrix, group: Ints) -> None:
        self.width = int(responses.offsets[-1])
        self.blocks = tuple(person_blocks(responses, group))
        self.dense = responses.n_responses > DENSE * responses.n_persons * self.width
        first = responses.offsets[:-1] if self.dense and responses.complete else np.zeros(0, np.int64)
        self._first = first
        self.kept = np.setdiff1d(np.arange(self.width), first)
        self._item = np.searchsorted(responses.offsets, self.kept, side="right") - 1
        self._longest = max((block.columns.size for block in self.blocks), default=0)
        self._stored: dict[Any, Any] = {}

    def table(self, table: Floats, log_weights: Floats) -> tuple[Floats, Floats]:
        """Return what S is multiplied by (columns, Q) and what is added to each row (G, Q)."""
        if not self._first.size:
            return table, log_weights
        first = table[self._first]
        return table[self.kept] - first[self._item], log_weights + first.sum(axis=0)

    def counts(self, counts: Floats, persons: Floats) -> Floats:
        """Return the counts of all categories (ΣK, Q) from SᵀW and the expected persons (Q,)."""
        if not self._first.size:
            return counts
        full = np.empty((self.width, counts.shape[1]))
        full[self.kept] = counts
        full[self._first] = persons
        np.subtract.at(full, self._first[self._item], counts)
        return full

    def answers(self, number: int, precision: Any) -> Answers:
        """Return the stored columns of a block's one-hot matrix (B, columns); kept for the next call."""
        if (number, precision) not in self._stored:
            matrix = self._sparse(self.blocks[number], precision)
            dense = np.ascontiguousarray(matrix.toarray()[:, self.kept]) if self.dense else None
            self._stored[number, precision] = matrix if dense is None else dense
        return cast(Answers, self._stored[number, precision])

    def transposed(self, number: int, precision: Any) -> Answers:
        """Return the same transposed (columns, B)."""
        if (number, precision, "T") not in self._stored:
            self._stored[number, precision, "T"] = self.answers(number, precision).T
        return cast(Answers, self._stored[number, precision, "T"])

    @property
    def without_first(self) -> bool:
        """Whether the first category of each item has no column."""
        return bool(self._first.size)

    @property
    def places(self) -> Ints:
        """The stored column of each category (ΣK,), −1 where it has none."""
        places = np.full(self.width, -1)
        places[self.kept] = np.arange(self.kept.size)
        return places

    def everyone(self) -> sparse.csr_array:
        """Return the whole one-hot matrix (N, ΣK) in single precision, in the order of the blocks."""
        return sparse.csr_array(sparse.vstack([self._sparse(block, np.float32) for block in self.blocks]))

    def _sparse(self, block: PersonBlock, precision: Any) -> sparse.csr_array:
        ones = self._stored.setdefault(precision, np.ones(self._longest, precision))
        shape = (block.persons.size, self.width)
        return sparse.csr_array((ones[: block.columns.size], block.columns, block.indptr), shape=shape)


def person_blocks(responses: ResponseMatrix, group: Ints) -> Iterator[PersonBlock]:
    """Yield the persons who have answers, in blocks of one group."""
    columns = responses.offsets[:-1].astype(np.int32)[responses.items_index] + responses.category
    for g in range(int(group.max(initial=0)) + 1):
        members = np.flatnonzero((group == g) & (responses.answers_per_person > 0))
        for start in range(0, members.size, BLOCK):
            persons = members[start : start + BLOCK]
            first, last = responses.indptr[persons], responses.indptr[persons + 1]
            indptr = np.concatenate([[0], np.cumsum(last - first)]).astype(np.int32)
            if persons[-1] - persons[0] + 1 == persons.size:
                mine = columns[first[0] : last[-1]]
            else:
                mine = columns[np.repeat(first - indptr[:-1], last - first) + np.arange(indptr[-1])]
            yield PersonBlock(persons, g, indptr, mine)
