"""What `log_likelihood` claims follows from the written files alone: evaluator.py, float64, within 0.001.

And the point is a maximum: the Newton decrement g′ I⁻¹ g is at most 1e-6.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration import CalibrationResult, MarginalML, ResponseMatrix
from calibration.conditional import ConditionalML
from calibration.peers import calibrate_with_girth
from items.parameters import ParameterSet
from tests.calibration.evaluator import log_likelihood

N = 900
NATURAL = {
    "rasch": [1.0, 0.3, 0.0, 1.0],
    "1pl": [1.2, -0.4, 0.0, 1.0],
    "2pl": [1.4, 0.5, 0.0, 1.0],
    "3pl": [1.5, 0.2, 0.2, 1.0],
    "4pl": [1.8, -0.2, 0.15, 0.93],
    "grm": [1.3, -1.0, 0.1, 1.2],
    "gpcm": [0.9, -0.8, 0.3, 0.9],
    "pcm": [1.0, -0.9, 0.2, 0.8],
    "rsm": [1.0, -0.9, 0.2, 0.8],
    "nrm": [0.5, 1.0, 1.6, -0.3, 0.2, 0.1],
}
DICHOTOMOUS = ("rasch", "1pl", "2pl", "3pl", "4pl")


@pytest.fixture(scope="module")
def answers(simulate) -> dict[str, np.ndarray]:
    """Return answers (N, 4) to items of each model, a tenth of them missing; half of N is one logit up."""
    theta = np.random.default_rng(1).normal(size=N) + np.repeat([0.0, 1.0], N // 2)
    drawn = {}
    for seed, (model, natural) in enumerate(NATURAL.items()):
        items = np.array([natural] * 4)
        located = slice(1, 2) if model in DICHOTOMOUS else slice(1, None)
        items[:, located] += np.linspace(-0.8, 0.8, 4)[:, None]
        drawn[model] = simulate(model, items, theta, seed=seed, share=0.9)
    return drawn


def agrees(
    result: CalibrationResult, responses: ResponseMatrix, folder: Path, group: str | None = None
) -> bool:
    """Whether the written files give the reported likelihood, at a maximum."""
    result.write(folder / "p.csv")
    groups = None if group is None else responses.groups[group].to_numpy()
    found = log_likelihood(folder / "p.csv", responses.dense().astype(int), groups)
    assert found == pytest.approx(result.log_likelihood, abs=0.001)
    return result.converged and result.decrement <= 1e-6


@pytest.mark.parametrize("model", list(NATURAL))
def test_every_model(answers: dict[str, np.ndarray], tmp_path: Path, model: str) -> None:
    other = "grm" if model == "gpcm" else "gpcm"
    responses = ResponseMatrix.from_dense(np.concatenate([answers[model], answers[other]], axis=1))
    models = {item: model if j < 4 else other for j, item in enumerate(responses.items)}
    assert agrees(MarginalML(model=models).fit(responses), responses, tmp_path)


def test_a_mixed_bank_of_all_models(answers: dict[str, np.ndarray], tmp_path: Path) -> None:
    responses = ResponseMatrix.from_dense(np.concatenate(list(answers.values()), axis=1))
    kinds = np.repeat(list(NATURAL), 4)
    result = MarginalML(model=dict(zip(responses.items, kinds, strict=True))).fit(responses)
    assert agrees(result, responses, tmp_path)


@pytest.mark.parametrize("distribution", ["normal", "histogram"])
@pytest.mark.parametrize("group", [None, "g_half"])
def test_populations_of_all_kinds(
    answers: dict[str, np.ndarray], tmp_path: Path, distribution: str, group: str | None
) -> None:
    frame = pd.DataFrame(np.concatenate([answers["2pl"], answers["grm"]], axis=1)).add_prefix("q")
    responses = ResponseMatrix.from_pandas(frame.assign(g_half=np.repeat(["a", "b"], N // 2)))
    models = {f"q{j}": "2pl" if j < 4 else "grm" for j in range(8)}
    result = MarginalML(model=models, group=group, distribution=distribution, tolerance=1e-6).fit(responses)
    assert agrees(result, responses, tmp_path, group)
    if group is not None and distribution == "normal":
        assert result.population["b"][0] == pytest.approx(1.0, abs=0.3)


@pytest.mark.parametrize("priors", ["none", "default", "hierarchical"])
def test_priors_stand_apart_from_the_likelihood(
    answers: dict[str, np.ndarray], tmp_path: Path, priors: str
) -> None:
    responses = ResponseMatrix.from_dense(np.concatenate([answers["3pl"], answers["2pl"]], axis=1))
    models = {item: "3pl" if j < 4 else "2pl" for j, item in enumerate(responses.items)}
    if priors == "none":
        models = dict.fromkeys(models, "2pl")
    result = MarginalML(model=models, priors=priors).fit(responses)
    assert agrees(result, responses, tmp_path)
    assert (result.log_prior == 0.0) == (priors == "none")


def test_held_items(answers: dict[str, np.ndarray], tmp_path: Path) -> None:
    responses = ResponseMatrix.from_dense(np.concatenate([answers["2pl"], answers["gpcm"]], axis=1))
    models = {item: "2pl" if j < 4 else "gpcm" for j, item in enumerate(responses.items)}
    free = MarginalML(model=models).fit(responses)
    held = ParameterSet(free.parameters.iloc[[0, 1, 4]].reset_index(drop=True))
    assert agrees(MarginalML(model=models, anchors=held).fit(responses), responses, tmp_path)


def test_girths_parameters_have_the_likelihood_that_is_reported(simulate, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    items = np.column_stack([np.full(8, 1.1), np.linspace(-1, 1, 8), np.zeros(8), np.ones(8)])
    responses = ResponseMatrix.from_dense(simulate("2pl", items, rng.normal(size=800), seed=4))
    result = calibrate_with_girth(responses, "2pl")
    result.write(tmp_path / "p.csv")
    found = log_likelihood(tmp_path / "p.csv", responses.dense().astype(int))
    assert found == pytest.approx(result.log_likelihood, abs=0.001)


def test_a_conditional_likelihood_is_that_of_the_patterns_given_their_scores(tmp_path: Path) -> None:
    """Four Rasch items: all patterns of a score summed one by one."""
    rng = np.random.default_rng(5)
    b = np.array([-1.0, -0.2, 0.4, 0.9])
    answers = (rng.random((300, 4)) < 1 / (1 + np.exp(b - rng.normal(size=(300, 1))))).astype(int)
    result = ConditionalML().fit(ResponseMatrix.from_dense(answers))
    easiness = -result.parameters["b"].to_numpy()
    patterns = np.array(np.meshgrid(*[[0, 1]] * 4)).reshape(4, -1).T
    total = 0.0
    for row in answers:
        rivals = patterns[patterns.sum(axis=1) == row.sum()]
        total += row @ easiness - np.log(np.exp(rivals @ easiness).sum())
    assert result.log_likelihood == pytest.approx(total, abs=1e-6)
