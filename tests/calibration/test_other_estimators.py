"""Conditional, joint and girth's estimation: what they recover, and what each must refuse, with a reason."""

import numpy as np
import pandas as pd
import pytest

from calibration import MarginalML, ResponseMatrix
from calibration.conditional import MOST_PATTERNS, ConditionalML
from calibration.joint import JointML
from calibration.peers import calibrate_with_girth
from items.errors import BadInput


def logistic(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the natural parameters (J, 4) of items without asymptotes."""
    return np.column_stack([a, b, np.zeros(b.size), np.ones(b.size)])


@pytest.fixture(scope="module")
def rasch(simulate) -> tuple[np.ndarray, np.ndarray]:
    """Return difficulties (10,) that sum to zero and complete answers of 2,000 persons, θ ~ N(1, 0.5²)."""
    b = np.linspace(-1.5, 1.5, 10)
    theta = np.random.default_rng(1).normal(1.0, 0.5, 2000)
    return b, simulate("rasch", logistic(np.ones(10), b), theta, seed=2)


@pytest.fixture(scope="module")
def unlinked(rasch: tuple[np.ndarray, np.ndarray]) -> ResponseMatrix:
    """Return answers in which half of the persons met the first five items, the others the last five."""
    split = rasch[1].copy()
    split[:1000, 5:], split[1000:, :5] = np.nan, np.nan
    return ResponseMatrix.from_dense(split)


@pytest.mark.parametrize(
    ("estimator", "right"),
    [(ConditionalML(), "nothing conditional on the score"), (JointML(), "nothing puts their persons")],
)
def test_blocks_that_nobody_links_are_named(unlinked: ResponseMatrix, estimator, right: str) -> None:
    with pytest.raises(
        BadInput, match=r"2 blocks of items that no person links: \{I1, I2, I3, …\}, \{I6,"
    ) as said:
        estimator.fit(unlinked)
    assert right in str(said.value)


def test_conditional_estimation_needs_no_population(rasch: tuple[np.ndarray, np.ndarray]) -> None:
    """Persons far from N(0, 1), and chosen by their score on some items: the difficulties stay."""
    b, answers = rasch
    responses = ResponseMatrix.from_dense(answers)
    table = ConditionalML().fit(responses).parameters
    assert np.sqrt(np.mean(((table["b"] - b) / table["se_b"]) ** 2)) < 1.5
    able = ResponseMatrix.from_dense(answers[answers.sum(axis=1) >= 6])
    some = ConditionalML().fit(able).parameters
    assert np.sqrt(np.mean(((some["b"] - b) / some["se_b"]) ** 2)) < 1.7


def test_conditional_estimation_takes_booklets(rasch: tuple[np.ndarray, np.ndarray]) -> None:
    b, answers = rasch
    booklets = answers.copy()
    booklets[:1000, 7:], booklets[1000:, :3] = np.nan, np.nan
    result = ConditionalML().fit(ResponseMatrix.from_dense(booklets))
    assert result.converged
    assert np.sqrt(np.mean(((result.parameters["b"] - b) / result.parameters["se_b"]) ** 2)) < 1.5


def test_conditional_estimation_refuses_an_adaptive_log(rasch: tuple[np.ndarray, np.ndarray]) -> None:
    rng = np.random.default_rng(0)
    b = np.concatenate([rasch[0], rasch[0]])
    answers = (rng.random((4000, 20)) < 1 / (1 + np.exp(b - rng.normal(size=(4000, 1))))).astype(float)
    answers[rng.random(answers.shape) < 0.5] = np.nan
    with pytest.raises(BadInput, match=f"different sets of items were answered; at most {MOST_PATTERNS}"):
        ConditionalML().fit(ResponseMatrix.from_dense(answers))


@pytest.mark.parametrize("kind", [ConditionalML, JointML])
def test_items_without_variance_are_named_and_the_others_calibrate(rasch, kind) -> None:
    spoilt = rasch[1].copy()
    spoilt[:, 2], spoilt[:, 3] = 1, 0
    result = kind().fit(ResponseMatrix.from_dense(spoilt))
    told = result.items.set_index("item")["status"]
    assert told["I3"] == "not identified: all correct"
    assert told["I4"] == "not identified: all wrong"
    assert (told.drop(["I3", "I4"]) == "ok").all()
    assert len(result.parameters) == 8


def test_models_without_a_sufficient_score_are_refused() -> None:
    with pytest.raises(
        BadInput, match="the sum score is not sufficient in the model '2pl'; one of rasch, pcm"
    ):
        ConditionalML(model="2pl")
    with pytest.raises(BadInput, match="joint estimation: cannot estimate 'grm'; one of rasch, pcm"):
        JointML(model="grm")


def test_the_correction_of_joint_estimates_brings_them_to_the_conditional_ones(rasch) -> None:
    """Andersen (1980): for long tests joint estimates are too far out by J/(J − 1); ten items come close."""
    responses = ResponseMatrix.from_dense(rasch[1])
    conditional = ConditionalML().fit(responses).parameters["b"]
    plain = JointML(corrected=False).fit(responses).parameters["b"]
    corrected = JointML().fit(responses).parameters["b"]
    assert np.abs(plain - conditional).max() > 0.1
    np.testing.assert_allclose(corrected, conditional, atol=0.05)


@pytest.mark.parametrize("model", ["2pl", "grm"])
def test_girth_gives_a_second_opinion_on_complete_answers(simulate, model: str) -> None:
    """girth 0.8 and this package on the same data: slopes within 0.05 and difficulties within 0.05."""
    rng = np.random.default_rng(6)
    slopes = rng.lognormal(0.1, 0.2, 12)
    if model == "2pl":
        natural = logistic(slopes, rng.uniform(-1.2, 1.2, 12))
    else:
        natural = np.column_stack([slopes, *(rng.uniform(m - 0.3, m + 0.3, 12) for m in (-1.0, 0.0, 1.0))])
    responses = ResponseMatrix.from_dense(simulate(model, natural, rng.normal(size=1500), seed=7))
    theirs = calibrate_with_girth(responses, model)
    ours = MarginalML(model=model, standard_errors="none").fit(responses)
    names = ["a", *(name for name in ours.parameters if name[0] == "b")]
    np.testing.assert_allclose(theirs.parameters[names], ours.parameters[names], atol=0.05)
    assert ours.log_likelihood - 1.0 < theirs.log_likelihood <= ours.log_likelihood + 1e-6
    assert not any(name.startswith("se_") for name in theirs.parameters)


@pytest.mark.parametrize("model", ["3pl", "4pl", "nrm", "pcm", "rasch"])
def test_girth_is_not_asked_for_what_it_cannot_do(rasch, model: str) -> None:
    with pytest.raises(BadInput, match=f"girth cannot estimate '{model}' here; one of 1pl, 2pl, grm, gpcm"):
        calibrate_with_girth(ResponseMatrix.from_dense(rasch[1]), model)


def test_a_reversed_item_is_named_though_girth_makes_it_very_hard(rasch) -> None:
    """G5: girth gives it a positive slope and b near its bound 6."""
    reversed_item = rasch[1].copy()
    reversed_item[:, 0] = 1 - reversed_item[:, 0]
    result = calibrate_with_girth(ResponseMatrix.from_dense(reversed_item), "2pl")
    assert result.parameters["a"][0] > 0
    assert [m.split(",")[0] for m in result.messages] == ["I1: the better persons do worse on it"]


def test_slopes_at_girths_bounds_are_named(simulate) -> None:
    rng = np.random.default_rng(8)
    items = logistic(np.array([8.0, *np.full(9, 1.0)]), np.zeros(10))
    answers = simulate("2pl", items, rng.normal(size=1500), seed=9)
    answers[:, 1] = answers[:, 0]
    result = calibrate_with_girth(ResponseMatrix.from_dense(answers), "2pl")
    assert "I1: girth's slope stands at its bound 5" in result.messages


def test_persons_without_answers_do_not_count(rasch) -> None:
    nobody = np.concatenate([rasch[1], np.full((30, 10), np.nan)])
    with_them, without = (
        MarginalML(model="rasch").fit(ResponseMatrix.from_dense(x)) for x in (nobody, rasch[1])
    )
    assert with_them.n_persons == without.n_persons == 2000
    assert with_them.log_likelihood == pytest.approx(without.log_likelihood, abs=1e-9)
    assert with_them.bic == pytest.approx(without.bic)
    pd.testing.assert_frame_equal(with_them.parameters, without.parameters)
