"""What the commands `calibrate` and `score` do, step by step: read, compute, write whole files."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from calibration.abilities import overall
from calibration.coding import Rules
from calibration.conditional import ConditionalML
from calibration.joint import JointML
from calibration.marginal import MarginalML
from calibration.peers import calibrate_with_girth
from calibration.reliability import empirical_reliability, marginal_reliability
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult, number
from calibration.scoring import known_levels
from calibration.scoring import score as score_log
from calibration.versions import pool_of_versions, positions
from engine.scale import Scale
from items.errors import BadInput
from items.parameters import ParameterSet, refuse_unwritable, write_whole


@dataclass(frozen=True, slots=True)
class CalibrationOrder:
    """What the user asked `calibrate` for; the fields carry the names of the options."""

    log: Path
    key: Path | None
    use_score: bool
    omit: str
    model: str
    anchors: Path | None
    start: Path | None
    group: str | None
    priors: str
    distribution: str
    tolerance: float
    nodes: int
    max_iterations: int
    standard_errors: str
    covariance: Path | None
    strict: bool
    random_groups: bool
    estimator: str
    backend: str


@dataclass(frozen=True, slots=True)
class ScoreOrder:
    """What the user asked `score` for; the fields carry the names of the options."""

    log: Path
    key: Path | None
    use_score: bool
    omit: str
    not_reached: str
    params: Path
    method: str
    population: str | None
    bounds: str
    min_answers: int
    scale: Path | None


def run_calibration(
    order: CalibrationOrder, out: Path, summary: Path | None, *, as_json: bool = False
) -> str:
    """Calibrate, write the parameter file and the summary, and return what to tell the user."""
    refuse_unwritable(out, summary, order.covariance)
    fit = _fitter(order)
    responses = ResponseMatrix.read(
        order.log, key=order.key, use_score=order.use_score, rules=Rules(omit=order.omit)
    )
    result = fit(responses)
    if order.covariance is not None:
        if result.covariance is None:
            raise BadInput(f"there is no covariance to write: {result.status}", where="--covariance")
        write_whole(order.covariance, result.covariance.to_csv(index_label="parameter", float_format="%.10g"))
    result.write(out, fingerprint=fingerprint(order.log))
    told = json.dumps(result.summary(), indent=1)
    if summary is not None:
        write_whole(summary, told + "\n")
    return told if as_json else in_words(result, out)


def _fitter(order: CalibrationOrder) -> Callable[[ResponseMatrix], CalibrationResult]:
    """Return what turns responses into a result; raises BadInput where the options contradict each other."""
    for name, value, known in (
        ("backend", order.backend, ("native", "girth")),
        ("estimator", order.estimator, ("marginal", "conditional", "joint")),
    ):
        if value not in known:
            raise BadInput(f"--{name} is '{value}'", right=" or ".join(known))
    if order.covariance is not None and order.standard_errors == "none":
        raise BadInput("--covariance is asked for without standard errors", right="leave out --no-se")
    if order.backend == "native" and order.estimator == "marginal":
        settings = _settings(order)

        def fit(responses: ResponseMatrix) -> CalibrationResult:
            with cycles("Calibrating") as report:
                return settings.fit(responses, report=report)

        return fit
    given = [name for name in ("anchors", "start", "group", "covariance") if getattr(order, name) is not None]
    if given:
        raise BadInput(
            f"knows no --{given[0]}",
            where=f"--backend {order.backend} --estimator {order.estimator}",
            right="--backend native --estimator marginal",
        )
    if order.backend == "girth":
        return lambda responses: calibrate_with_girth(responses, order.model, nodes=order.nodes)
    if order.estimator == "conditional":
        return ConditionalML(model=order.model).fit
    return JointML(model=order.model).fit


def _settings(order: CalibrationOrder) -> MarginalML:
    """Return the order as settings of the marginal calibration."""
    return MarginalML(
        model=order.model,
        nodes=order.nodes,
        tolerance=order.tolerance,
        max_iterations=order.max_iterations,
        priors=order.priors,
        group=order.group,
        anchors=None if order.anchors is None else ParameterSet.read(order.anchors),
        distribution=order.distribution,
        start=None if order.start is None else ParameterSet.read(order.start),
        standard_errors=order.standard_errors,
        full_covariance=order.covariance is not None,
        strict=order.strict,
        random_groups=order.random_groups,
    )


def run_score(order: ScoreOrder, out: Path, *, as_json: bool = False) -> str:
    """Score a log, write the scores file, and return what to tell the user."""
    refuse_unwritable(out)
    parameters = ParameterSet.read(order.params)
    responses = ResponseMatrix.read(
        order.log,
        key=order.key,
        use_score=order.use_score,
        rules=Rules(omit=order.omit, not_reached=order.not_reached),
        levels=None if order.key else known_levels(parameters),
    )
    table = score_log(
        responses,
        parameters,
        method=order.method,
        population=None if order.population is None else pair(order.population, "population"),
        bounds=pair(order.bounds, "bounds"),
        min_answers=order.min_answers,
        scale=_scale(order.scale),
    )
    write_whole(out, table.to_csv(index=False, float_format="%.10g"))
    told = scores_summary(table, method=order.method) | {
        "marginal_reliability": marginal_reliability_of(responses, parameters, order.population)
    }
    return json.dumps(told, indent=1) if as_json else scores_in_words(told, out)


def scores_summary(table: pd.DataFrame, *, method: str) -> dict[str, Any]:
    """Return the number of persons by status and the empirical reliability, None where there is none."""
    reliability = empirical_reliability(
        table["theta"].to_numpy(float), table["se"].to_numpy(float), shrunken=method in ("eap", "map")
    )
    return {
        "method": method,
        "n_persons": len(table),
        "status": {str(word): int(n) for word, n in table["status"].value_counts().items()},
        "empirical_reliability": number(reliability),
    }


def marginal_reliability_of(
    responses: ResponseMatrix, parameters: ParameterSet, population: str | None
) -> float:
    """Return the reliability of the log's items as one test, in the population of the scores."""
    pool = pool_of_versions(parameters)
    mean, sd = overall(parameters.population) if population is None else pair(population, "population")
    return marginal_reliability(pool.subset(positions(pool, responses.identities)), mean=mean, sd=sd)


