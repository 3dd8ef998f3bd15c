"""Every model against finite differences, printed values, and its narrower and wider relatives."""

import numpy as np
import pytest
from scipy.special import expit

from engine.models import model, models

THETA = np.linspace(-4.0, 4.0, 9)
NATURAL = {
    "rasch": [1.0, 0.4, 0.0, 1.0],
    "1pl": [1.3, -0.7, 0.0, 1.0],
    "2pl": [1.7, 0.3, 0.0, 1.0],
    "3pl": [1.4, 0.5, 0.2, 1.0],
    "4pl": [1.2, -0.4, 0.15, 0.93],
    "gpcm": [0.8, -1.0, 0.9, 0.2],
    "pcm": [1.0, -0.5, 0.5],
    "rsm": [1.0, -0.2, 0.8],
    "grm": [1.6, -1.2, 0.1, 1.4],
    "nrm": [-0.4, 0.9, 0.3, -0.2],
}


def working(key: str) -> np.ndarray:
    return model(key).to_working(np.array(NATURAL[key]))


@pytest.fixture(params=sorted(NATURAL))
def key(request: pytest.FixtureRequest) -> str:
    return request.param


def test_every_registered_model_is_tested() -> None:
    assert set(models) == set(NATURAL)


def test_probabilities_sum_to_one(key: str) -> None:
    total = np.exp(model(key).log_prob(working(key), np.linspace(-60, 60, 41))).sum(axis=-1)
    np.testing.assert_allclose(total, 1.0, atol=1e-13)


def test_natural_and_working_parameters_round_trip(key: str) -> None:
    np.testing.assert_allclose(model(key).to_natural(working(key)), NATURAL[key], atol=1e-12)


def test_theta_derivatives_match_finite_differences(key: str) -> None:
    m, w, h = model(key), working(key), 1e-5
    first, second = m.theta_derivatives(w, THETA)
    forward, here, back = (m.log_prob(w, THETA + step) for step in (h, 0.0, -h))
    np.testing.assert_allclose(first, (forward - back) / (2 * h), atol=1e-8)
    np.testing.assert_allclose(second, (forward - 2 * here + back) / h**2, atol=1e-4)


def test_parameter_derivatives_match_finite_differences(key: str) -> None:
    m, w, h = model(key), working(key), 1e-6
    gradient, hessian = m.working_derivatives(w, THETA)
    for p in np.flatnonzero(np.isfinite(w)):
        step = h * np.eye(w.size)[p]
        up, down = m.log_prob(w + step, THETA), m.log_prob(w - step, THETA)
        np.testing.assert_allclose(gradient[..., p], (up - down) / (2 * h), atol=1e-7)
        up, down = (m.working_derivatives(w + s, THETA)[0] for s in (step, -step))
        np.testing.assert_allclose(hessian[..., p], (up - down) / (2 * h), atol=1e-6)


def test_natural_jacobian_matches_finite_differences(key: str) -> None:
    m, w, h = model(key), working(key), 1e-6
    for p in np.flatnonzero(np.isfinite(w)):
        step = h * np.eye(w.size)[p]
        expected = (m.to_natural(w + step) - m.to_natural(w - step)) / (2 * h)
        np.testing.assert_allclose(m.natural_jacobian(w)[:, p], expected, atol=1e-7)


def test_items_and_nodes_broadcast(key: str) -> None:
    m, w = model(key), working(key)
    table = m.log_prob(np.stack([w, w])[:, None, :], THETA)
    assert table.shape == (2, THETA.size, m.n_categories(w.size))
    np.testing.assert_array_equal(table[1], m.log_prob(w, THETA))


def test_textbook_formula_of_the_4pl() -> None:
    """Barton & Lord (1981): P = c + (d − c) / (1 + exp(−a (θ − b)))."""
    a, b, c, d = NATURAL["4pl"]
    expected = c + (d - c) * expit(a * (THETA - b))
    np.testing.assert_allclose(
        np.exp(model("4pl").log_prob(working("4pl"), THETA))[:, 1], expected, rtol=1e-13
    )


def test_extreme_abilities_keep_their_digits() -> None:
    """P(0) of a 2PL at z = 800 is e^−800, far below the smallest float; its log is exact."""
    m = model("2pl")
    log_p = m.log_prob(m.to_working(np.array([1.0, 0.0, 0.0, 1.0])), np.array([800.0, -800.0]))
    np.testing.assert_allclose(log_p, [[-800.0, 0.0], [0.0, -800.0]])


@pytest.mark.parametrize("polytomous", ["gpcm", "grm"])
def test_two_categories_are_the_2pl(polytomous: str) -> None:
    two, poly = model("2pl"), model(polytomous)
    expected = two.log_prob(working("2pl"), THETA)
    np.testing.assert_allclose(
        poly.log_prob(poly.to_working(np.array([1.7, 0.3])), THETA), expected, atol=1e-14
    )


def test_nominal_with_rising_slopes_is_the_gpcm() -> None:
    """Muraki (1992): scoring functions k a and intercepts −a Σ b_h."""
    intercepts = -0.8 * np.cumsum([-1.0, 0.9, 0.2])
    nominal = np.array([0.8, 1.6, 2.4, *intercepts])
    np.testing.assert_allclose(
        model("nrm").log_prob(nominal, THETA), model("gpcm").log_prob(working("gpcm"), THETA), atol=1e-13
    )


def test_crossed_boundaries_have_no_probability() -> None:
    m = model("grm")
    assert np.isneginf(m.log_prob(m.to_working(np.array([1.0, 0.5, -0.5])), np.zeros(1))[0, 1])


@pytest.mark.parametrize(
    ("key", "natural", "message"),
    [
        ("3pl", [1.0, 0.0, 0.6, 0.5], "c = 0.6 is not below d = 0.5"),
        ("2pl", [np.nan, 0.0, 0.0, 1.0], "a is nan, not a finite number"),
        ("4pl", [1.0, 0.0, 0.1, 1.2], "d = 1.2 lies outside 0 to 1"),
        ("grm", [1.0, 0.5, -0.5], "boundaries 0.5, -0.5 are not in order"),
    ],
)
def test_impossible_parameters_are_named(key: str, natural: list[float], message: str) -> None:
    assert model(key).check(np.array(natural)) == message


def test_unknown_model_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="unknown model 'gpmc'; did you mean 'gpcm'"):
        model("gpmc")


def test_the_gradient_alone_is_that_of_both_derivatives(key: str) -> None:
    m = model(key)
    z = m.predictors(working(key), THETA)
    np.testing.assert_allclose(m.link_gradient(z), m.link_derivatives(z)[0], atol=1e-14)
    np.testing.assert_allclose(np.exp(m.link(z)).sum(axis=-1), 1.0, atol=1e-13)


def test_closed_forms_without_asymptotes_are_the_limit_of_the_mixture() -> None:
    near = np.stack([THETA, np.full(9, -40.0), np.full(9, 40.0)], axis=-1)
    pinned = np.stack([THETA, np.full(9, -np.inf), np.full(9, np.inf)], axis=-1)
    m = model("2pl")
    np.testing.assert_allclose(m.link(pinned), m.link(near), atol=1e-13)
    np.testing.assert_allclose(m.link_gradient(pinned)[..., 0], m.link_gradient(near)[..., 0], atol=1e-13)
