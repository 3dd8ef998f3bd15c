"""What `itemwise simulate` does: read, simulate, write tables, figures and a report."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calibration.workflow import pair
from dashboard.figures.exposure import draw_exposure, exposure_rates
from dashboard.figures.lengths import draw_lengths, test_lengths
from dashboard.figures.precision import draw_coverage, draw_precision, precision
from dashboard.figures.theme import Figure, svg
from dashboard.progress import bars
from dashboard.reports.folder import whole_folder
from dashboard.reports.page import Report, Section, Table, html, number
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.simulation import Study, simulate
from engine.simulation.metrics import along_ability
from engine.simulation.output import EDGES, write
from items.parameters import ParameterSet, write_whole

FACTS = {
    "simulees": "simulated candidates",
    "mean_length": "questions a test",
    "bias": "bias (logits)",
    "rmse": "error made, RMSE (logits)",
    "mean_se": "error claimed, mean SE (logits)",
    "coverage_95": "95 % bands that hold",
    "max_exposure": "largest exposure",
    "mean_overlap": "overlap of two tests",
    "unused_items": "items never used",
    "constraint_violations": "broken conditions",
}


@dataclass(frozen=True, slots=True)
class SimulationOrder:
    """What the user asked `simulate` for; the fields carry the names of the options."""

    params: Path
    rules: Path | None
    simulees: int
    seed: int
    population: str | None


def run_simulation(order: SimulationOrder, out: Path) -> Study:
    """Simulate, and write tables, figures and the report to a folder, all or nothing.

    Raises
    ------
    BadInput
        If a file cannot be used, the rules cannot be met, or the folder cannot be written to.
    """
    parameters = ParameterSet.read(order.params)
    pool = ItemPool.from_parameters(parameters, where=str(order.params))
    rules = CatRules() if order.rules is None else CatRules.read(order.rules)
    given = None if order.population is None else pair(order.population, "population")
    mean, sd = given or next(iter(parameters.population.values()))
    rng = np.random.default_rng(order.seed)
    with bars() as progress, whole_folder(out) as folder:
        done = [0]

        def tell(more: int) -> None:
            done[0] += more
            progress("Simulating", done[0], order.simulees)

        study = simulate(pool, rules, rng.normal(mean, sd, order.simulees), rng=rng, progress=tell)
        write(study, folder)
        write_figures(folder, simulation_figures(study))
        write_whole(folder / "report.html", html(simulation_report(study, order)))
    return study


def write_figures(folder: Path, figures: list[Figure]) -> None:
    """Write each figure as SVG."""
    for figure in figures:
        write_whole(folder / f"{figure.name}.svg", svg(figure))


def simulation_figures(study: Study) -> list[Figure]:
    """Return the figures of a study."""
    bins = precision(along_ability(study.theta, study.tests.theta, study.tests.se, edges=EDGES))
    return [
        draw_precision(bins),
        draw_coverage(bins),
        draw_lengths(test_lengths(study.simulees)),
        draw_exposure(exposure_rates(study.items)),
    ]


def simulation_report(study: Study, order: SimulationOrder) -> Report:
    """Return the report of a study."""
    summary, (errors, bands, lengths, used) = study.summary, simulation_figures(study)
    along = along_ability(study.theta, study.tests.theta, study.tests.se, edges=EDGES)
    return Report(
        title="Simulated adaptive test",
        lead=f"{summary['simulees']:,} simulated candidates took a test of the {len(study.items)} items in "
        f"{order.params} by {order.rules or 'the default rules'}. All of it is simulated.",
        facts=[(words, number(summary[name])) for name, words in FACTS.items()],
        sections=[
            Section("How precise it is", figures=[errors, bands]),
            Section("How long it is", figures=[lengths]),
            Section("How it uses the bank", figures=[used]),
            Section(
                "Tables",
                tables=[
                    Table("Along true ability (logits)", along, "along_ability.csv"),
                    Table(
                        "Items by exposure", study.items.sort_values("exposure", ascending=False), "items.csv"
                    ),
                ],
            ),
        ],
        notes=[
            *summary["notes"],
            f"Seed {order.seed}; the same seed gives the same numbers, whatever the number of processors. "
            f"{summary['seconds']:.2f} seconds.",
        ],
    )


def in_words(study: Study, out: Path, *, as_json: bool) -> str:
    """Return the outcome for people, or the summary as JSON."""
    summary = study.summary
    if as_json:
        return (out / "summary.json").read_text(encoding="utf-8").rstrip()
    lines = [f"{words}: {number(summary[name])}" for name, words in FACTS.items()]
    return "\n".join([*lines, f"report: {out / 'report.html'}"])
