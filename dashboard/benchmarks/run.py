"""Run cases, print each row as soon as it is measured."""

import json
import os
import platform
from collections.abc import Callable, Sequence
from importlib import metadata
from typing import Any

from dashboard.benchmarks.catalogue import CALIBRATION, chosen
from dashboard.benchmarks.peers import PEERS, found
from dashboard.benchmarks.table import heading, row

Say = Callable[[str], None]


def bench(names: Sequence[str], *, as_json: bool, say: Say, tell: Callable[[str, int, int], None]) -> None:
    """Measure the named cases, the quick ones without any, and print a table or JSON.

    Parameters
    ----------
    say : callable
        Prints a line of the outcome.
    tell : callable
        Told which case runs, and how many of how many are done.

    Raises
    ------
    BadInput
        If there is no such case.
    """
    cases, lines, family = chosen(names), [], ""
    if not as_json:
        say(in_words(machine()))
    for number, case in enumerate(cases):
        tell(case.name, number, len(cases))
        fit = case.family == CALIBRATION
        if case.family != family and not as_json:
            say(f"\n{case.family}\n\n{heading(fit=fit)}")
        family = case.family
        for line in case.measure(slow_peers=bool(names)):
            lines.append(line)
            if not as_json:
                say(row(line, fit=fit))
    if as_json:
        say(json.dumps({"machine": machine(), "lines": [line.record() for line in lines]}, indent=1))


def machine() -> dict[str, Any]:
    """Return what the times depend on."""
    versions = {name: metadata.version(name) for name in ("numpy", "scipy")}
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **versions,
        "peers": {name: found(name) for name in PEERS},
    }


def in_words(facts: dict[str, Any]) -> str:
    """Return the machine and the peers in two sentences."""
    here = [f"{name} {version}" for name, version in facts["peers"].items() if version]
    missing = [name for name, version in facts["peers"].items() if not version]
    absent = f"; not installed here: {', '.join(missing)}" if missing else ""
    return (
        f"{facts['processors']} processors (load {facts['load']} at the start), {facts['system']}, "
        f"Python {facts['python']}, NumPy {facts['numpy']}, SciPy {facts['scipy']}.\n"
        f"Best of several runs. Peers in this run: {', '.join(here) or 'none'}{absent}."
    )
