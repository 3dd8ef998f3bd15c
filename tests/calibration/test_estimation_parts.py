"""The parts of the estimation, each against its definition."""

import numpy as np
import pandas as pd
import pytest

from calibration.acceleration import climb
from calibration.em import EStep
from calibration.item_models import ItemModels
from calibration.objective import Objective
from calibration.one_hot import OneHot
from calibration.parameter_map import parameter_map
from calibration.problem import Choices, Problem, pose
from calibration.responses import ResponseMatrix
from calibration.standard_errors import observed_information
from engine.models import model as model_named
from engine.quadrature import grid, log_normal_weights

NATURAL = {
    "2pl": [[1.0, -0.5, 0, 1], [1.4, 0.2, 0, 1], [0.7, 0.9, 0, 1], [1.1, -1.0, 0, 1]],
    "3pl": [[1.3, -0.5, 0.2, 1], [1.4, 0.2, 0.25, 1], [0.9, 0.9, 0.15, 1], [1.1, -1.0, 0.2, 1]],
    "grm": [[1.0, -1.0, 0.0, 1.0], [1.5, -0.5, 0.3, 0.9], [0.8, -1.2, 0.1, 1.5], [1.2, -0.3, 0.5, 1.4]],
    "gpcm": [[1.0, -1.0, 0.0, 1.0], [1.5, 0.5, 0.3, -0.2], [0.8, -1.2, 0.1, 1.5], [1.2, -0.3, 0.5, 1.4]],
    "nrm": [[0.5, 1.0, 0.2, -0.3], [0.9, 1.6, 0.0, 0.1], [-0.4, 0.8, 0.3, 0.2], [0.7, 1.1, -0.5, 0.0]],
}
GENERATOR = {"rasch": "2pl", "1pl": "2pl", "4pl": "3pl", "pcm": "gpcm", "rsm": "gpcm"}
MODELS = ("rasch", "1pl", "2pl", "3pl", "4pl", "grm", "pcm", "rsm", "gpcm", "nrm")


def problem_of(model: str, responses: ResponseMatrix, **changes: object) -> Problem:
    settings: dict[str, object] = {
        "models": ItemModels.of(model),
        "nodes": 41,
        "bound": 6.0,
        "group": None,
        "anchors": None,
        "histogram": False,
        "free_population": None,
        "default_priors": True,
        "start": None,
        "random_groups": False,
        "threads": None,
    }
    return pose(Choices(**(settings | changes)), responses)


def answers(simulate, model: str, n: int = 300, share: float = 1.0) -> ResponseMatrix:
    generator = GENERATOR.get(model, model)
    theta = np.random.default_rng(5).normal(size=n)
    drawn = simulate(generator, np.array(NATURAL[generator], float), theta, seed=6, share=share)
    return ResponseMatrix.from_dense(drawn)


@pytest.fixture(params=MODELS)
def problem(request: pytest.FixtureRequest, simulate) -> Problem:
    return problem_of(request.param, answers(simulate, request.param))


def near(problem: Problem) -> np.ndarray:
    rng = np.random.default_rng(1)
    return problem.start + 0.1 * rng.normal(size=problem.start.size)


def brute_force(responses: ResponseMatrix, table: np.ndarray, log_weights: np.ndarray) -> float:
    log_joint = responses.onehot(np.float64) @ table + log_weights
    return float(np.logaddexp.reduce(log_joint, axis=1).sum())


@pytest.mark.parametrize("share", [1.0, 0.7, 0.05])
def test_the_e_step_is_the_sum_over_persons(simulate, share: float) -> None:
    """Complete answers are stored without first categories, many densely, few sparsely: all the same."""
    responses = answers(simulate, "gpcm", n=3_000, share=share)
    rng = np.random.default_rng(3)
    table = np.log(rng.dirichlet(np.ones(9), size=int(responses.offsets[-1])))
    weights = np.log(rng.dirichlet(np.ones(9), size=1))
    got = EStep(responses)(table, weights)
    assert got.log_likelihood == pytest.approx(brute_force(responses, table, weights), rel=1e-12)
    log_joint = responses.onehot(np.float64) @ table + weights
    posterior = np.exp(log_joint - np.logaddexp.reduce(log_joint, axis=1, keepdims=True))
    answered = responses.answers_per_person > 0
    expected = responses.onehot(np.float64).T @ posterior
    np.testing.assert_allclose(got.counts, expected, atol=1e-9)
    np.testing.assert_allclose(got.persons[0], posterior[answered].sum(axis=0), atol=1e-9)


