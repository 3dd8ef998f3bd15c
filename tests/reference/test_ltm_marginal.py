"""Real data against ltm 1.2-0 (Rizopoulos 2006), maximised on ltm's own Gauss–Hermite nodes.

Steep items make those nodes too coarse: on the abortion data ltm's log-likelihood is 1.3 above the integral.
So the comparison takes over ltm's quadrature, and only that.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration import MarginalML, ResponseMatrix
from calibration.estimation import Estimated, estimate
from calibration.item_models import ItemModels
from calibration.population import Population
from calibration.problem import Choices, pose
from calibration.scoring import score
from calibration.tabulation import natural_estimates

pytestmark = pytest.mark.reference

FILES = {"LSAT6": "lsat6", "LSAT7": "lsat7", "abortion": "abortion", "wirs": "wirs"}


@dataclass(frozen=True, slots=True, eq=False)
class GaussHermite(Population):
    """N(0, 1) on the nodes of Gauss–Hermite quadrature."""

    def log_weights(self, free: np.ndarray) -> np.ndarray:
        _, weights = np.polynomial.hermite_e.hermegauss(self.nodes.size)
        return np.log(weights / weights.sum())[None]


def maximum(responses: ResponseMatrix, models: ItemModels, nodes: int = 21) -> Estimated:
    """Return the maximum on Gauss–Hermite nodes, without a check of the grid."""
    problem = pose(
        Choices(
            models=models,
            nodes=nodes,
            bound=6.0,
            group=None,
            anchors=None,
            histogram=False,
            free_population=None,
            default_priors=True,
            start=None,
            random_groups=False,
            threads=None,
        ),
        responses,
    )
    points, _ = np.polynomial.hermite_e.hermegauss(nodes)
    fixed, one = np.zeros(1, bool), np.ones(1)
    population = GaussHermite(
        points, ("all",), fixed, fixed, 0 * one, one, histogram=False, held_moments=np.zeros(1, np.int64)
    )
    objective = replace(problem.objective, population=population)
    start = problem.start[: objective.items.n_free]
    coarse = replace(problem, objective=objective, start=start)
    return estimate(coarse, tolerance=1e-6, max_cycles=500, errors="observed", check_grid=False)


@pytest.mark.parametrize("data", sorted(FILES))
@pytest.mark.parametrize("model", ["rasch_a1", "rasch_free", "2pl"])
def test_binary_fits(shared: Path, data: str, model: str) -> None:
    """ltm_binary_fits.csv: slope 1 with N(0, 1), common slope (21 nodes), 2PL (41 nodes)."""
    table = pd.read_csv(shared / "reference" / "ltm_binary_fits.csv")
    printed = table[(table["dataset"] == data) & (table["model"] == model)].reset_index()
    name = {"rasch_a1": "rasch", "rasch_free": "1pl"}.get(model, model)
    found = maximum(
        ResponseMatrix.read(shared / "data" / f"{FILES[data]}.csv"),
        ItemModels.of(name),
        41 if model == "2pl" else 21,
    )
    values, _ = natural_estimates(found)
    assert found.climb.at.log_likelihood == pytest.approx(printed["loglik"][0], abs=0.002)
    assert found.climb.at.log_likelihood >= printed["loglik"][0] - 1e-5
    for row, ours in zip(printed.to_dict("records"), values, strict=True):
        assert ours["a"] == pytest.approx(row["a"], rel=0.01)
        assert ours["b"] == pytest.approx(row["b"], abs=0.01)
        if np.isfinite(row["se_b"]):
            assert ours["se_b"] == pytest.approx(row["se_b"], rel=0.02)


@pytest.mark.parametrize("equal", [True, False])
def test_graded_response_of_the_environment_data(shared: Path, equal: bool) -> None:
    """ltm_grm_environment.csv: log-likelihoods −1106.193 and −1090.404 (Rizopoulos 2006, worked example)."""
    table = pd.read_csv(shared / "reference" / "ltm_grm_environment.csv")
    printed = table[table["model"].str.contains("equal") == equal]
    responses = ResponseMatrix.read(shared / "data" / "environment_poly.csv")
    slopes = dict.fromkeys(responses.items, "all") if equal else {}
    found = maximum(responses, ItemModels("grm", slopes=slopes))
    values, _ = natural_estimates(found)
    assert found.climb.at.log_likelihood == pytest.approx(printed["loglik"].iloc[0], abs=0.002)
    for row, ours in zip(printed.to_dict("records"), values, strict=True):
        assert [ours[n] for n in ("a", "b1", "b2")] == pytest.approx(
            [row["a"], row["b1"], row["b2"]], abs=0.02
        )


def test_scores_of_lsat6(shared: Path) -> None:
    """ltm_lsat6_2pl_eap_scores.csv and published_lsat6_2pl_pattern_scores.csv (posterior mode)."""
    responses = ResponseMatrix.read(shared / "data" / "lsat6.csv")
    parameters = MarginalML(model="2pl").fit(responses).parameter_set()
    for file, method in (
        ("ltm_lsat6_2pl_eap_scores.csv", "eap"),
        ("published_lsat6_2pl_pattern_scores.csv", "map"),
    ):
        printed = pd.read_csv(shared / "reference" / file)
        patterns = printed.iloc[:, :5].set_axis(list(responses.items), axis=1)
        table = score(
            ResponseMatrix.from_pandas(patterns, levels=dict.fromkeys(responses.items, (0, 1))),
            parameters,
            method=method,
        )
        np.testing.assert_allclose(table["theta"], printed.iloc[:, 7], atol=2e-3)
        np.testing.assert_allclose(table["se"], printed.iloc[:, 8], atol=2e-3)


def test_science_graded_of_mirts_test_suite(shared: Path) -> None:
    """published_science_graded_mirt.csv (tolerance 1e-2) and its Louis errors of the slopes (1e-3)."""
    responses = ResponseMatrix.read(shared / "data" / "science.csv")
    table = MarginalML(model="grm").fit(responses).parameters
    printed = pd.read_csv(shared / "reference" / "published_science_graded_mirt.csv")
    np.testing.assert_allclose(table["a"], printed["a"], atol=0.01)
    for k in (1, 2, 3):
        np.testing.assert_allclose(-table["a"] * table[f"b{k}"], printed[f"d{k}"], atol=0.01)
    np.testing.assert_allclose(table["se_a"], [0.18838, 0.18189, 0.48269, 0.18336], rtol=0.02)
