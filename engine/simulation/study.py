"""What a simulation found: a row a simulee, a row an item, and a summary."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine._types import Floats, Ints
from engine.design import Design
from engine.simulation.decisions import rudner
from engine.simulation.metrics import coverage, mean_overlap


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """The finished tests of N people.

    Attributes
    ----------
    items, categories : (N, L) int
        What was asked and answered; −1 beyond the end, and for answers without a score.
    length : (N,) int
    theta, se : (N,)
        The reported ability.
    status, reason : (N,) text
    """

    items: Ints
    categories: Ints
    length: Ints
    theta: Floats
    se: Floats
    status: NDArray[np.str_]
    reason: NDArray[np.str_]

    def take(self, rows: Ints) -> "Finished":
        """Return the tests of some of the people."""
        return Finished(*(getattr(self, field.name)[rows] for field in fields(self)))


def join(parts: Sequence[Finished]) -> Finished:
    """Return the tests of all parts, one after the other."""
    names = [field.name for field in fields(Finished)]
    return Finished(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A finished simulation.

    Attributes
    ----------
    design : Design
        The test.
    theta : (N,)
        True abilities, NaN where there is no truth (replayed answers).
    tests : Finished
    violations : (N,) int
        Broken conditions of the blueprint in each test.
    seconds : float
        Time that it took.
    """

    design: Design
    theta: Floats
    tests: Finished
    violations: Ints
    seconds: float

    @property
    def simulees(self) -> pd.DataFrame:
        """Simulees: true and estimated ability, length and stop reason, a row each."""
        tests = self.tests
        scale = self.design.rules.scale.report(tests.theta, tests.se)
        return pd.DataFrame(
            {
                "simulee": np.arange(1, self.theta.size + 1),
                "theta_true": self.theta,
                "theta": tests.theta,
                "se": tests.se,
                "length": tests.length,
                "stop_reason": tests.reason,
                "status": tests.status,
                "score": scale.score,
                "level": scale.level,
            }
        )

    @property
    def items(self) -> pd.DataFrame:
        """Items: the share of the tests that held each, a row each."""
        asked = self.asked()
        return pd.DataFrame(
            {"item": self.design.names, "exposure": asked / max(self.theta.size, 1), "asked": asked}
        )

    @property
    def summary(self) -> dict[str, Any]:
        """The numbers that matter, by name."""
        tests, error = self.tests, self.tests.theta - self.theta
        asked = self.asked()
        return {
            "simulees": int(self.theta.size),
            "mean_length": float(tests.length.mean()),
            "bias": _mean(error),
            "rmse": float(np.sqrt(_mean(error**2))),
            "mean_se": _mean(tests.se),
            "coverage_95": coverage(error, tests.se),
            "max_exposure": float(asked.max() / self.theta.size),
            "mean_overlap": mean_overlap(asked, self.theta.size, float(tests.length.mean())),
            "unused_items": int((asked == 0).sum()),
            "constraint_violations": int(self.violations.sum()),
            **self.decisions(),
            "stop_reasons": dict(Counter(tests.reason.tolist()).most_common()),
            "statuses": dict(Counter(tests.status.tolist()).most_common()),
            "notes": list(self.design.notes),
            "seconds": self.seconds,
        }

    def decisions(self) -> dict[str, float]:
        """Return how right and how repeatable the levels are (Rudner), nothing where there are no levels."""
        cuts = self.design.rules.scale.cuts
        if not cuts.size:
            return {}
        found = rudner(self.tests.theta, self.tests.se, cuts)
        return {"decision_accuracy": found.accuracy, "decision_consistency": found.consistency}

    def asked(self) -> Ints:
        """Return how many tests held each item, (J + E,)."""
        held = self.tests.items[self.tests.items >= 0]
        return np.bincount(held, minlength=len(self.design.names))


def _mean(values: Floats) -> float:
    """Return the mean of the values that are there, NaN if none is."""
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else float("nan")
