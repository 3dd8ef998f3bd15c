"""The expectation step: where each person may stand on the grid, and what answers are expected there.

With S the one-hot answers (persons × ΣK categories) and T the log-probabilities (ΣK × Q nodes), the step is
two products with a softmax between them,

    log L = S T + log w,    W = softmax(log L),    expected counts = Sᵀ W          Bock & Aitkin (1981)

done for blocks of persons small enough to stay in the cache. Logs with few answers a person keep S sparse;
where most items are answered a dense S is faster. Blocks are dealt to a fixed number of lanes, summed in a
fixed order, so that the numbers do not depend on how many threads there are.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
from scipy import sparse
from threadpoolctl import ThreadpoolController

from calibration.responses import ResponseMatrix
from engine._types import Floats, Ints

LANES = 4
BLOCK = 2_500
"""Persons in a block: at 61 nodes their posterior fills about a megabyte."""
DENSE = 0.1
"""Share of ones in the one-hot matrix from which a dense one is faster."""

Answers: TypeAlias = "sparse.csr_array | Floats"
T = TypeVar("T")


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


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What the answers say at given parameters.

    Attributes
    ----------
    log_likelihood : float
        Marginal log-likelihood.
    counts : (ΣK, Q)
        Expected number of answers in each category at each node.
    persons : (G, Q)
        Expected number of persons of each group at each node.
    """

    log_likelihood: float
    counts: Floats
    persons: Floats


class EStep:
    """The expectation step over one set of responses.

    Parameters
    ----------
    responses : ResponseMatrix
    group : (N,) int, optional
        Group of each person.
    threads : int, optional
        Threads to use; by default as many as there are processors, at most LANES.
    """

    def __init__(
        self, responses: ResponseMatrix, group: Ints | None = None, *, threads: int | None = None
    ) -> None:
        group = np.zeros(responses.n_persons, np.int64) if group is None else group
        self.n_groups = int(group.max(initial=0)) + 1
        self.width = int(responses.offsets[-1])
        self.blocks = tuple(person_blocks(responses, group))
        self.dense = responses.n_responses > DENSE * responses.n_persons * self.width
        self.threads = min(threads or os.cpu_count() or 1, LANES)
        self._libraries = ThreadpoolController()
        self._kept: dict[Any, Any] = {}

    def __call__(self, table: Floats, log_weights: Floats, *, precision: Any = np.float64) -> Expectation:
        """Return the expectation for a table (ΣK, Q) and log-weights (G, Q)."""
        table, log_weights = table.astype(precision), log_weights.astype(precision)

        def lane(blocks: Sequence[int]) -> Expectation:
            log_likelihood, counts = 0.0, np.zeros(table.shape)
            persons = np.zeros((self.n_groups, table.shape[1]))
            for number in blocks:
                answers, group = self.answers(number, precision), self.blocks[number].group
                posterior, each = posterior_of(answers, table, log_weights[group])
                log_likelihood += float(each.sum(dtype=np.float64))
                counts += answers.T @ posterior
                persons[group] += posterior.sum(axis=0, dtype=np.float64)
            return Expectation(log_likelihood, counts, persons)

        parts = self.lanes(lane)
        return Expectation(
            sum(part.log_likelihood for part in parts),
            np.sum([part.counts for part in parts], axis=0),
            np.sum([part.persons for part in parts], axis=0),
        )

    def posterior(self, table: Floats, log_weights: Floats, *, precision: Any = np.float32) -> Floats:
        """Return each person's posterior on the grid (N, Q), in the order of the blocks."""
        table, log_weights = table.astype(precision), log_weights.astype(precision)

        def lane(blocks: Sequence[int]) -> dict[int, Floats]:
            groups = {number: self.blocks[number].group for number in blocks}
            return {
                number: posterior_of(self.answers(number, precision), table, log_weights[group])[0]
                for number, group in groups.items()
            }

        found: dict[int, Floats] = {}
        for part in self.lanes(lane):
            found |= part
        return np.concatenate([found[number] for number in range(len(self.blocks))])

    def narrowest(self, table: Floats, log_weights: Floats, nodes: Floats) -> float:
        """Return the smallest posterior SD of any person, in the units of the nodes (Q,)."""
        moments = np.stack([nodes, nodes**2], axis=1).astype(np.float32)
        table, log_weights = table.astype(np.float32), log_weights.astype(np.float32)

        def lane(blocks: Sequence[int]) -> float:
            smallest = np.inf
            for number in blocks:
                answers, group = self.answers(number, np.float32), self.blocks[number].group
                first, second = (posterior_of(answers, table, log_weights[group])[0] @ moments).T
                smallest = min(smallest, float((second - first**2).min(initial=np.inf)))
            return smallest

        return float(np.sqrt(max(min(self.lanes(lane)), 0.0)))

    def lanes(self, work: Callable[[Sequence[int]], T]) -> list[T]:
        """Return what `work` makes of the block numbers of each lane, in threads that share no state."""
        lanes = [range(lane, len(self.blocks), LANES) for lane in range(LANES)]
        with self._libraries.limit(limits=1, user_api="blas"), ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, lanes))

    def answers(self, number: int, precision: Any = np.float64) -> Answers:
        """Return the one-hot answers S (B, ΣK) of a block; dense ones are kept for the next call."""
        block = self.blocks[number]
        if not self.dense:
            ones = self._kept.setdefault(
                precision, np.ones(max(b.columns.size for b in self.blocks), precision)
            )
            return self._sparse(block, ones)
        if (number, precision) not in self._kept:
            ones = np.ones(block.columns.size, precision)
            self._kept[number, precision] = self._sparse(block, ones).toarray()
        return cast(Floats, self._kept[number, precision])

    def all_answers(self) -> Answers:
        """Return the one-hot answers of everybody in single precision, in the order of the blocks."""
        parts = [self.answers(number, np.float32) for number in range(len(self.blocks))]
        if self.dense:
            return np.concatenate([part for part in parts if isinstance(part, np.ndarray)])
        return sparse.csr_array(sparse.vstack([sparse.csr_array(part) for part in parts]))

    def _sparse(self, block: PersonBlock, ones: Floats) -> sparse.csr_array:
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


def posterior_of(answers: Answers, table: Floats, log_weights: Floats) -> tuple[Floats, Floats]:
    """Return the posterior on the grid (B, Q) and the marginal log-likelihood (B,) of each person."""
    log_joint = answers @ table
    log_joint += log_weights
    top = log_joint.max(axis=1, keepdims=True)
    log_joint -= top
    np.exp(log_joint, out=log_joint)
    total = log_joint.sum(axis=1, keepdims=True)
    log_joint /= total
    return log_joint, (top + np.log(total))[:, 0]