def scores_in_words(told: Mapping[str, Any], out: Path) -> str:
    """Return the outcome for people."""
    counts = ", ".join(f"{n} {word}" for word, n in told["status"].items())
    more = reliabilities(told["empirical_reliability"], told["marginal_reliability"])
    return "\n".join([f"{told['n_persons']} persons scored ({counts})", *more, f"scores: {out}"])


def reliabilities(empirical: float | None, marginal: float) -> list[str]:
    """Return the reliabilities for people."""
    told = [f"marginal reliability {marginal:.3f}: all items as one test"]
    return told if empirical is None else [f"empirical reliability {empirical:.3f}: the scores", *told]


def pair(text: str, name: str) -> tuple[float, float]:
    """Return two numbers written as "a,b"; raises BadInput otherwise."""
    try:
        first, second = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"--{name} is '{text}'", right="two numbers with a comma, as 0,1") from None
    return first, second


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file, so that a parameter file can be traced to its data."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def in_words(result: CalibrationResult, out: Path) -> str:
    """Return the outcome for people."""
    left_out = result.items[result.items["status"] != "ok"]
    lines = [
        f"{len(result.parameters)} items, {result.n_persons} persons, {result.n_responses} answers",
        f"log-likelihood {result.log_likelihood:.3f}, {result.n_parameters} parameters; {result.status}",
        *reliabilities(number(result.empirical_reliability), result.marginal_reliability()),
        *result.messages[:20],
    ]
    if len(result.messages) > 20:
        lines.append(f"… and {len(result.messages) - 20} more messages")
    if len(left_out):
        lines.append(f"{len(left_out)} items were not calibrated")
    return "\n".join([*lines, f"parameters: {out}"])


class cycles:
    """A progress line on standard error while cycles run; nothing where that is no terminal."""

    def __init__(self, title: str) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(title)
        self._title = title

    def __enter__(self) -> Callable[[int, float, float], None]:
        if self._bar.console.is_terminal:
            self._bar.start()
        return self._report

    def __exit__(self, *error: object) -> None:
        if self._bar.console.is_terminal:
            self._bar.stop()

    def _report(self, cycle: int, value: float, change: float) -> None:
        text = f"{self._title}: cycle {cycle}, log-likelihood {value:.4f}, largest change {change:.2g}"
        self._bar.update(self._task, description=text)


def _scale(path: Path | None) -> Scale | None:
    if path is None:
        return None
    from engine.rules import CatRules

    return CatRules.read(path).scale
