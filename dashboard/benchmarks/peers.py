"""The peers: what is installed, and the same answers through each of them.

Everything is imported where it is used, so that a missing peer costs a column, never the run.
"""

import io
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from calibration.peers import girth_estimates, marginal_log_likelihood
from calibration.responses import ResponseMatrix
from calibration.result import parameter_table
from dashboard.benchmarks.line import PeerTime
from dashboard.benchmarks.timing import best_of

PEERS = {"girth": "girth", "PyPI mirt": "mirt", "catsim": "catsim", "R mirt": ""}
"""What a peer is called here, and its distribution on PyPI."""
NODES = 61
R_TYPES = {"2pl": "2PL", "3pl": "3PL", "grm": "graded", "gpcm": "gpcm"}
R_SCRIPT = """
suppressPackageStartupMessages(library(mirt))
given <- commandArgs(TRUE)
answers <- as.matrix(read.csv(given[1]))
prior <- if (given[2] == "3PL") sprintf("\\nPRIOR = (1-%d, g, norm, -1.1, 0.5)", ncol(answers)) else ""
model <- mirt.model(sprintf("F = 1-%d%s", ncol(answers), prior), itemnames = colnames(answers))
fit <- function() mirt(answers, model, itemtype = given[2], SE = given[3] == "SE", verbose = FALSE)
cat(min(replicate(2, system.time(fit())[["elapsed"]])))
"""


@cache
def found(peer: str) -> str:
    """Return the version of a peer, or an empty text where it is not installed."""
    if peer == "R mirt":
        return _r('cat(as.character(packageVersion("mirt")))') or ""
    try:
        return metadata.version(PEERS[peer])
    except metadata.PackageNotFoundError:
        return ""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what a peer prints and warns of out of our table."""
    nowhere = io.StringIO()
    with warnings.catch_warnings(), redirect_stdout(nowhere), redirect_stderr(nowhere):
        warnings.simplefilter("ignore")
        yield


def calibrate_with_peers(
    responses: ResponseMatrix, model: str, *, errors: bool, slow: bool, top: float | None, nodes: int
) -> Iterator[PeerTime]:
    """Yield the time of each installed peer that can fit this model to these answers.

    Parameters
    ----------
    errors : bool
        With standard errors; girth has none.
    slow : bool
        Whether peers are wanted that take minutes where there are many items or persons.
    top : float or None
        The maximum on `nodes` nodes, against which the estimates are held.
    """
    if found("PyPI mirt") and (slow or not errors):
        with quiet():
            run = best_of(lambda: pypi_mirt(responses, model, errors=errors))
        name = "PyPI mirt, no prior" if model == "3pl" else "PyPI mirt"
        yield PeerTime(name, run.seconds, _short(responses, model, run.value, top, nodes))
    if found("girth") and model in ("2pl", "grm") and not errors and slow:
        with quiet():
            answers = best_of(lambda: girth_estimates(responses, model, NODES), budget=1.0)
        yield PeerTime("girth", answers.seconds, _short(responses, model, answers.value, top, nodes))
    if found("R mirt"):
        yield PeerTime("R mirt", r_mirt(responses, model, errors=errors))


def pypi_mirt(responses: ResponseMatrix, model: str, *, errors: bool) -> list[dict[str, float]]:
    """Return the estimates of PyPI mirt, by name, one mapping an item."""
    import mirt

    fitted: Any = mirt.fit_mirt(
        responses.dense().astype(np.int64),
        model=model.upper(),
        n_quadpts=NODES,
        compute_standard_errors=errors,
    )
    return [_named(row) for row in fitted.coef().reset_index(drop=True).to_dict("records")]


def _named(row: Mapping[Any, Any]) -> dict[str, float]:
    """Return PyPI mirt's names as ours."""
    ours = {"discrimination": "a", "difficulty": "b", "guessing": "c"}
    named = {ours[name]: float(value) for name, value in row.items() if name in ours}
    steps = [float(value) for name, value in row.items() if name not in ours]
    return named | {f"b{k}": value for k, value in enumerate(steps, start=1)}


def r_mirt(responses: ResponseMatrix, model: str, *, errors: bool) -> float:
    """Return the seconds that R mirt takes at its default tolerance, reading not included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.csv"
        pd.DataFrame(responses.dense(), columns=list(responses.items)).replace(-1, np.nan).to_csv(
            path, index=False
        )
        return float(_r(R_SCRIPT, str(path), R_TYPES[model], "SE" if errors else "none") or np.nan)


def _r(script: str, *arguments: str) -> str:
    """Return what an R script prints, or an empty text where that is impossible."""
    if not shutil.which("Rscript"):
        return ""
    done = subprocess.run(["Rscript", "-e", script, *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def _short(
    responses: ResponseMatrix, model: str, values: list[dict[str, float]], top: float | None, nodes: int
) -> float | None:
    """Return how far estimates stay below the maximum, on our grid and in double precision."""
    if top is None:
        return None
    table = parameter_table(responses.items, responses.versions.tolist(), [model] * len(values), values)
    return top - marginal_log_likelihood(responses, table, nodes=nodes)
