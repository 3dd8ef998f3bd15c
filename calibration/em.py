"""The expectation step: where each person may stand on the grid, and what answers are expected there.

With S the one-hot answers (persons × ΣK categories) and T the log-probabilities (ΣK × Q nodes), the step is
two products with a softmax between them,

    log L = S T + log w,    W = softmax(log L),    expected counts = Sᵀ W          Bock & Aitkin (1981)

done for blocks of persons small enough to stay in the cache. Blocks are dealt to a fixed number of lanes,
summed in a fixed order, so that the numbers do not depend on how many threads there are.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from calibration.one_hot import Answers, OneHot
from calibration.responses import ResponseMatrix
from engine._types import Floats, Ints

LANES = 4
FEW = 2_500
"""Persons below which threads cost more than they save."""
Job = TypeVar("Job")
Done = TypeVar("Done")


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
        self.one_hot = OneHot(responses, group)
        self.threads = min(threads or os.cpu_count() or 1, LANES)
        self._libraries = ThreadpoolController()

    def __call__(self, table: Floats, log_weights: Floats, *, precision: Any = np.float64) -> Expectation:
        """Return the expectation for a table (ΣK, Q) and log-weights (G, Q)."""

        def gather(lane: Iterable["_Posterior"]) -> Expectation:
            log_likelihood, counts, persons = 0.0, np.zeros(shape), np.zeros(log_weights.shape)
            for block in lane:
                log_likelihood += float(block.log_likelihood.sum(dtype=np.float64))
                counts += block.givers @ block.weights
                persons[block.group] += np.ones(len(block.weights), precision) @ block.weights
            return Expectation(log_likelihood, counts, persons)

        shape = self.one_hot.table(table, log_weights)[0].shape
        parts = self._by_lane(gather, table, log_weights, precision)
        persons = np.sum([part.persons for part in parts], axis=0)
        counts = np.sum([part.counts for part in parts], axis=0)
        full = self.one_hot.counts(counts, persons.sum(axis=0))
        return Expectation(sum(part.log_likelihood for part in parts), full, persons)

    def posterior(self, table: Floats, log_weights: Floats, *, precision: Any = np.float32) -> Floats:
        """Return each person's posterior on the grid (N, Q), in the order of the blocks."""
        found = np.empty((self.n_persons, table.shape[1]), precision)

        def store(lane: Iterable["_Posterior"]) -> None:
            for block in lane:
                found[block.place : block.place + len(block.weights)] = block.weights

        self._by_lane(store, table, log_weights, precision)
        return found

    def moments(self, table: Floats, log_weights: Floats, nodes: Floats) -> tuple[Floats, Floats]:
        """Return each person's posterior mean and SD (N,), in the order of the blocks."""
        found = np.empty((2, self.n_persons))
        powers = np.stack([nodes, nodes**2], axis=1)

        def store(lane: Iterable["_Posterior"]) -> None:
            for block in lane:
                found[:, block.place : block.place + len(block.weights)] = (block.weights @ powers).T

        self._by_lane(store, table, log_weights, np.float32)
        return found[0], np.sqrt(np.maximum(found[1] - found[0] ** 2, 0.0))

    @property
    def n_persons(self) -> int:
        """Number of persons with answers."""
        return sum(block.persons.size for block in self.one_hot.blocks)

    @property
    def persons(self) -> Ints:
        """Their places among all persons, in the order of the blocks."""
        return np.concatenate([block.persons for block in self.one_hot.blocks])

    def parallel(self, work: Callable[[Job], Done], jobs: Sequence[Job]) -> list[Done]:
        """Return the outcome of each job, done in threads; the linear algebra inside stays in its thread."""
        with self._libraries.limit(limits=1, user_api="blas"):
            if self.threads == 1 or self.n_persons < FEW:
                return [work(job) for job in jobs]
            with ThreadPoolExecutor(self.threads) as pool:
                return list(pool.map(work, jobs))

    def _by_lane(
        self,
        work: Callable[[Iterable["_Posterior"]], Done],
        table: Floats,
        log_weights: Floats,
        precision: Any,
    ) -> list[Done]:
        """Return what `work` makes of the posteriors of each lane of blocks."""
        times, plus = (part.astype(precision) for part in self.one_hot.table(table, log_weights))
        blocks = self.one_hot.blocks
        places = np.cumsum([0, *(block.persons.size for block in blocks)])

        def posteriors(lane: int) -> Iterable["_Posterior"]:
            for number in range(lane, len(blocks), LANES):
                answers, group = self.one_hot.answers(number, precision), blocks[number].group
                givers = self.one_hot.transposed(number, precision)
                yield _Posterior(
                    int(places[number]), group, givers, *posterior_of(answers, times, plus[group])
                )

        return self.parallel(lambda lane: work(posteriors(lane)), range(LANES))


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """A block's place, group, answers (columns, B), posterior (B, Q) and log-likelihood (B,)."""

    place: int
    group: int
    givers: Answers
    weights: Floats
    log_likelihood: Floats


def posterior_of(answers: Answers, times: Floats, plus: Floats) -> tuple[Floats, Floats]:
    """Return softmax(S T + w) (B, Q) and the marginal log-likelihood (B,) of each person."""
    log_joint = answers @ times
    log_joint += plus
    top = log_joint.max(axis=1, keepdims=True)
    log_joint -= top
    np.exp(log_joint, out=log_joint)
    total = log_joint @ np.ones(log_joint.shape[1], log_joint.dtype)
    log_joint *= 1.0 / total[:, None]
    return log_joint, top[:, 0] + np.log(total)
