"""Kinds of people who may take a simulated test, by name: what a test must stand besides ideal candidates."""

from collections.abc import Callable, Mapping

import numpy as np

from engine._types import Floats
from engine.design import Design
from engine.registry import nearest
from engine.simulation.responders import (
    Admitting,
    Guessing,
    Misfitting,
    ModelResponder,
    Responder,
    Uncertain,
)
from items.errors import BadInput

HARD, LOSS = 0.2, 1.0
"""Share of the items on which misfitting people fall short, and by how many logits."""


def crowd(words: str, design: Design, theta: Floats, *, rng: np.random.Generator) -> Responder:
    """Return who answers: a kind of people and, after "=", how large a share of all they are.

    Parameters
    ----------
    words : str
        As "model", "uncertain" or "guessing=0.1"; any kind of people may end up guessing besides, as
        "admitting=0.5,guessing=0.1".
    theta : (N,)
        True abilities (logits).

    Raises
    ------
    BadInput
        If there is no such kind, the share is none, or nothing is known of the parameters' errors.
    """
    people: Responder = ModelResponder(design.pool, theta)
    for place, part in enumerate(words.split(",")):
        kind, share = _understood(part)
        if place and kind != "guessing":
            raise BadInput(f"'{words}' names several kinds", right="one kind, and guessing after it")
        try:
            people = CROWDS[kind](design, theta, share, rng, people)
        except ValueError as error:
            raise BadInput(str(error), where=f"people '{kind}'") from None
    return people


def _understood(words: str) -> tuple[str, float]:
    """Return kind and share of "guessing=0.1"."""
    kind, _, told = words.strip().partition("=")
    if kind not in CROWDS:
        raise BadInput(f"there are no people of the kind '{kind}'", right=nearest(kind, CROWDS))
    try:
        share = float(told or 1.0)
    except ValueError:
        share = np.nan
    if not 0 <= share <= 1:
        raise BadInput(f"'{words}' names no share", right=f"a number from 0 to 1, as {kind}=0.1")
    return kind, share


def _model(
    design: Design, theta: Floats, share: float, rng: np.random.Generator, others: Responder
) -> Responder:
    return others


def _uncertain(
    design: Design, theta: Floats, share: float, rng: np.random.Generator, others: Responder
) -> Responder:
    return Uncertain.of(design.pool, theta, rng=rng)


def _admitting(
    design: Design, theta: Floats, share: float, rng: np.random.Generator, others: Responder
) -> Responder:
    return Admitting(design.pool, theta, (rng.random(theta.size) < share).astype(float))


def _guessing(
    design: Design, theta: Floats, share: float, rng: np.random.Generator, others: Responder
) -> Responder:
    first = rng.integers(design.max_length, size=theta.size)
    stays = rng.random(theta.size) >= share
    return Guessing(others, design.n_categories, np.where(stays, design.max_length, first))


def _misfitting(
    design: Design, theta: Floats, share: float, rng: np.random.Generator, others: Responder
) -> Responder:
    hard = rng.random(len(design.names)) < HARD
    return Misfitting(design.pool, theta, rng.random(theta.size) < share, hard, LOSS)


CROWDS: Mapping[str, Callable[[Design, Floats, float, np.random.Generator, Responder], Responder]] = {
    "model": _model,
    "uncertain": _uncertain,
    "admitting": _admitting,
    "guessing": _guessing,
    "misfitting": _misfitting,
}
"""Those who answer as the parameters say; by parameters drawn from the calibration's errors; who say "I don't
know yet" instead of guessing; who guess from some question on; who fall short on some of the items."""
