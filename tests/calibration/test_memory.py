"""Standard errors of large banks: refused before the fit where the matrix does not fit, exact elsewhere."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from calibration import MarginalML, ResponseMatrix, memory
from calibration.symmetric import TILE, add_transpose, inverse
from items.errors import BadInput

ITEMS, PERSONS, LENGTH = 300, 6_000, 20


def log(*, adaptive: bool) -> ResponseMatrix:
    """Answers to 20 items each: any, or of the 60 with difficulties around the person's ability."""
    rng = np.random.default_rng(3)
    a, b, theta = rng.lognormal(0.1, 0.35, ITEMS), np.sort(rng.normal(size=ITEMS)), rng.normal(size=PERSONS)
    first = np.clip(np.searchsorted(b, theta) - 30, 0, ITEMS - 60) if adaptive else np.zeros(PERSONS, int)
    among = 60 if adaptive else ITEMS
    chosen = first[:, None] + np.argsort(rng.random((PERSONS, among)), axis=1)[:, :LENGTH]
    right = rng.random(chosen.shape) < expit(a[chosen] * (theta[:, None] - b[chosen]))
    person = np.repeat(np.arange(PERSONS), LENGTH)
    return ResponseMatrix.from_pandas(
        pd.DataFrame(
            {"person": person, "item": chosen.ravel().astype(str), "response": right.ravel().astype(int)}
        )
    )


def ratios(responses: ResponseMatrix) -> np.ndarray:
    """Return standard errors without what items owe each other, over the true ones, for every parameter."""
    result = MarginalML(full_covariance=True).fit(responses)
    information = inverse(result.covariance.to_numpy())
    item = np.array([name.split(":")[0] for name in result.covariance.index])
    alone = np.where(item[:, None] == item, information, 0.0)
    return np.sqrt(np.diag(np.linalg.inv(alone)) / np.diag(result.covariance))


def test_no_shortcut_gives_honest_errors_on_adaptive_logs() -> None:
    """Why the whole matrix: items alone do for random ones, and are far off where they form a chain."""
    assert ratios(log(adaptive=False)).min() > 0.95
    chained = ratios(log(adaptive=True))
    assert np.mean(chained < 0.95) > 0.25
    assert chained.min() < 0.8


def test_a_bank_beyond_the_memory_is_refused_before_the_fit(
    two_pl: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2PL: 12 items, one predictor each, 24 parameters: 8 · max(3 · 12² + 24², 2 · 24²) bytes."""
    responses = ResponseMatrix.from_dense(two_pl)
    needed = 8 * 2 * 24**2
    monkeypatch.setattr(memory, "memory", lambda: needed / memory.SHARE - 1)
    cycles: list[int] = []

    def refused(**settings: str) -> str:
        with pytest.raises(BadInput) as told:
            MarginalML(**settings).fit(responses, report=lambda cycle, value, change: cycles.append(cycle))
        return str(told.value)

    assert "standard errors: the information matrix of 24 parameters needs 0.0 GB" in refused()
    assert "--no-se, or one part of the bank at a time" in refused()
    assert "priors from the bank" in refused(priors="hierarchical", standard_errors="none")
    assert not cycles
    assert MarginalML(standard_errors="none").fit(responses).converged
    monkeypatch.setattr(memory, "memory", lambda: needed / memory.SHARE + 1)
    assert MarginalML().fit(responses).converged
    assert "standard errors" in refused(standard_errors="sandwich")


def test_a_container_has_the_memory_that_it_may_use(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "LIMIT", limit)
    without = memory.memory()
    limit.write_text("max\n")
    assert memory.memory() == without > 1e8
    limit.write_text("1000000\n")
    assert memory.memory() == 1_000_000


def test_large_matrices_are_turned_and_inverted_in_place() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(TILE + 70, TILE + 70))
    twice = x.copy()
    add_transpose(twice)
    np.testing.assert_array_equal(twice, x + x.T)
    definite = x @ x.T + np.eye(len(x))
    np.testing.assert_allclose(inverse(definite), np.linalg.inv(definite), atol=1e-9)
    assert inverse(-definite) is None
