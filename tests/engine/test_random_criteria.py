"""Criteria with a random part: progressive, proportional, random.

catR draws them from R's generator, so its choices cannot be compared one by one; here the formulas of the
papers are computed by hand (Revuelta & Ponsoda, 1998, Journal of Educational Measurement 35, 311-327;
Barrada, Olea, Ponsoda & Abad, 2008, British Journal of Mathematical and Statistical Psychology 61, 493-513,
eq. 6; the same stand in catR's R/nextItem.R for tests of fixed length), and the choices of many counted.
"""

from dataclasses import replace

import numpy as np
import pytest

from engine import start
from engine._types import Floats
from engine.selection.base import criteria
from engine.selection.view import View
from engine.state import view_of
from tests.engine.pools import fixed_length, three_pl

POOL, LENGTH, N, THETA = three_pl(12), 5, 40_000, 0.4
WEIGHTS = {
    1.0: (0, 1 / 10, 3 / 10, 6 / 10, 1),
    2.0: (0, 1 / 30, 5 / 30, 14 / 30, 1),
    0.0: (0, 1 / 4, 2 / 4, 3 / 4, 1),
}
"""W = Σ_{f=1..q} f^t / Σ_{f=1..4} f^t after q of 5 questions, by the acceleration t, worked out by hand."""


def view_after(questions: int) -> View:
    """Return N people at one ability after so many questions, each with a draw of their own."""
    state = start(POOL, fixed_length(LENGTH), np.zeros((N, LENGTH)))
    draws = np.random.default_rng(3).random(N)
    return replace(
        view_of(state),
        theta=np.full(N, THETA),
        length=np.full(N, questions),
        draw=draws,
        administered=np.zeros((N, len(POOL)), bool),
    )


def information() -> Floats:
    """Return the Fisher information of the 3PL at THETA, a² Q/P ((P − c)/(1 − c))² (Lord, 1980, eq. 5-9)."""
    a, b, c = (POOL.parameters.table[name].to_numpy() for name in "abc")
    p = c + (1 - c) / (1 + np.exp(-a * (THETA - b)))
    return np.asarray(a**2 * (1 - p) / p * ((p - c) / (1 - c)) ** 2)


def shares(scores: Floats) -> Floats:
    """Return the share of the people for whom each item has the highest score."""
    return np.bincount(scores.argmax(axis=1), minlength=len(POOL)) / len(scores)


def check_shares(found: Floats, expected: Floats) -> None:
    """Compare within 4.5 standard errors of a share."""
    assert (np.abs(found - expected) <= 4.5 * np.sqrt(expected * (1 - expected) / N) + 1e-12).all()


@pytest.mark.parametrize("acceleration", WEIGHTS)
@pytest.mark.parametrize("questions", range(LENGTH))
def test_progressive_mixes_chance_and_information(acceleration: float, questions: int) -> None:
    """(1 − W) R + W I: R is even between 0 and the largest I, so its mean is half of that."""
    view, info = view_after(questions), information()
    weight = WEIGHTS[acceleration][questions]
    scores = criteria.build("progressive", {"acceleration": acceleration}).score(view, POOL)
    chance, most = scores - weight * info, (1 - weight) * info.max()
    assert chance.min() >= -1e-12
    assert chance.max() <= most + 1e-12
    np.testing.assert_allclose(chance.mean(axis=0), most / 2, atol=4.5 * most / np.sqrt(12 * N) + 1e-12)
    np.testing.assert_allclose(chance.std(axis=0), most / np.sqrt(12), rtol=0.02, atol=1e-12)


@pytest.mark.parametrize("acceleration", WEIGHTS)
@pytest.mark.parametrize("questions", range(LENGTH))
def test_proportional_draws_with_chances_in_proportion_to_a_power(
    acceleration: float, questions: int
) -> None:
    """P(i) = I_i^H / Σ I^H with H = 5 W."""
    power = LENGTH * WEIGHTS[acceleration][questions]
    expected = information() ** power / (information() ** power).sum()
    scores = criteria.build("proportional", {"acceleration": acceleration}).score(view_after(questions), POOL)
    check_shares(shares(scores), expected)


def test_random_takes_every_item_equally_often() -> None:
    check_shares(
        shares(criteria.build("random", {}).score(view_after(2), POOL)), np.full(len(POOL), 1 / len(POOL))
    )
