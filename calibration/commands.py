"""The commands `calibrate`, `score` and `regress`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Item parameters and abilities from response logs.")

Log = Annotated[Path, typer.Argument(help="Response log, CSV or Parquet, long or wide.")]
Key = Annotated[Path | None, typer.Option(help="Key, CSV item,key.")]
UseScore = Annotated[
    bool, typer.Option("--use-score", help="Take the column score (or correct) as categories.")
]
Omit = Annotated[str, typer.Option(help="Omitted answers: wrong or missing.")]


@app.command(epilog="Example: itemwise calibrate log.csv --key key.csv --model 2pl --out params.csv")
def calibrate(
    log: Log,
    model: Annotated[str, typer.Option(help="rasch, 1pl … nrm, or a model file item,model.")],
    out: Annotated[Path, typer.Option(help="Parameter file to write.")],
    summary: Annotated[Path | None, typer.Option(help="Write the summary as JSON.")] = None,
    key: Key = None,
    use_score: UseScore = False,
    omit: Omit = "wrong",
    anchors: Annotated[Path | None, typer.Option(help="Parameter file whose items are held.")] = None,
    start: Annotated[Path | None, typer.Option(help="Parameter file to start from: a warm start.")] = None,
    group: Annotated[str | None, typer.Option(help="Column g_NAME: a population for each group.")] = None,
    priors: Annotated[str, typer.Option(help="default, none or hierarchical.")] = "default",
    distribution: Annotated[str, typer.Option(help="Population: normal or histogram.")] = "normal",
    tolerance: Annotated[float, typer.Option(help="Change and gain below which the fit stands.")] = 1e-4,
    nodes: Annotated[int, typer.Option(help="Nodes of the grid on [-6, 6].")] = 61,
    max_iterations: Annotated[int, typer.Option(help="Most E-steps.")] = 500,
    no_se: Annotated[bool, typer.Option("--no-se", help="No standard errors.")] = False,
    sandwich: Annotated[
        bool, typer.Option("--sandwich", help="Standard errors that hold under misfit.")
    ] = False,
    covariance: Annotated[
        Path | None, typer.Option(help="Write the full covariance of all free parameters, CSV.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at a category never observed.")] = False,
    random_groups: Annotated[
        bool, typer.Option("--random-groups", help="Unlinked items: persons were assigned at random.")
    ] = False,
    estimator: Annotated[
        str, typer.Option(help="marginal; conditional (rasch, pcm, rsm); joint (rasch, pcm).")
    ] = "marginal",
    backend: Annotated[str, typer.Option(help="native, or girth for a second opinion.")] = "native",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Estimate item parameters from a response log."""
    from calibration.workflow import CalibrationOrder, run_calibration

    errors = "none" if no_se else "sandwich" if sandwich else "observed"
    order = CalibrationOrder(
        log, key, use_score, omit, model, anchors, start, group, priors, distribution, tolerance, nodes,
        max_iterations, errors, covariance, strict, random_groups, estimator, backend,
    )  # fmt: skip
    typer.echo(run_calibration(order, out, summary, as_json=as_json))


@app.command(epilog="Example: itemwise score log.csv --params params.csv --method eap --out scores.csv")
def score(
    log: Log,
    params: Annotated[Path, typer.Option(help="Parameter file.")],
    out: Annotated[Path, typer.Option(help="Scores file to write.")],
    method: Annotated[
        str, typer.Option(help="mle, wle, map, eap or another estimator of itemwise rules.")
    ] = "eap",
    key: Key = None,
    use_score: UseScore = False,
    omit: Omit = "wrong",
    not_reached: Annotated[str, typer.Option(help="Items not reached: missing or wrong.")] = "missing",
    population: Annotated[str | None, typer.Option(help="MEAN,SD of the prior.")] = None,
    bounds: Annotated[str, typer.Option(help="LOWER,UPPER of mle and wle.")] = "-6,6",
    min_answers: Annotated[int, typer.Option(help="Fewest answers for a score.")] = 1,
    scale: Annotated[Path | None, typer.Option(help="Rules file with a [scale] table.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts and reliabilities as JSON.")] = False,
) -> None:
    """Score everybody in a response log with known item parameters."""
    from calibration.workflow import ScoreOrder, run_score

    order = ScoreOrder(
        log, key, use_score, omit, not_reached, params, method, population, bounds, min_answers, scale
    )
    typer.echo(run_score(order, out, as_json=as_json))


@app.command(
    epilog="Example: itemwise regress log.csv --params params.csv --covariates people.csv --out start.toml"
)
def regress(
    log: Log,
    params: Annotated[Path, typer.Option(help="Parameter file of the items.")],
    out: Annotated[Path, typer.Option(help="File for the table [start.prior] of a rules file, TOML.")],
    covariates: Annotated[
        Path | None,
        typer.Option(help="CSV person and covariates, numbers or words; the log's g_ columns without."),
    ] = None,
    key: Key = None,
    use_score: UseScore = False,
) -> None:
    """Estimate what covariates let expect of ability: where an adaptive test begins ([start.prior])."""
    from calibration.regression_workflow import RegressionOrder, run_regression

    typer.echo(run_regression(RegressionOrder(log, params, covariates, key, use_score), out))
