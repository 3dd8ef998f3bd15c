"""Reliability of LSAT7 under the 2PL against mirt 1.46.1 (mirt_real.json, `reliability`)."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import bootstrap

from calibration import MarginalML, ResponseMatrix
from calibration.reliability import empirical_interval, empirical_reliability, marginal_reliability
from calibration.scoring import score
from engine.pool import ItemPool

pytestmark = pytest.mark.reference


def test_both_reliabilities_are_mirts(shared: Path) -> None:
    """`fscores(returnER = TRUE)` 0.452305 and `marginal_rxx` 0.441819."""
    printed = json.loads((shared / "reference" / "mirt_real.json").read_text())["reliability"]
    responses = ResponseMatrix.read(shared / "data" / "lsat7.csv")
    parameters = MarginalML(model="2pl", standard_errors="none").fit(responses).parameter_set()
    eap = score(responses, parameters, method="eap")
    empirical = empirical_reliability(eap["theta"].to_numpy(), eap["se"].to_numpy())
    assert empirical == pytest.approx(printed["LSAT7_2PL_empirical_EAP"], abs=1e-4)
    marginal = marginal_reliability(ItemPool.from_parameters(parameters))
    assert marginal == pytest.approx(printed["LSAT7_2PL_marginal"], abs=1e-4)


def test_unshrunken_scores_lose_their_error_variance() -> None:
    """1 − mean SE² / var θ̂, by hand; persons without a score are left out."""
    theta, se = np.array([-1.0, 0.0, 1.0, np.nan]), np.array([0.5, 0.5, 0.5, np.nan])
    assert empirical_reliability(theta, se, shrunken=False) == pytest.approx(1 - 0.25 / 1.0)
    assert empirical_reliability(theta, se) == pytest.approx(1.0 / 1.25)


def test_the_interval_of_empirical_reliability_is_the_bootstraps() -> None:
    """`scipy.stats.bootstrap` over people whose errors are larger where few questions measure."""
    rng = np.random.default_rng(4)
    theta = rng.normal(size=400)
    se = 0.4 + 0.1 * theta**2 + rng.uniform(0, 0.05, 400)
    drawn = bootstrap(
        (theta, se), empirical_reliability, paired=True, vectorized=False, n_resamples=2000,
        method="percentile", rng=rng,
    )  # fmt: skip
    ends = (drawn.confidence_interval.low, drawn.confidence_interval.high)
    assert empirical_interval(theta, se) == pytest.approx(ends, abs=0.006)
    assert np.isnan(empirical_interval(theta[:1], se[:1])).all()