def test_storage_follows_the_share_of_answers(simulate) -> None:
    kinds = []
    for share in (1.0, 0.7, 0.05):
        responses = answers(simulate, "gpcm", share=share)
        stored = OneHot(responses, np.zeros(responses.n_persons, int)).answers(0, np.float64)
        kinds.append((isinstance(stored, np.ndarray), stored.shape[1]))
    assert kinds == [(True, 12), (True, 16), (False, 16)]


def test_the_e_step_does_not_depend_on_the_number_of_threads(simulate) -> None:
    responses = answers(simulate, "2pl", n=9_000, share=0.5)
    table = np.log(np.random.default_rng(0).dirichlet(np.ones(5), size=8))
    one, many = (EStep(responses, threads=n)(table, np.zeros((1, 5))) for n in (1, 4))
    assert one.log_likelihood == many.log_likelihood
    np.testing.assert_array_equal(one.counts, many.counts)


def test_single_precision_is_close(simulate) -> None:
    responses = answers(simulate, "2pl", n=2_000)
    problem = problem_of("2pl", responses)
    double, single = (
        problem.objective.evaluate(problem.start, precision=p) for p in (np.float64, np.float32)
    )
    assert single.value == pytest.approx(double.value, rel=1e-6)
    np.testing.assert_allclose(single.gradient, double.gradient, atol=0.01)


def test_the_gradient_is_that_of_the_marginal_log_posterior(problem: Problem) -> None:
    """Fisher's identity: derivative of the expected complete-data log-likelihood at the same point."""
    objective, x, h = problem.objective, near(problem), 1e-5
    at = objective.evaluate(x)
    for p, e in enumerate(np.eye(x.size)):
        slope = (objective.evaluate(x + h * e).value - objective.evaluate(x - h * e).value) / (2 * h)
        assert at.gradient[p] == pytest.approx(slope, abs=2e-5)


def test_the_observed_information_is_minus_the_hessian(problem: Problem) -> None:
    """Louis' identity against central differences of the gradient, at the maximum."""
    objective, h = problem.objective, 1e-4
    at = climb(objective, problem.start, tolerance=1e-7, max_cycles=500).at
    numeric = np.array(
        [
            (objective.evaluate(at.x - h * e).gradient - objective.evaluate(at.x + h * e).gradient) / (2 * h)
            for e in np.eye(at.x.size)
        ]
    )
    found = observed_information(objective, at).matrix
    np.testing.assert_allclose(found, numeric, atol=1e-4 * np.abs(numeric).max())


@pytest.mark.parametrize(
    ("model", "held", "grouped"), [("2pl", 2, False), ("rasch", 1, False), ("2pl", 2, True)]
)
def test_an_estimated_form_has_derivatives_too(simulate, model: str, held: int, grouped: bool) -> None:
    """Gradient and, at the maximum, information against differences; the moments that set the scale stay."""
    rng = np.random.default_rng(5)
    natural = np.column_stack([np.full(15, 1.3), rng.normal(size=15), np.zeros(15), np.ones(15)])
    theta = rng.exponential(size=1200) - 1.0
    frame = pd.DataFrame(simulate("2pl", natural, theta, seed=6)).add_prefix("q")
    responses = ResponseMatrix.from_pandas(frame.assign(g_a=np.repeat(["x", "y"], 600)))
    problem = problem_of(model, responses, histogram=True, group="g_a" if grouped else None)
    objective, h, fine = problem.objective, 1e-4, 1e-5  # weights far from the maximum change fast
    assert objective.population.held_moments.tolist() == [held, 0][: 1 + grouped]
    at = climb(objective, problem.start, tolerance=1e-8, max_cycles=500).at
    away = objective.evaluate(near(problem))
    sides = [
        (objective.evaluate(away.x - fine * e), objective.evaluate(away.x + fine * e))
        for e in np.eye(at.x.size)
    ]
    np.testing.assert_allclose(
        away.gradient, [(up.value - down.value) / (2 * fine) for down, up in sides], atol=1e-3
    )
    numeric = np.array(
        [
            (objective.evaluate(at.x - h * e).gradient - objective.evaluate(at.x + h * e).gradient) / (2 * h)
            for e in np.eye(at.x.size)
        ]
    )
    found = observed_information(objective, at).matrix
    np.testing.assert_allclose(found, numeric, atol=1e-4 * np.abs(numeric).max())
    mean, sd = objective.population.moments(at.x[objective.items.n_free :])
    assert mean[0] == pytest.approx(0.0, abs=1e-9)
    assert (sd[0] == pytest.approx(1.0, abs=1e-6)) == (held == 2)


