"""Calibrations: the simulated cases A to E and SAT12, with and without standard errors."""

import os
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path

import numpy as np

from calibration import CalibrationResult, MarginalML, ResponseMatrix
from calibration.em import EStep
from calibration.simulated_cases import CASES, answers_of, response_matrix, sparse_log
from dashboard.benchmarks.line import Line
from dashboard.benchmarks.peers import NODES, calibrate_with_peers
from dashboard.benchmarks.timing import Timed, best_of
from engine.quadrature import grid, log_normal_weights

RECORDED = {
    "A": {"R mirt": 1.36, "TAM": 1.60, "PyPI mirt": 1.0, "girth": 5.5},
    "A with SEs": {"R mirt": 6.3},
    "A2": {"R mirt": 15.4, "TAM": 56.0},
    "B": {"R mirt": 6.1, "PyPI mirt, no prior": 1.4},
    "B with SEs": {"R mirt": 36.0},
    "C": {"R mirt": 1.23, "PyPI mirt": 1.8, "girth": 1.3},
    "C with SEs": {"R mirt": 12.7},
    "D": {"R mirt": 1.89, "TAM": 1.79},
    "D with SEs": {"R mirt": 16.7},
    "E": {"R mirt": 15.6, "TAM": 32.0, "girth": 164.0},
    "SAT12": {"R mirt, 9,424 EM cycles": 45.0},
}
"""Seconds on two processors: R mirt 1.46.1 at its default tolerance, TAM 4.4-2, PyPI mirt 1.2, girth 0.8."""
LARGE = ("A2", "E")
"""Cases in which girth, and PyPI mirt with standard errors, take minutes."""
PROOF = 1e-6
"""Newton decrement that proves a maximum."""
BESIDE = Path(__file__).resolve().parents[3] / "shared"


def simulated(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield a simulated case without and with standard errors."""
    case = CASES[name]
    responses = ResponseMatrix.from_dense(answers_of(case), missing=-1)
    yield from _both(name, responses, case.model, slow=slow_peers or name not in LARGE)


def sat12(name: str, *, slow_peers: bool) -> Iterator[Line]:
    """Yield the 3PL of SAT12, data beside the checkout."""
    path = Path(os.environ.get("ITEMWISE_SHARED", BESIDE)) / "data" / "sat12_scored.csv"
    what = "3PL with prior, 600 × 32, real"
    if not path.exists():
        yield Line(
            name, what, None, note=f"skipped: {path.name} is not here; name its folder ITEMWISE_SHARED"
        )
        return
    run = best_of(lambda: MarginalML(model="3pl").fit(ResponseMatrix.read(path)))
    yield Line(
        name,
        f"{what}, with SEs and reading",
        run.seconds,
        cpu=run.cpu,
        recorded=RECORDED[name],
        gap=run.value.decrement / 2,
    )


def _both(name: str, responses: ResponseMatrix, model: str, *, slow: bool) -> Iterator[Line]:
    """Yield the lines without and with standard errors; the second proves the maximum of the first."""
    plain, full = (best_of(partial(_fit, responses, model, errors)) for errors in ("none", "observed"))
    proven = full.value.decrement <= PROOF
    top = full.value.log_likelihood + full.value.log_prior + full.value.decrement / 2
    for run, errors in ((plain, False), (full, True)):
        title = f"{name} with SEs" if errors else name
        result = run.value
        likelihood = top if proven and not errors and model != "3pl" else None
        yield Line(
            title,
            f"{model.upper()}, {result.n_persons:,} × {responses.n_items}",
            run.seconds,
            cpu=run.cpu,
            peers=tuple(
                calibrate_with_peers(
                    responses, model, errors=errors, slow=slow, top=likelihood, nodes=nodes_of(result)
                )
            ),
            recorded=RECORDED.get(title, {}),
            gap=top - result.log_likelihood - result.log_prior if proven else None,
            product_share=product_share(run),
        )


def _fit(responses: ResponseMatrix, model: str, errors: str) -> CalibrationResult:
    return MarginalML(model=model, standard_errors=errors).fit(responses)


def nodes_of(result: CalibrationResult) -> int:
    """Return the nodes of the grid on which a fit ended."""
    return int(result.quadrature["nodes"])


def product_share(run: Timed[CalibrationResult]) -> float:
    """Return the share of the time that the two products of each cycle would take alone, on 61 nodes."""
    return 2.0 * run.value.iterations * run.value.n_responses * NODES / product_rate() / run.seconds


@cache
def product_rate() -> float:
    """Return how many multiply-adds a second this machine's E-step does on 4 million sparse answers.

    One E-step in single precision, the softmax between its two products included.
    """
    items, categories, _ = sparse_log(100_000, 1_000, 40, seed=100)
    step = EStep(response_matrix(items, categories, 1_000))
    nodes = grid(NODES)
    table, weights = np.log(np.full((2_000, NODES), 0.5)), log_normal_weights(nodes)[None]
    run = best_of(lambda: step(table, weights, precision=np.float32))
    return 2.0 * items.size * NODES / run.seconds
