"""What a trial of a design tells, as tables: each number with its interval, and two designs side by side."""

import numpy as np
import pandas as pd

from dashboard.figures.item_curve import proportion_interval
from dashboard.trial import MEASURES, Trial
from engine._types import Floats
from engine.simulation import Study
from engine.simulation.decisions import NEAR, at_cuts


def measures(trial: Trial) -> pd.DataFrame:
    """Return `measure`, `value`, and the ends `low`, `high` of its 95 % interval, a row a measure."""
    rows = []
    for name, words in MEASURES.items():
        low, high = _interval(trial.replicates[name])
        if name == "unused_items":  # a sample of people always misses items that somebody met
            low = high = np.nan
        rows.append((words, trial.values[name], low, high))
    table = pd.DataFrame(rows, columns=["measure", "value", "low", "high"])
    return table[table["value"].notna()].reset_index(drop=True)


def compared(first: Trial, second: Trial) -> pd.DataFrame:
    """Return the measures of two designs, their `difference` and its 95 % interval, a row a measure.

    Where the same people took both, the difference is theirs, which is surer than either value.
    """
    rows = []
    for name, words in MEASURES.items():
        difference = second.values[name] - first.values[name]
        low, high = _interval(second.replicates[name] - first.replicates[name])
        if name == "unused_items":
            low = high = np.nan
        rows.append((words, first.values[name], second.values[name], difference, low, high))
    table = pd.DataFrame(rows, columns=["measure", "A", "B", "difference", "low", "high"])
    return table[table["A"].notna() | table["B"].notna()].reset_index(drop=True)


def attainment(study: Study) -> pd.DataFrame:
    """Return how the tests met each condition of the blueprint: what the study tells, and `met`.

    `met` is the share of tests that met it, `met_low` and `met_high` its 95 % interval.
    """
    table, n = study.blueprint, study.theta.size
    table = table.replace([np.inf, -np.inf], np.nan)
    met = 1 - table["broken"].to_numpy(float) / n
    low, high = proportion_interval(met, np.full(met.size, n))
    return table.assign(met=met, met_low=low, met_high=high)


def cuts(study: Study) -> pd.DataFrame:
    """Return what the test does at each cut: `level`, `cut` (logits), SE near it, share decided rightly."""
    scale = study.design.rules.scale
    found = at_cuts(study.theta, study.tests.theta, study.tests.se, scale.cuts)
    found.insert(0, "level", list(scale.levels)[1:])
    low, high = proportion_interval(found["right"].to_numpy(float), np.full(len(found), study.theta.size))
    return found.assign(low=low, high=high)


CUTS_WORDS = (
    f"“Near” means within {NEAR:g} logits of the cut; “right” is the share of all tests on the side of the "
    "cut on which the true ability lies."
)


def _interval(values: Floats) -> tuple[float, float]:
    """Return the 2.5 % and 97.5 % points of the values that are there."""
    there = values[np.isfinite(values)]
    if not there.size:
        return np.nan, np.nan
    low, high = np.quantile(there, [0.025, 0.975])
    return float(low), float(high)
