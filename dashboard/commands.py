"""The commands that draw or serve what is drawn: demo, dashboard, simulate, analyse, bench."""

from pathlib import Path
from typing import Annotated

import typer

from dashboard.benchmarks.catalogue import NAMES

app = typer.Typer(rich_markup_mode=None)

Workspace = Annotated[Path, typer.Option(help="Folder of the workspace.")]
Database = Annotated[str | None, typer.Option(help="URL of a database, instead of the workspace's own.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the candidate's pages.")]
StaffPort = Annotated[int, typer.Option(min=1, max=65535, help="Port of the staff dashboard.")]
WORKSPACE = Path("itemwise-workspace")


@app.command(epilog="Example: itemwise demo --port 8000 --dashboard-port 8501")
def demo(
    workspace: Workspace = WORKSPACE,
    port: Port = 8000,
    dashboard_port: StaffPort = 8501,
    candidates: Annotated[int, typer.Option(min=200, max=100_000, help="Simulated candidates.")] = 2000,
) -> None:
    """Make a demonstration with simulated candidates and serve the candidate's pages and the dashboard."""
    from dashboard import demo as demonstration
    from dashboard.progress import bars
    from dashboard.tether import refuse_busy

    refuse_busy(port, "--port")
    refuse_busy(dashboard_port, "--dashboard-port")
    with bars() as progress:
        demonstration.prepare(workspace, candidates=candidates, progress=progress)
    demonstration.serve(workspace, port=port, dashboard_port=dashboard_port)


@app.command(epilog="Example: itemwise dashboard --workspace itemwise-workspace --port 8501")
def dashboard(
    workspace: Workspace = WORKSPACE,
    database: Database = None,
    port: StaffPort = 8501,
    host: Annotated[
        str, typer.Option(help="Any address but this machine's own needs sign-in.")
    ] = "127.0.0.1",
) -> None:
    """Serve the staff dashboard on this machine until stopped with Ctrl-C."""
    from dashboard.launch import run

    run(workspace, database, port=port, host=host)


@app.command(epilog="Example: itemwise simulate --params params.csv --simulees 5000 --seed 1 --out study")
def simulate(
    params: Annotated[Path, typer.Option(help="Parameter file of the items.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed; the same seed gives the same study.")],
    out: Annotated[Path, typer.Option(help="Folder for tables, figures and the report.")],
    simulees: Annotated[
        int | None, typer.Option(min=1, max=10_000_000, help="How many simulated candidates.")
    ] = None,
    rules: Annotated[
        list[str] | None,
        typer.Option(help="Rules file (TOML) or name of a ready one; several are compared.", metavar="RULES"),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(help="Values of a setting, all combinations compared, as select.criterion=mfi,klp."),
    ] = None,
    population: Annotated[str | None, typer.Option(help="MEAN,SD of true ability (logits).")] = None,
    grid: Annotated[str | None, typer.Option(help="LOW,HIGH,STEP of true ability, instead.")] = None,
    people: Annotated[
        str,
        typer.Option(help="Who answers: model, uncertain, guessing=0.1, admitting=0.5, misfitting=0.1."),
    ] = "model",
    replay: Annotated[Path | None, typer.Option(help="Response log whose answers are given again.")] = None,
    key: Annotated[Path | None, typer.Option(help="Key of that log, CSV item,key.")] = None,
    covariates: Annotated[
        Path | None,
        typer.Option(help="People, CSV person, what [start.prior] asks for, theta_true if known."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Let simulated candidates take an adaptive test; write tables, figures and an HTML report."""
    from dashboard.reports.simulation import in_words, run_simulation
    from dashboard.reports.simulation_order import SimulationOrder

    designs = (tuple(rules or ()), tuple(vary or ()))
    order = SimulationOrder(
        params, simulees, seed, *designs, population, grid, people, replay, key, covariates
    )
    typer.echo(in_words(run_simulation(order, out), out, as_json=as_json))


@app.command(epilog="Example: itemwise analyse log.csv --key key.csv --out analysis")
def analyse(
    log: Annotated[Path, typer.Argument(help="Response log, CSV or Parquet, long or wide.")],
    out: Annotated[Path, typer.Option(help="Folder for tables, figures and the report.")],
    key: Annotated[Path | None, typer.Option(help="Key, CSV item,key.")] = None,
    params: Annotated[Path | None, typer.Option(help="Parameter file; calibrated here without.")] = None,
    use_score: Annotated[bool, typer.Option("--use-score", help="Take the column score.")] = False,
    omit: Annotated[str, typer.Option(help="Omitted answers: wrong or missing.")] = "wrong",
    policy: Annotated[Path | None, typer.Option(help="Thresholds of flags (TOML).")] = None,
    skills: Annotated[Path | None, typer.Option(help="For sub-scores, CSV item,skill.")] = None,
    pairs: Annotated[Path | None, typer.Option(help="Suspected copying, CSV source,copier.")] = None,
) -> None:
    """Find the questions that do not work: tables, flags, figures and an HTML report."""
    from dashboard.reports.analysis import AnalysisOrder, in_words, run_analysis

    order = AnalysisOrder(log, key, params, use_score, omit, policy, skills, pairs)
    typer.echo(in_words(run_analysis(order, out), out))


@app.command(epilog="Example: itemwise bench A E cat shadow")
def bench(
    cases: Annotated[
        list[str] | None, typer.Argument(help=f"Cases: {NAMES}; the quick ones without.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Measure speed against the peers that are installed, as ratios in one run; a table in Markdown.

    Peers that take minutes join where their case is named.
    """
    from dashboard.benchmarks.run import bench as run
    from dashboard.progress import bars

    with bars() as progress:
        run(cases or [], as_json=as_json, say=typer.echo, tell=progress)
