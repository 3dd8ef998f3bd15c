"""The simulated calibration cases of the benchmark and of the agreement tests, regenerated draw for draw.

Each case has its own generator, PCG64 seeded with (20260601, case number), so that the answers equal those
that the peers were run on; the checksums of their CSV files prove it. θ ~ N(0, 1), a ~ lognormal(0.1, 0.35),
b ~ N(0, 1), c ~ Beta(5, 17); polytomous items have four boundaries or steps around b ~ N(0, 0.6²).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.responses import ANSWERED, ResponseMatrix
from engine._types import Floats, Ints

SEED = 20260601
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class SimulatedCase:
    """What is drawn: model, shape, and the SHA-256 of the answers as CSV."""

    name: str
    number: int
    model: str
    n_persons: int
    n_items: int
    sha256: str
    answers_each: int | None = None


CASES = {
    case.name: case
    for case in (
        SimulatedCase(
            "A", 1, "2pl", 10_000, 50, "f58f1211c731f65e604995649438169e7405e461091340d2963e2014d2a1aae3"
        ),
        SimulatedCase(
            "A2", 2, "2pl", 50_000, 100, "275f65d36103363291f1be597d9985dacf0af653b5d1f1ef3a709b549fba450c"
        ),
        SimulatedCase(
            "B", 3, "3pl", 10_000, 50, "dbd3c6a91b1965ae7ea34241b5266f32e5542a11769c13ed28e7ba853627ac37"
        ),
        SimulatedCase(
            "C", 4, "grm", 5_000, 30, "64e5e3c3243fc3662c3caf5d46bda352e8e696d2de90993d7bffc3d084b00c6d"
        ),
        SimulatedCase(
            "D", 5, "gpcm", 5_000, 30, "95afd91794dd3c1d7c78f195ab057c68236dcd9e0df9fd3bbfc330816ad55522"
        ),
        SimulatedCase(
            "E", 6, "2pl", 20_000, 500, "b4351cd340dddb2d1e01249c36d574e5003718885b79149fbbabddc5628d2e5b", 20
        ),
        SimulatedCase(
            "small2pl",
            8,
            "2pl",
            2_000,
            20,
            "e1ac1293c5527c755de61370fa118c239a44916dbb0c4b7b5cf3cebec2d26f79",
        ),
    )
}


def answers_of(case: SimulatedCase) -> Ints:
    """Return the answers (N, J) of a case, −1 where nothing was administered."""
    rng = np.random.default_rng([SEED, case.number])
    theta = rng.standard_normal(case.n_persons)
    a = np.exp(0.1 + 0.35 * rng.standard_normal(case.n_items))
    if case.model in ("grm", "gpcm"):
        return _polytomous(case, rng, theta, a)
    b = rng.standard_normal(case.n_items)
    c = rng.beta(5, 17, case.n_items) if case.model == "3pl" else np.zeros(case.n_items)
    answers = np.empty((case.n_persons, case.n_items), np.int8)
    for start in range(0, case.n_persons, CHUNK):
        z = a * (theta[start : start + CHUNK, None] - b)
        prob = c + (1 - c) / (1 + np.exp(-z))
        answers[start : start + CHUNK] = rng.random(prob.shape) < prob
    if case.answers_each is not None:
        given = np.argsort(rng.random(answers.shape), axis=1)[:, : case.answers_each]
        kept = np.take_along_axis(answers, given, axis=1)
        answers[:] = -1
        np.put_along_axis(answers, given, kept, axis=1)
    return answers


def _polytomous(case: SimulatedCase, rng: np.random.Generator, theta: Floats, a: Floats) -> Ints:
    """Draw five categories from a graded response or generalised partial credit model."""
    centre = 0.6 * rng.standard_normal(case.n_items)
    spread = np.array([-1.2, -0.4, 0.4, 1.2]) + rng.uniform(-0.15, 0.15, (case.n_items, 4))
    b = np.sort(centre[:, None] + spread, axis=1)
    z = a[:, None] * (theta[:, None, None] - b)
    u = rng.random((case.n_persons, case.n_items, 1))
    if case.model == "grm":
        return np.asarray((u < 1 / (1 + np.exp(-z))).sum(axis=2), np.int8)
    logits = np.concatenate([np.zeros((*z.shape[:2], 1)), np.cumsum(z, axis=2)], axis=2)
    prob = np.exp(logits - logits.max(axis=2, keepdims=True))
    cumulative = np.cumsum(prob / prob.sum(axis=2, keepdims=True), axis=2)
    return np.asarray((u > cumulative[:, :, :-1]).sum(axis=2), np.int8)


def csv_checksum(answers: Ints) -> str:
    """Return the SHA-256 of the answers as CSV: header I1…IJ, NA where nothing was administered."""
    digest = hashlib.sha256()
    for line in _csv_lines(answers):
        digest.update(line)
    return digest.hexdigest()


def _csv_lines(answers: Ints) -> Iterator[bytes]:
    words = np.array(["NA", *map(str, range(10))], object)
    yield (",".join(f"I{j + 1}" for j in range(answers.shape[1])) + "\n").encode()
    for start in range(0, len(answers), CHUNK):
        rows = words[answers[start : start + CHUNK] + 1].tolist()
        yield "".join(",".join(row) + "\n" for row in rows).encode()


def draw_bank(n_items: int) -> Floats:
    """Return a, b, c (J, 3) of a 3PL bank; 500 items are those of the reference bank500.csv."""
    rng = np.random.default_rng([SEED, 7])
    a = np.exp(0.1 + 0.35 * rng.standard_normal(n_items))
    b, c = rng.standard_normal(n_items), rng.beta(5, 17, n_items)
    return np.round(np.column_stack([a, b, c]), 6)


def sparse_log(n_persons: int, n_items: int, answers_each: int, *, seed: int) -> tuple[Ints, Ints, Floats]:
    """Draw a sparse 2PL log: items (N, L), categories (N, L), and the true (a, b) of each item (J, 2)."""
    rng = np.random.default_rng([SEED, seed])
    a, b = np.exp(0.1 + 0.35 * rng.standard_normal(n_items)), rng.standard_normal(n_items)
    strides = np.array([s for s in range(1, n_items) if np.gcd(s, n_items) == 1])
    items = np.empty((n_persons, answers_each), np.int32)
    categories = np.empty((n_persons, answers_each), np.int8)
    for start in range(0, n_persons, 20 * CHUNK):
        rows = slice(start, min(start + 20 * CHUNK, n_persons))
        n = rows.stop - rows.start
        first = rng.integers(0, n_items, (n, 1))
        stride = rng.choice(strides, (n, 1))
        items[rows] = (first + stride * np.arange(answers_each)) % n_items
        theta = rng.standard_normal((n, 1))
        prob = 1 / (1 + np.exp(-a[items[rows]] * (theta - b[items[rows]])))
        categories[rows] = rng.random(prob.shape) < prob
    return items, categories, np.column_stack([a, b])


def response_matrix(items: Ints, categories: Ints, n_items: int) -> ResponseMatrix:
    """Return a sparse log (N, L) of dichotomous items as a response matrix."""
    n, each = items.shape
    return ResponseMatrix(
        persons=np.arange(n),
        items=tuple(f"I{j + 1}" for j in range(n_items)),
        versions=np.ones(n_items, np.int64),
        n_categories=np.full(n_items, 2),
        indptr=each * np.arange(n + 1),
        items_index=items.ravel(),
        category=categories.ravel(),
        code=np.full(items.size, ANSWERED, np.int8),
        groups=pd.DataFrame(index=range(n)),
        levels=((0, 1),) * n_items,
    )
