"""What `itemwise analyse` does: read, analyse, write tables, figures and a report."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calibration.analysis import Analysis, analyse
from calibration.coding import Rules
from calibration.fit import ModelFit
from calibration.flags import Policy
from calibration.responses import ResponseMatrix
from calibration.scoring import known_levels
from calibration.two_columns import read_two_columns
from dashboard.figures.dif_curves import dif_curves, draw_dif_curves
from dashboard.figures.information import draw_information, information
from dashboard.figures.item_curve import analysed_curve, draw_item_curve
from dashboard.figures.item_map import draw_item_map, item_map
from dashboard.figures.option_curves import draw_option_curves, option_curves
from dashboard.figures.scores import Scores, draw_scores
from dashboard.figures.scree import draw_scree, scree
from dashboard.figures.theme import Figure
from dashboard.figures.wright_map import draw_wright_map, wright_map
from dashboard.item_table import difficulties
from dashboard.reports.analysis_tables import flag_tables, tables
from dashboard.reports.folder import whole_folder
from dashboard.reports.page import Report, Section, html, number
from dashboard.reports.simulation import write_figures
from engine.pool import ItemPool
from items.parameters import ParameterSet, write_whole

CLOSE_UPS = 8
"""Flagged items that the report shows with curves of their own."""


@dataclass(frozen=True, slots=True)
class AnalysisOrder:
    """What the user asked `analyse` for; the fields carry the names of the options."""

    log: Path
    key: Path | None
    params: Path | None
    use_score: bool
    omit: str
    policy: Path | None
    skills: Path | None = None
    pairs: Path | None = None


def run_analysis(order: AnalysisOrder, out: Path) -> Analysis:
    """Analyse a log, and write tables, figures and the report to a folder, all or nothing.

    Raises
    ------
    BadInput
        If a file cannot be used, no item can be analysed, or the folder cannot be written to.
    """
    policy = Policy.read(order.policy)
    parameters = None if order.params is None else ParameterSet.read(order.params)
    responses = ResponseMatrix.read(
        order.log,
        key=order.key,
        use_score=order.use_score,
        rules=Rules(omit=order.omit),
        levels=None if parameters is None or order.key else known_levels(parameters),
    )
    found = analyse(
        responses,
        parameters,
        policy=policy,
        skills=None if order.skills is None else dict(read_two_columns(order.skills, "item", "skill")),
        pairs=[] if order.pairs is None else read_two_columns(order.pairs, "source", "copier"),
    )
    with whole_folder(out) as folder:
        found.write(folder)
        found.parameters.write(folder / "parameters.csv")
        write_whole(folder / "flags_policy.toml", Policy.text(order.policy))
        write_figures(folder, overview_figures(found))
        write_whole(folder / "report.html", html(analysis_report(found, order)))
    return found


def overview_figures(found: Analysis) -> list[Figure]:
    """Return the figures of the whole test."""
    table = found.parameters.table
    ability = wright_map(found.persons["theta"].to_numpy(float), table.assign(b=difficulties(table)))
    figures = [
        draw_item_map(item_map(found.items)),
        draw_wright_map(ability),
        draw_information(information(ItemPool.from_parameters(found.parameters), what="the test")),
    ]
    if len(found.dimensions):
        figures.append(draw_scree(scree(found.dimensions)))
    return [*figures, draw_scores(Scores(found.scores))] if len(found.scores) else figures


def analysis_report(found: Analysis, order: AnalysisOrder) -> Report:
    """Return the report of an analysis: what to mend first, then the test, then the tables."""
    flagged = found.flags["item"].nunique()
    return Report(
        title=f"Item analysis of {order.log.name}",
        lead=f"{found.n_persons:,} people gave {found.n_responses:,} answers to {len(found.items)} items; "
        f"{_flagged_words(flagged)}.",
        facts=_facts(found),
        sections=[
            Section(
                "What to mend first",
                paragraphs=list(_first_words(found)),
                tables=list(flag_tables(found)),
            ),
            Section("The items with the most serious flags", figures=list(_close_ups(found))),
            Section("The test as a whole", figures=overview_figures(found)),
            Section("Tables", tables=list(tables(found))),
        ],
        notes=[
            *found.notes,
            "Every table stands whole as a CSV file beside this report; flags_policy.toml holds thresholds.",
        ],
    )


def _flagged_words(count: int) -> str:
    if not count:
        return "no item is flagged"
    return f"{count} {'items are' if count > 1 else 'item is'} flagged, the most harmful first"


def _first_words(found: Analysis) -> Iterator[str]:
    """Yield what to know before reading the flags one by one."""
    if found.flags.empty:
        yield "No item is flagged."
    together = found.flags.loc[found.flags["flag"] == "dependent_pair", "item"].nunique()
    if together > len(found.items) / 2:
        yield (
            f"{together} of {len(found.items)} items go together with others more than one ability explains: "
            "the test as a whole measures more than one thing. Look at the dimensions and the pairs below "
            "before mending single items."
        )


def in_words(found: Analysis, out: Path) -> str:
    """Return the outcome for people."""
    serious = found.flags[found.flags["severity"] >= 4].head(10)
    lines = [f"{row.item}: {row.evidence}" for row in serious.itertuples()]
    counted = f"{len(found.flags)} flags on {found.flags['item'].nunique()} of {len(found.items)} items"
    return "\n".join([counted, *lines, f"report: {out / 'report.html'}"])


def _facts(found: Analysis) -> list[tuple[str, str]]:
    reliability, fit = found.reliability, found.model_fit
    named = [
        ("alpha", reliability.alpha),
        ("omega", reliability.omega),
        ("split half", reliability.split_half),
        ("standard error of a total (points)", reliability.sem),
        (f"RMSEA of {fit.statistic}", fit.rmsea),
        ("RMSEA, 90 % interval", _ends(fit)),
        ("SRMSR", fit.srmsr),
        ("dimensions above chance", found.dimensionality.count),
    ]
    return [(words, number(value)) for words, value in named if number(value)]


def _ends(fit: ModelFit) -> str:
    known = fit.rmsea_low is not None and fit.rmsea_high is not None
    return f"{fit.rmsea_low:.3f} to {fit.rmsea_high:.3f}" if known else ""


def _close_ups(found: Analysis) -> Iterator[Figure]:
    """Yield for each of the items with serious flags what they look like: options, groups, or the curve."""
    serious = found.flags[found.flags["severity"] >= 2]
    curved, optioned = set(found.curves["item"]), set(found.option_curves.get("item", ()))
    for item in list(dict.fromkeys(serious["item"]))[:CLOSE_UPS]:
        unequal = _unequal(found, item)
        if unequal:
            yield draw_dif_curves(dif_curves(found.dif_curves[unequal], unequal, item))
        elif item in optioned:
            yield draw_option_curves(option_curves(found.option_curves, found.options, item))
        elif item in curved:
            yield draw_item_curve(analysed_curve(found.curves, item))


def _unequal(found: Analysis, item: str) -> str:
    """Return the group column by which an item is in ETS class C, or an empty text."""
    for name, table in found.dif.items():
        if ((table["item"] == item) & (table["ets_class"] == "C")).any():
            return name
    return ""
