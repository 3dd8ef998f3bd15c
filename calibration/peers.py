"""The same answers through girth 0.8, as a second opinion.

girth is a pure Python peer (Sanchez 2021). What it cannot do is refused here with the reason, as seen with
numpy 2.4 and scipy 1.17: answers missing by design (its difficulties are then biased), its 3PL (fails on
numpy 2), very long tests (its likelihood is a raw product and underflows). It gives no standard errors and no
verdict on convergence; slopes at its bounds 0.2 and 5 are named, and so are reversed items.
"""

import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from calibration import identification
from calibration.coding import UNUSED
from calibration.em import EStep
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult, parameter_table
from calibration.unused_categories import close_gaps
from engine._types import Floats
from engine.pool import ItemPool
from engine.quadrature import grid, log_normal_weights
from items.errors import BadInput

FUNCTIONS = {"1pl": "onepl_mml", "2pl": "twopl_mml", "grm": "grm_mml", "gpcm": "pcm_mml"}
"""What girth calls the models that it estimates soundly."""
LONGEST_TEST = 500
"""With more items the product of probabilities nears the smallest number a computer holds."""
SLOPE_BOUNDS = (0.2, 5.0)


def calibrate_with_girth(responses: ResponseMatrix, model: str, *, nodes: int = 61) -> CalibrationResult:
    """Calibrate complete answers with girth; the log-likelihood is evaluated here, on the same grid.

    Raises
    ------
    BadInput
        If girth cannot handle the model or the answers, with the reason.
    """
    _refuse(responses, model)
    began = time.perf_counter()
    responses = close_gaps(responses)
    status = identification.first_look(responses)
    kept = responses.take_items(np.array([word == identification.OK for word in status]))
    values = girth_estimates(kept, model, nodes)
    parameters = parameter_table(kept.items, kept.versions.tolist(), [model] * kept.n_items, values)
    return CalibrationResult(
        parameters=parameters,
        items=identification.item_table(responses, status),
        population={"all": (0.0, 1.0)},
        log_likelihood=marginal_log_likelihood(kept, parameters, nodes=nodes),
        log_prior=0.0,
        n_persons=kept.n_persons,
        n_responses=kept.n_responses,
        n_parameters=sum(len(row) for row in values) - (kept.n_items - 1 if model == "1pl" else 0),
        iterations=0,
        converged=False,
        status="girth gives no verdict on convergence and no standard errors",
        decrement=np.nan,
        seconds=time.perf_counter() - began,
        quadrature={"nodes": nodes, "lower": -6.0, "upper": 6.0},
        settings={"model": model, "backend": "girth"},
        messages=(*responses.messages, *_at_bounds(kept, values), *_reversed(kept)),
    )


def _refuse(responses: ResponseMatrix, model: str) -> None:
    """Raise BadInput for what girth is known to get wrong."""
    if model not in FUNCTIONS:
        raise BadInput(
            f"girth cannot estimate '{model}' here",
            where="--backend girth",
            right=f"one of {', '.join(FUNCTIONS)}, or --backend native",
        )
    if not responses.complete:
        raise BadInput(
            "some persons did not answer some items, and girth's estimates are biased then "
            "(routed test: RMSE of b 0.66 against 0.04)",
            where="--backend girth",
            right="complete answers, or --backend native",
        )
    if responses.n_items > LONGEST_TEST:
        raise BadInput(
            f"{responses.n_items} items are too many: girth's likelihood underflows",
            where="--backend girth",
            right=f"at most {LONGEST_TEST} items, or --backend native",
        )


def girth_estimates(responses: ResponseMatrix, model: str, nodes: int) -> list[dict[str, float]]:
    """Return girth's estimates by name, one mapping an item."""
    import girth

    options: Mapping[str, Any] = {"quadrature_n": nodes, "quadrature_bounds": (-6, 6)}
    polytomous = model in ("grm", "gpcm")
    lowest = 1 if polytomous else 0
    data = responses.dense(missing=UNUSED).T.astype(int) + lowest
    data = girth.tag_missing_data(data, np.arange(lowest, lowest + responses.n_categories.max()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = getattr(girth, FUNCTIONS[model])(data, options=options)
    slopes = np.broadcast_to(found["Discrimination"], responses.n_items)
    difficulty = np.asarray(found["Difficulty"]).reshape(responses.n_items, -1)
    return [
        {"a": float(a), **_thresholds(b[: k - 1], polytomous)}
        for a, b, k in zip(slopes, difficulty, responses.n_categories, strict=True)
    ]


def _thresholds(b: Floats, polytomous: bool) -> dict[str, float]:
    if not polytomous:
        return {"b": float(b[0])}
    return {f"b{k}": float(value) for k, value in enumerate(b, start=1)}


def marginal_log_likelihood(responses: ResponseMatrix, parameters: pd.DataFrame, *, nodes: int) -> float:
    """Return the marginal log-likelihood at any parameters under N(0, 1), in double precision."""
    points = grid(nodes)
    pool = ItemPool.from_parameters(parameters)
    rows = pool.log_prob(points)[np.arange(pool.max_categories) < pool.n_categories[:, None]]
    return EStep(responses)(rows, log_normal_weights(points)[None]).log_likelihood


def _at_bounds(responses: ResponseMatrix, values: list[dict[str, float]]) -> list[str]:
    return [
        f"{item}: girth's slope stands at its bound {row['a']:.3g}"
        for item, row in zip(responses.items, values, strict=True)
        if min(abs(row["a"] - bound) for bound in SLOPE_BOUNDS) < 1e-3
    ]


def _reversed(responses: ResponseMatrix) -> list[str]:
    """Name the items on which the better persons do worse: girth gives no slope below 0.2."""
    answers = responses.dense().astype(float)
    rest = answers.sum(axis=1, keepdims=True) - answers
    return [
        f"{item}: the better persons do worse on it, and girth knows no negative slope; its numbers mislead"
        for item, mine, others in zip(responses.items, answers.T, rest.T, strict=True)
        if np.cov(mine, others)[0, 1] < 0
    ]
