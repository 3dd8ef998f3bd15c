"""Person fit: definitions on small cases, and people whose strangeness is known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from calibration.abilities import Abilities
from calibration.fit.replicates import reference
from calibration.person_fit import likelihood_fit, person_table
from calibration.person_fit.copying import copying_table
from calibration.person_fit.guttman import guttman_errors
from calibration.person_fit.likelihood import lz_at_mean, simulated_p
from calibration.person_fit.weighted import weighted_likelihood
from calibration.responses import ResponseMatrix
from calibration.scoring import score
from items.errors import BadInput


def test_weighted_likelihood_is_the_engine_s(two_pl, graded) -> None:
    for abilities in (two_pl(80, 15, 1), graded(80, 10, 2), two_pl(80, 20, 3, share=0.5)):
        found = weighted_likelihood(abilities.responses, abilities.pool)
        expected = score(abilities.responses, abilities.pool.parameters, method="wle")["theta"].to_numpy(
            float
        )
        inside = np.abs(expected) < 5.9
        np.testing.assert_allclose(found[inside], expected[inside], atol=1e-4)


def test_lz_by_hand(two_pl) -> None:
    abilities = two_pl(5, 8, 4)
    theta = np.array([-1.0, -0.3, 0.2, 0.7, 1.5])
    fit = likelihood_fit(abilities.responses, abilities.pool, theta, estimate="mle")
    log_p = abilities.pool.log_prob(theta)
    p = np.exp(log_p)
    x = abilities.responses.dense()
    for person in range(5):
        own = log_p[np.arange(8), x[person], person].sum()
        mean = (p[..., person] * log_p[..., person]).sum()
        variance = (
            (p[..., person] * log_p[..., person] ** 2).sum(axis=1)
            - (p[..., person] * log_p[..., person]).sum(axis=1) ** 2
        ).sum()
        assert fit.lz[person] == pytest.approx((own - mean) / np.sqrt(variance))


def test_lz_star_keeps_its_level_where_lz_does_not(two_pl) -> None:
    """Alarms at 5 % under weighted likelihood: l_z* between 4 and 6 %, l_z far below (Snijders 2001)."""
    abilities = two_pl(6000, 30, 5)
    wle = weighted_likelihood(abilities.responses, abilities.pool)
    fit = likelihood_fit(abilities.responses, abilities.pool, wle)
    assert 0.04 <= np.mean(fit.p < 0.05) <= 0.06
    assert np.mean(fit.lz < -1.645) < 0.04


def test_careless_people_are_found(two_pl) -> None:
    abilities = two_pl(1000, 40, 6)
    rng = np.random.default_rng(1)
    category = abilities.responses.category.copy()
    category[: 100 * 40] = rng.integers(0, 2, 100 * 40)
    careless = abilities.with_answers(replace(abilities.responses, category=category.astype(np.int8)))
    table = person_table(careless)
    assert (table["p"][:100] < 0.01).mean() > 0.4
    assert (table["p"][100:] < 0.01).mean() < 0.03
    assert table["infit"][:100].mean() > 1.2
    assert table["guttman"][:100].mean() > 1.8 * table["guttman"][100:].mean()


def test_where_people_met_different_items_replicates_judge(two_pl) -> None:
    abilities = two_pl(800, 60, 7, share=0.4)
    (simulated,) = reference(abilities, [lz_at_mean], np.random.default_rng(2), replicates=40)
    table = person_table(abilities, simulated=simulated)
    assert table["lz_star"].isna().all()
    assert 0.03 <= np.mean(table["p"] < 0.05) <= 0.07
    assert person_table(abilities)["p"].isna().all()


def test_simulated_probability_is_that_of_the_replicates() -> None:
    draws = np.random.default_rng(3).normal(2.0, 3.0, size=(8000, 1))
    simulated = np.repeat(draws, 3, axis=1)
    found = simulated_p(np.array([2.0, -4.0, 8.0]), simulated)
    np.testing.assert_allclose(found, [0.5, 0.0228, 0.9772], atol=0.02)
    # All a little more regular than replicates, as in adaptive tests: the middle person is the yardstick.
    np.testing.assert_allclose(simulated_p(np.array([3.0, -3.0, 9.0]), simulated), found, atol=1e-12)


def test_few_answers_are_said_in_words(two_pl) -> None:
    responses = two_pl(10, 12, 8).responses
    answers = responses.dense().astype(float)
    answers[0, 3:] = np.nan
    table = person_table(Abilities.of(ResponseMatrix.from_dense(answers), two_pl(10, 12, 8).pool))
    assert table["note"][0] == "not enough answers (3 of at least 5)"
    assert np.isnan(table["lz"][0])
    assert np.isfinite(table["theta"][0])


def test_guttman_errors_of_perfect_and_reversed_patterns() -> None:
    easy_first = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]])
    found = guttman_errors(ResponseMatrix.from_dense(easy_first))
    np.testing.assert_allclose(found[:4], [0, 0, 0, 1])
    assert np.isnan(found[4])


def test_a_copier_gives_the_same_wrong_answers() -> None:
    rng = np.random.default_rng(4)
    n, j = 500, 40
    theta = rng.normal(size=n)
    know = rng.random((n, j)) < 1 / (1 + np.exp(-(theta[:, None] - rng.normal(size=j))))
    raw = np.where(know, "A", rng.choice(list("BCD"), size=(n, j)))
    weak, other = int(np.argsort(theta)[60]), int(np.argsort(theta)[80])
    raw[other, :28] = raw[weak, :28]
    frame = pd.DataFrame(raw, columns=[f"Q{k}" for k in range(j)])
    responses = ResponseMatrix.from_pandas(frame, key=dict.fromkeys(frame.columns, "A"))
    b = -np.log(know.mean(axis=0) / (1 - know.mean(axis=0)))
    from engine.pool import ItemPool

    pool = ItemPool.from_parameters(pd.DataFrame({"item": frame.columns, "model": "2pl", "a": 1.0, "b": b}))
    abilities = Abilities.of(responses, pool)
    strangers = [(str(source), str(source + 7)) for source in range(1, 101)]
    table = copying_table(abilities, [(str(weak + 1), str(other + 1)), *strangers])
    assert table["omega"][0] > 4
    assert (table["p"][1:] < 0.01).mean() < 0.05
    assert table["n"][0] == j
    with pytest.raises(BadInput, match="person 'nobody' is not in the log"):
        copying_table(abilities, [("nobody", "1")])


def test_estimates_that_lz_star_does_not_know(two_pl) -> None:
    abilities = two_pl(5, 8, 9)
    with pytest.raises(ValueError, match="'eap'"):
        likelihood_fit(abilities.responses, abilities.pool, abilities.theta, estimate="eap")
