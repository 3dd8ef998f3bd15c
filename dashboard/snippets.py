"""The Python behind a figure: from the database to the drawing, a line for each name that it needs.

`script("draw_scree(scree(analysis['dimensions']))", {"url": …, "bank": …, "parameter_set": …})` finds in
`RECIPES` how an analysis is made, in the known values of which bank and set, and imports what is left.
"""

import ast
import builtins
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from operator import itemgetter

import dashboard.figures

RECIPES: Mapping[str, str] = {
    "url": "os.environ[DATABASE]",
    "database": "connect(url)",
    "stored": "parameter_sets.load(database, parameter_set).parameters",
    "parameters": "newest_versions(stored)",
    "pool": "ItemPool.from_parameters(parameters)",
    "analysis": "analyses.load(database, bank, parameter_set)",
    "timed": "analysis['items'].dropna(subset='median_s')",
    # what the bank's items and answers are
    "question": "banks.load(database, bank).item(item)",
    "answers": "read_model.answers(database, bank, item, version)",
    "ratings": "read_model.ratings(database, bank, item=(item, version))",
    "items": "item_table(banks.load(database, bank), read_model.item_counts(database, bank), "
    "read_model.star_counts(database, bank), stored, analysis, "
    "sessions=read_model.count_sessions(database, bank))",
    "working": "items[items['state'] == 'operational']",
    "operational": "pool.subset(np.flatnonzero(np.isin(pool.items, working['item'])))",
    "scale": "reporting_scale(database, bank)",
    "used": "parameter_sets.in_use(database, bank).parameters",
    "linked": "compared(stored, used).parameters",
    # one session, one person
    "events": "store.read(database, session)",
    "recorded": "replay(events)",
    "edition": "load_edition(database, recorded.started.edition)",
    "exposure": "exposure_of(database, edition, recorded.started)",
    "log": "read_model.log(database, bank, of=person)",
    "surprising": "surprises(Abilities.of(coded(log, pool.parameters), pool), analysis['items'], speed)",
    "answered": "surprising.drop(columns='person').assign("
    "response=surprising['item'].map(log.set_index('item')['response']))",
    # a comparison of groups
    "tables": "comparisons.load(database, comparison)[0]",
    "facts": "comparisons.load(database, comparison)[1]",
    # live tests and the simulation kept with their edition
    "simulated": "unpack(simulations.load(database, published), load_edition(database, published).design)[0]",
    "sessions": "read_model.sessions(database)",
    "taken": "sessions[(sessions['edition'] == published) & (sessions['simulated'] == of_simulated)]",
    "asked": "read_model.asked_counts(database, published, simulated=of_simulated, outside=OUTSIDE)",
    "live": "live_tests(ended_by_rules(taken), asked.set_index('item')['n'])",
    "weights": "as_able(simulated, live) if equally_able else even(simulated)",
    "against": "against_design(simulated, live, weights=weights, rng=np.random.default_rng(1))",
    # designs of tests
    **{
        f"study{which}": f"run('design', compile_edition(database, draft(database, 'design', title='design', "
        f"bank=bank, rules=rules{which}, parameter_set=parameter_set{which})), people{which}).study"
        for which in ("", "_a")
    },
}
"""How each thing that a figure is made from is made itself."""

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "calibration.abilities": ("Abilities",),
    "calibration.person_fit.surprises": ("surprises",),
    "dashboard.answers": ("coded", "newest_versions"),
    "dashboard.drift": ("compared",),
    "dashboard.figures.item_curve": ("NO_CURVES",),
    "dashboard.launch": ("DATABASE",),
    "dashboard.item_table": ("difficulties", "item_table"),
    "dashboard.live_design": (
        *("OUTSIDE", "against_design", "as_able", "ended_by_rules"),
        *("even", "live_tests"),
    ),
    "dashboard.overview": ("newest_day",),
    "dashboard.reporting": ("reporting_scale",),
    "dashboard.session_story": ("after", "audit", "path"),
    "dashboard.store": ("analyses", "comparisons", "jobs", "read_model"),
    "dashboard.trial": ("People", "run"),
    "engine.delivery": ("simulations", "store"),
    "engine.delivery.edition": ("compile_edition", "draft", "load_edition"),
    "engine.delivery.exposure": ("exposure_of",),
    "engine.delivery.replay": ("replay",),
    "engine.pool": ("ItemPool",),
    "engine.simulation.archive": ("unpack",),
    "items.storage": ("banks", "parameter_sets"),
    "items.storage.database": ("connect",),
}
"""Where what is no figure comes from."""
MODULES: Mapping[str, str] = {"np": "import numpy as np", "os": "import os"}


def script(last: str, known: Mapping[str, object]) -> str:
    """Return the lines that end in an expression.

    Parameters
    ----------
    last : str
        The expression, such as one that draws a figure.
    known : mapping
        Values of names: the `url` of the database, the bank, what the page looks at.

    Raises
    ------
    KeyError
        If a name in it is neither known, nor made by a recipe, nor a function of this house.
    """
    imported: set[str] = set()
    lines: dict[str, str] = {}

    def need(expression: str) -> None:
        for name in _names(expression):
            if name in lines or hasattr(builtins, name):
                continue
            if name in known or name in RECIPES:
                made = _literal(known[name]) if name in known else RECIPES[name]
                need(made)
                lines[name] = f"{name} = {made}"
            else:
                imported.add(name)

    need(last)
    return "\n".join((*_imports(imported), "", *lines.values(), last))


def _names(expression: str) -> Iterator[str]:
    """Yield the names that an expression reads, in their order."""
    for node in ast.walk(ast.parse(expression, mode="eval")):
        if isinstance(node, ast.Name):
            yield node.id


def _literal(value: object) -> str:
    """Return a value as Python; text of several lines as such."""
    if isinstance(value, str) and "\n" in value and '"""' not in value and "\\" not in value:
        return f'"""\n{value.strip()}\n"""'
    return repr(value)


def _imports(names: set[str]) -> Iterator[str]:
    """Yield the lines that import these names."""
    yield from sorted(MODULES[name] for name in names & MODULES.keys())
    homes = sorted((_homes()[name], name) for name in names - MODULES.keys())
    for module, group in groupby(homes, key=itemgetter(0)):
        yield f"from {module} import {', '.join(name for _, name in group)}"


@cache
def _homes() -> dict[str, str]:
    """Return the module of each name."""
    homes = {name: module for module, names in ELSEWHERE.items() for name in names}
    for _, name, _ in pkgutil.iter_modules(dashboard.figures.__path__, "dashboard.figures."):
        module = importlib.import_module(name)
        homes |= {one: name for one, made in vars(module).items() if getattr(made, "__module__", "") == name}
    return homes