def test_person_scores_sum_to_the_gradient(simulate) -> None:
    for share in (1.0, 0.4):
        problem = problem_of("2pl", answers(simulate, "2pl", share=share))
        at = problem.objective.evaluate(near(problem))
        scores = observed_information(problem.objective, at).scores
        np.testing.assert_allclose(np.asarray(scores.sum(axis=0)).ravel(), at.gradient, atol=1e-3)


def test_the_climb_never_accepts_a_drop(problem: Problem) -> None:
    values: list[float] = []
    done = climb(
        problem.objective,
        problem.start,
        tolerance=1e-6,
        max_cycles=500,
        report=lambda cycle, value, change: values.append(value),
    )
    assert done.gain < 1e-7
    noise = 1e-5 * abs(values[0])
    assert min(np.diff(values)) > -noise
    assert max(values) - values[-1] < 1e-8 * abs(values[-1])


def test_the_climb_ends_where_plain_em_ends(simulate) -> None:
    """Plain EM by hand, hundreds of cycles: the same maximum."""
    problem = problem_of("2pl", answers(simulate, "2pl"))
    objective, x = problem.objective, problem.start
    for _ in range(600):
        at = objective.evaluate(x)
        x = x + np.linalg.solve(objective.complete_information(at).toarray(), at.gradient)
    fast = climb(objective, problem.start, tolerance=1e-8, max_cycles=500)
    assert fast.cycles < 40
    assert fast.at.value == pytest.approx(at.value, abs=1e-6)
    assert fast.at.value > at.value - 1e-9
    np.testing.assert_allclose(fast.at.x, x, atol=2e-3)


def test_the_limit_of_cycles_is_kept(simulate) -> None:
    problem = problem_of("2pl", answers(simulate, "2pl"))
    stopped = climb(problem.objective, problem.start, tolerance=1e-9, max_cycles=3)
    assert not stopped.converged
    assert stopped.cycles <= 4


def test_the_map_shares_and_holds_what_it_is_told() -> None:
    two, one = model_named("2pl"), model_named("1pl")
    held = {1: np.array([1.5, np.nan, -np.inf, np.inf])}
    mapping = parameter_map(
        [two, two, one, one, two], np.full(5, 2), fixed=held, tied_slopes={0: "x", 4: "x"}
    )
    assert mapping.n_free == 1 + 1 + 5
    working = mapping.working(np.arange(1.0, 8.0))
    first, second = (block.of(working) for block in mapping.blocks)
    assert first[0, 0] == first[2, 0]
    assert first[1, 0] == 1.5
    assert second[0, 0] == second[1, 0]
    np.testing.assert_array_equal(mapping.shared_items(), [True, False, True, True, True])


def test_the_rating_scale_has_common_steps() -> None:
    """Andrich (1978): b_jk = δ_j + τ_k, so differences between steps are the same for all items."""
    rsm = model_named("rsm")
    mapping = parameter_map([rsm] * 3, np.full(3, 4))
    assert mapping.n_free == 3 + 2
    steps = rsm.to_natural(mapping.blocks[0].of(mapping.working(np.random.default_rng(0).normal(size=5))))[
        :, 1:
    ]
    np.testing.assert_allclose(np.diff(steps, axis=1), np.tile(np.diff(steps[0]), (3, 1)), atol=1e-12)
    free = np.random.default_rng(1).normal(size=5)
    np.testing.assert_allclose(mapping.free_start(mapping.working(free)), free, atol=1e-9)


def test_population_weights_are_the_normal_density(simulate) -> None:
    problem = problem_of("rasch", answers(simulate, "2pl"))
    population = problem.objective.population
    assert population.n_free == 1
    np.testing.assert_allclose(
        population.log_weights(np.log([1.3]))[0], log_normal_weights(grid(41), 0.0, 1.3), atol=1e-12
    )


def test_objective_is_minus_infinity_where_boundaries_cross(simulate) -> None:
    problem = problem_of("grm", answers(simulate, "grm"))
    crossed = problem.start.copy()
    crossed[1:4] = crossed[3:0:-1]
    assert isinstance(problem.objective, Objective)
    assert problem.objective.evaluate(crossed).value == -np.inf
