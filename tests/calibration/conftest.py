"""Simulated answers for the tests of this room."""

from collections.abc import Callable

import numpy as np
import pytest

from engine.models import model as model_named

Simulate = Callable[..., np.ndarray]


@pytest.fixture(scope="session")
def simulate() -> Simulate:
    """Return a function that draws categories (N, J) from a model, its parameters (J, P) and θ (N,)."""

    def draw(model: str, natural: np.ndarray, theta: np.ndarray, seed: int, share: float = 1.0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        kind = model_named(model)
        prob = np.exp(kind.log_prob(kind.to_working(np.asarray(natural)), np.asarray(theta)[:, None]))
        below = prob.cumsum(axis=-1) < rng.random(prob.shape[:2])[..., None]
        answers = np.minimum(below.sum(axis=-1), prob.shape[-1] - 1).astype(float)
        answers[rng.random(answers.shape) >= share] = np.nan
        return answers

    return draw


@pytest.fixture(scope="session")
def two_pl(simulate: Simulate) -> np.ndarray:
    """Return complete answers of 800 persons to 12 items under a 2PL."""
    rng = np.random.default_rng(11)
    natural = np.column_stack([rng.lognormal(0.1, 0.3, 12), rng.normal(size=12), np.zeros(12), np.ones(12)])
    return simulate("2pl", natural, rng.normal(size=800), seed=12)
