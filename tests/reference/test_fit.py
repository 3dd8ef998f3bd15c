"""Item and person fit against mirt 1.46.1, TAM 4.4-2 and eRm 1.0-2 on LSAT6, LSAT7, SAT12 and Science."""

import numpy as np
import pandas as pd
import pytest

from calibration.fit.limited_information import model_fit
from calibration.fit.mean_squares import posterior_mean_squares, residuals
from calibration.fit.s_x2 import sum_score_fit
from engine.pool import ItemPool

pytestmark = pytest.mark.reference


@pytest.mark.parametrize(
    ("data", "model"),
    [("LSAT7", "2PL"), ("LSAT7", "Rasch"), ("SAT12", "2PL"), ("SAT12", "3PL"), ("Science", "graded")],
)
def test_s_x2(fitted, mirt, data: str, model: str) -> None:
    found, expected = sum_score_fit(fitted(data, model)), mirt["itemfit"][f"{data}_{model}_S_X2"]
    np.testing.assert_allclose(found.s_x2, np.array(expected["S_X2"], float), rtol=1e-9)
    np.testing.assert_array_equal(found.df, expected["df.S_X2"])
    np.testing.assert_allclose(found.p, np.array(expected["p.S_X2"], float), atol=1e-9)
    np.testing.assert_allclose(found.rmsea, np.array(expected["RMSEA.S_X2"], float), atol=1e-9)


@pytest.mark.parametrize("data", ["LSAT6", "LSAT7", "SAT12", "Science"])
def test_mean_squares_over_the_posterior(fitted, others, data: str) -> None:
    """TAM's msq.itemfit; TAM's own Rasch estimates differ from mirt's by up to 2e-5."""
    found, expected = posterior_mean_squares(fitted(data, "Rasch")), others[data]["TAM_Rasch"]["msq.itemfit"]
    np.testing.assert_allclose(found.outfit, expected["Outfit"], atol=1e-4)
    np.testing.assert_allclose(found.infit, expected["Infit"], atol=1e-4)
    np.testing.assert_allclose(found.outfit_t, expected["Outfit_t"], atol=1e-3)
    np.testing.assert_allclose(found.infit_t, expected["Infit_t"], atol=1e-3)


@pytest.mark.parametrize("method", ["EAP", "ML", "WLE"])
def test_mean_squares_at_point_estimates(fitted, mirt, method: str) -> None:
    abilities = fitted("LSAT7", "Rasch")
    responses, scores = abilities.responses, mirt["scores"]["LSAT7_Rasch"]
    by_pattern = {
        tuple(p): float(t) for p, t in zip(scores["patterns"], scores[method]["theta"], strict=True)
    }
    theta = np.array([by_pattern[tuple(row)] for row in responses.dense()])
    finite = theta[np.isfinite(theta)]
    # mirt puts people without a finite estimate 0.1 beyond the most extreme finite one.
    theta = np.clip(theta, finite.min() - 0.1, finite.max() + 0.1)
    found = residuals(responses, abilities.pool, theta).mean_squares(responses.items_index, 5)
    expected = mirt["itemfit"][f"LSAT7_Rasch_infit_{method}"]
    np.testing.assert_allclose(found.outfit, expected["outfit"], rtol=1e-9)
    np.testing.assert_allclose(found.infit, expected["infit"], rtol=1e-9)
    np.testing.assert_allclose(found.outfit_t, expected["z.outfit"], rtol=1e-9)
    np.testing.assert_allclose(found.infit_t, expected["z.infit"], rtol=1e-9)


@pytest.mark.parametrize("data", ["LSAT6", "LSAT7", "SAT12"])
def test_mean_squares_after_conditional_estimation(fitted, others, data: str) -> None:
    """eRm's itemfit: conditional item parameters, maximum likelihood persons, extreme scores left out."""
    expected = others[data]["eRm"]
    responses = fitted(data, "Rasch").responses
    b = -np.array(list(expected["betapar_easiness"].values()))
    pool = ItemPool.from_parameters(
        pd.DataFrame({"item": responses.items, "model": "rasch", "a": 1.0, "b": b})
    )
    total = responses.dense().sum(axis=1)
    inner = responses.take_persons((total > 0) & (total < responses.n_items))
    by_score = expected["person_by_score"]["1"]
    theta_of = dict(zip(by_score["score"], by_score["theta"], strict=True))
    theta = np.array([theta_of[int(score)] for score in inner.dense().sum(axis=1)])
    found = residuals(inner, pool, theta).mean_squares(inner.items_index, inner.n_items)
    np.testing.assert_allclose(found.outfit, expected["itemfit"]["outfit_msq"], rtol=1e-9)
    np.testing.assert_allclose(found.infit, expected["itemfit"]["infit_msq"], rtol=1e-9)
    np.testing.assert_allclose(found.outfit_t, expected["itemfit"]["outfit_t"], atol=1e-9)
    np.testing.assert_allclose(found.infit_t, expected["itemfit"]["infit_t"], atol=1e-9)


@pytest.mark.parametrize("model", ["2PL", "Rasch"])
def test_mean_squares_of_persons(fitted, mirt, model: str) -> None:
    abilities = fitted("LSAT7", model)
    responses = abilities.responses
    found = residuals(responses, abilities.pool, abilities.theta).mean_squares(
        responses.persons_index, responses.n_persons
    )
    expected = mirt["personfit"][f"LSAT7_{model}_EAP"]
    first = [int(np.argmax((responses.dense() == p).all(axis=1))) for p in expected["patterns"]]
    np.testing.assert_allclose(found.outfit[first], expected["stats"]["outfit"], rtol=1e-6)
    np.testing.assert_allclose(found.infit[first], expected["stats"]["infit"], rtol=1e-6)
    np.testing.assert_allclose(found.outfit_t[first], expected["stats"]["z.outfit"], atol=1e-6)


@pytest.mark.parametrize(
    ("data", "model", "name"),
    [
        ("LSAT7", "2PL", "LSAT7_2PL"),
        ("LSAT7", "Rasch", "LSAT7_Rasch"),
        ("LSAT6", "2PL", "LSAT6_2PL"),
        ("LSAT6", "1PL", "LSAT6_1PL"),
        ("SAT12", "2PL", "SAT12_2PL"),
        ("Science", "graded", "Science_graded_C2"),
    ],
)
def test_m2(fitted, mirt, data: str, model: str, name: str) -> None:
    """M2, and C2 for more categories; LSAT6 2PL is also printed in mirt's own tests (4.737, df 5)."""
    found, expected = model_fit(fitted(data, model)), mirt["M2"][name]
    assert (found.statistic, found.df) == ("C2" if data == "Science" else "M2", expected["df"])
    assert found.value == pytest.approx(expected["M2"], rel=1e-6)
    assert found.p == pytest.approx(expected["p"], abs=1e-7)
    assert found.rmsea == pytest.approx(expected["RMSEA"], abs=1e-6)
    assert found.rmsea_low == pytest.approx(expected["RMSEA_5"], abs=1e-6)
    assert found.rmsea_high == pytest.approx(expected["RMSEA_95"], abs=1e-6)
    assert found.srmsr == pytest.approx(expected["SRMSR"], abs=1e-7)
