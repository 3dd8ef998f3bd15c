"""What `itemwise simulate` does: read, simulate, write tables, figures and a report."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from dashboard.figures.exposure import draw_exposure, draw_exposure_histogram, exposure_rates
from dashboard.figures.lengths import draw_lengths, test_lengths
from dashboard.figures.precision import draw_coverage, draw_precision, precision
from dashboard.figures.theme import Figure, svg
from dashboard.progress import bars
from dashboard.reports.designs import Designs, designs_report, write_designs
from dashboard.reports.folder import whole_folder
from dashboard.reports.page import Report, Section, Table, html, number
from dashboard.reports.simulation_order import People, SimulationOrder, read_designs, read_people, read_pool
from dashboard.rules_form import as_toml
from engine.design import Design
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.simulation import Study, simulate
from engine.simulation.admitting import guess_admit_gap
from engine.simulation.output import write
from engine.simulation.sympson_hetter import ROUNDS, made_ready
from items.errors import BadInput
from items.parameters import write_whole

FACTS = {
    "simulees": "candidates",
    "mean_length": "questions a test",
    "bias": "bias (logits)",
    "rmse": "error made, RMSE (logits)",
    "mean_se": "error claimed, mean SE (logits)",
    "coverage_95": "95 % bands that hold",
    "max_exposure": "largest exposure",
    "exposure_limit": "largest exposure asked for",
    "exposure_block": "candidates between updates of exposure",
    "mean_overlap": "overlap of two tests",
    "overlap_limit": "largest overlap asked for",
    "unused_items": "items never used",
    "constraint_violations": "broken conditions",
    "decision_right": "levels that are right",
    "guess_admit_gap": "gain by guessing (logits)",
}


EXPOSURE = "exposure"
"""Name of the file with the exposure parameters that a calibration run has found."""


def run_simulation(order: SimulationOrder, out: Path) -> Study | Designs:
    """Simulate, and write tables, figures and the report to a folder, all or nothing.

    Raises
    ------
    BadInput
        If a file cannot be used, the rules cannot be met, or the folder cannot be written to.
    """
    pool, designs = read_pool(order), read_designs(order)
    rng = np.random.default_rng(order.seed)
    people = read_people(order, pool, designs, rng)
    seed = int(rng.integers(2**62))
    studies: dict[str, Study] = {}
    with bars() as progress, whole_folder(out) as folder:
        for place, (name, rules) in enumerate(designs.items(), start=1):
            tell = _counter(progress, f"Simulating {name}" if len(designs) > 1 else "Simulating", people)
            with _said_of(name if len(designs) > 1 else ""):
                ready = _ready(pool, rules, people, seed, progress)
                studies[name] = _study(pool, ready, people, seed, tell)
            if ready is not rules:
                exposure = as_toml({"exposure": ready.document["exposure"]})
                several = f"_{place}" if len(designs) > 1 else ""
                write_whole(folder / f"{EXPOSURE}{several}.toml", exposure)
        if len(studies) == 1:
            (study,) = studies.values()
            write(study, folder)
            write_figures(folder, simulation_figures(study))
            write_whole(folder / "report.html", html(simulation_report(study, people.sentence, order)))
            return study
        found = Designs(studies)
        write_designs(found, folder)
        write_figures(folder, found.figures())
        write_whole(folder / "report.html", html(designs_report(found, people.sentence, order)))
        return found


def write_figures(folder: Path, figures: list[Figure]) -> None:
    """Write each figure as SVG."""
    for figure in figures:
        write_whole(folder / f"{figure.name}.svg", svg(figure))


def simulation_figures(study: Study) -> list[Figure]:
    """Return the figures of a study."""
    bins = precision(study.along_ability)
    rates = exposure_rates(study.items, limit=study.exposure_limit)
    return [
        draw_precision(bins),
        draw_coverage(bins),
        draw_lengths(test_lengths(study.simulees)),
        draw_exposure_histogram(rates),
        draw_exposure(rates),
    ]


def simulation_report(study: Study, people: str, order: SimulationOrder) -> Report:
    """Return the report of a study."""
    summary, tables = study.summary, study.tables()
    errors, bands, lengths, *used = simulation_figures(study)
    limited = "The busiest item by reported ability (logits), and what chance allows it"
    return Report(
        title="Simulated adaptive test",
        lead=f"{people} They took a test of the {len(study.items):,} items in {order.params.name} by "
        f"{order.rules[0] if order.rules else 'the default rules'}.",
        facts=[(words, told) for name, words in FACTS.items() if (told := number(summary.get(name)))],
        sections=[
            Section("How precise it is", figures=[errors, bands]),
            Section(
                "How long it is",
                figures=[lengths],
                tables=[Table("Questions of each section", tables["sections"], "sections.csv")]
                if "sections" in tables
                else [],
            ),
            Section(
                "How it uses the bank",
                figures=used,
                tables=[Table(limited, tables["bands"], "bands.csv")] if "bands" in tables else [],
            ),
            *_blueprint(study),
            *_decisions(study),
            *_guessing(study),
            Section(
                "Tables",
                tables=[
                    Table("Along true ability (logits)", tables["along_ability"], "along_ability.csv"),
                    Table(
                        "Items by exposure",
                        tables["items"].sort_values("exposure", ascending=False, kind="stable"),
                        "items.csv",
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


def in_words(found: Study | Designs, out: Path, *, as_json: bool) -> str:
    """Return the outcome for people, or the summary as JSON."""
    if as_json:
        return (out / "summary.json").read_text(encoding="utf-8").rstrip()
    if isinstance(found, Designs):
        table = found.table.dropna(axis=1, how="all")
        return f"{table.to_string(index=False, float_format='%.3f')}\nreport: {out / 'report.html'}"
    summary = found.summary
    told = [(words, number(summary.get(name))) for name, words in FACTS.items()]
    lines = [f"{words}: {value}" for words, value in told if value]
    return "\n".join([*lines, *summary["notes"], f"report: {out / 'report.html'}"])


def _study(pool: ItemPool, rules: CatRules, people: People, seed: int, tell: Callable[[int], None]) -> Study:
    """Return a finished study with the gap between guessing and admitting."""
    design = Design.of(pool, rules)
    study = simulate(
        pool,
        rules,
        people.theta,
        rng=np.random.default_rng(seed),
        responder=people.responder(design),
        prior=people.prior(design),
        progress=tell,
    )
    true = people.theta[np.isfinite(people.theta)]
    return replace(study, gap=guess_admit_gap(pool, rules, true, seed=seed))


@contextmanager
def _said_of(design: str) -> Iterator[None]:
    """Say of which design bad input is, where several are compared."""
    try:
        yield
    except BadInput as error:
        where = ", ".join(part for part in (design, error.where) if part)
        raise BadInput(error.what, where=where, right=error.right) from error


def _ready(
    pool: ItemPool, rules: CatRules, people: People, seed: int, progress: Callable[[str, int, int], None]
) -> CatRules:
    """Return the rules after the calibration run of their exposure method, where they need one."""
    true = people.theta[np.isfinite(people.theta)]

    def tell(done: int) -> None:
        progress("Calibrating exposure", done, ROUNDS)

    return made_ready(pool, rules, true, rng=np.random.default_rng([seed, 1]), progress=tell)


def _counter(progress: Callable[[str, int, int], None], task: str, people: People) -> Callable[[int], None]:
    """Return what is told how many more have finished."""
    done = [0]

    def tell(more: int) -> None:
        done[0] += more
        progress(task, done[0], people.theta.size)

    return tell


def _blueprint(study: Study) -> Iterator[Section]:
    blueprint = study.blueprint
    if len(blueprint):
        broken = int((blueprint["broken"] > 0).sum())
        some = f"{broken} of the {len(blueprint)} conditions were broken in some test."
        said = some if broken else "Every test met every condition."
        table = Table("What the tests had of each condition", blueprint, "blueprint.csv")
        yield Section("How it meets the blueprint", paragraphs=[said], tables=[table])


def _decisions(study: Study) -> Iterator[Section]:
    found, tables = study.decisions, study.tables()
    if found and "levels" in tables:
        said = (
            f"{found['decision_right']:.1%} of the candidates were placed in their true level. By the test's "
            f"own account {found['decision_accuracy']:.1%} are placed rightly and two tests would agree on "
            f"{found['decision_consistency']:.1%} (Rudner); by the sum score on the same items it would be "
            f"{found['decision_accuracy_lee']:.1%} and {found['decision_consistency_lee']:.1%} (Lee)."
        )
        yield Section(
            "How right its decisions are",
            paragraphs=[said],
            tables=[
                Table("At each cut (logits; near is within 0.25)", tables["cuts"], "cuts.csv"),
                Table("By level (shares; claimed is the mean probability)", tables["levels"], "levels.csv"),
            ],
        )


def _guessing(study: Study) -> Iterator[Section]:
    if study.gap is None:
        return
    if np.isfinite(study.gap.gap):
        said = (
            f"Candidates who guess whenever they do not know end {study.gap.gap:.2f} logits (standard error "
            f"{study.gap.se:.2f}) above equally able ones who always say “I don't know yet”. The same "
            "people took the test twice with the same luck."
        )
    else:
        said = (
            "No item of this bank has a lower asymptote: its parameters know of no guessing, so what "
            "guessing brings against saying “I don't know yet” cannot be seen here."
        )
    yield Section("Guessing against saying “I don't know yet”", paragraphs=[said])
