"""What a simulation found: a row a simulee, a row an item, and a summary."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine._types import Floats, Ints
from engine.conditions import Attainment
from engine.design import Design
from engine.sections import lengths, questions_of
from engine.simulation.decisions import at_cuts, by_level, lee, level_probabilities, rudner
from engine.simulation.metrics import ability_edges, along_ability, coverage, mean, mean_overlap


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
    opened : (N, S) int
        Questions before each section, −1 for one that was not reached.
    """

    items: Ints
    categories: Ints
    length: Ints
    theta: Floats
    se: Floats
    status: NDArray[np.str_]
    reason: NDArray[np.str_]
    opened: Ints


def join(parts: Sequence[Finished]) -> Finished:
    """Return the tests of all parts, one after the other."""
    names = [field.name for field in fields(Finished)]
    return Finished(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, slots=True)
class Gap:
    """Mean reported θ of guessers less that of equally able admitters (logits), and its standard error."""

    gap: float
    se: float


@dataclass(frozen=True, eq=False)
class Study:
    """A finished simulation.

    Attributes
    ----------
    design : Design
        The test.
    theta : (N,)
        True abilities, NaN where there is no truth.
    tests : Finished
    violations : (N,) int
        Broken conditions of the blueprint in each test.
    seconds : float
        Time that it took.
    gap : Gap or None
        What guessing brings against saying "I don't know yet", where it has been simulated.
    """

    design: Design
    theta: Floats
    tests: Finished
    violations: Ints
    seconds: float
    gap: Gap | None = None

    @property
    def simulees(self) -> pd.DataFrame:
        """Simulees: true and estimated ability, length, stop reason, score and levels, a row each."""
        tests, scale = self.tests, self.design.rules.scale
        told = scale.report(tests.theta, tests.se)
        table = {
            "simulee": np.arange(1, self.theta.size + 1),
            "theta_true": self.theta,
            "theta": tests.theta,
            "se": tests.se,
            "length": tests.length,
            "stop_reason": tests.reason,
            "status": tests.status,
            "score": told.score,
            "level": told.level,
        }
        chances = level_probabilities(tests.theta, tests.se, scale.cuts) if scale.levels else None
        more = {} if chances is None else {f"p_{name}": chances[:, k] for k, name in enumerate(scale.levels)}
        return pd.DataFrame(table | more)

    @property
    def items(self) -> pd.DataFrame:
        """Items: the share of the tests that held each, a row each."""
        asked = self.asked()
        return pd.DataFrame(
            {"item": self.design.names, "exposure": asked / max(self.theta.size, 1), "asked": asked}
        )

    @property
    def along_ability(self) -> pd.DataFrame:
        """Bias, RMSE, mean SE and coverage by bins of true ability, a row a bin."""
        return along_ability(self.theta, self.tests.theta, self.tests.se, edges=ability_edges(self.theta))

    @property
    def blueprint(self) -> pd.DataFrame:
        """What the tests had of each condition of the blueprint, a row a condition."""
        found, several = list[Attainment](), len(self.design.parts) > 1
        for number, part in enumerate(self.design.parts):
            items = questions_of(self.tests.items, self.tests.opened, number, part.max_length)
            conditions = [each.conditions for each in part.constraints if each.conditions is not None]
            for one in (one for each in conditions for one in each.attainment(items)):
                named = f"{part.name}: {one.condition}" if several else one.condition
                found.append(replace(one, condition=named))
        return pd.DataFrame(found, columns=[field.name for field in fields(Attainment)])

    @property
    def bands(self) -> pd.DataFrame:
        """The busiest of the chosen items in each band of θ within which exposure is limited, a row a band.

        `allowed` is the limit r and three standard errors of a share, r + 3 √(r (1 − r) / n).
        """
        chosen = self.design.selectable
        cuts, held, limit = self.design.cuts, self.tests.items, self.exposure_limit or 1.0
        band, rows = np.searchsorted(cuts, self.tests.theta, side="right"), []
        for number, (low, high) in enumerate(pairwise([-np.inf, *cuts, np.inf])):
            own = held[band == number]
            if len(own):
                asked = np.bincount(own[own >= 0], minlength=len(self.design.names))[: chosen.size][chosen]
                chance = 3 * np.sqrt(limit * (1 - limit) / len(own))
                rows.append((low, high, len(own), asked.max() / len(own), min(limit + chance, 1.0)))
        return pd.DataFrame(rows, columns=["theta_low", "theta_high", "n", "max_exposure", "allowed"])

    @property
    def sections(self) -> pd.DataFrame:
        """How long each section was, a row a section of a test that has several."""
        parts, each = self.design.parts, lengths(self.tests.opened, self.tests.length)
        rows = [
            (part.name, np.isfinite(n).mean(), mean(n), np.nanmin(n, initial=np.inf), np.nanmax(n, initial=0))
            for part, n in zip(parts, each.T, strict=True)
        ]
        columns = ["section", "reached", "mean_length", "shortest", "longest"]
        return pd.DataFrame(rows if len(parts) > 1 else [], columns=columns)

    @property
    def exposure_limit(self) -> float | None:
        """The largest rate that the rules ask for, None without a limit."""
        exposure = self.design.exposure
        return exposure.limit if exposure and exposure.limit < 1 else None

    @property
    def overlap_limit(self) -> float | None:
        """The largest overlap that the rules ask for, None without a limit."""
        exposure = self.design.exposure
        return exposure.overlap_limit if exposure and exposure.overlap_limit < 1 else None

    @property
    def exposure_block(self) -> int | None:
        """Candidates between two updates of exposure control, None where it learns nothing from them."""
        exposure = self.design.exposure
        return self.design.block_of(self.theta.size) if exposure and exposure.learns else None

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table of the study by name; those without rows are left out."""
        found = {
            "simulees": self.simulees,
            "items": self.items,
            "along_ability": self.along_ability,
            "sections": self.sections,
            "blueprint": self.blueprint,
        }
        if self.design.cuts.size:
            found["bands"] = self.bands
        scale, tests = self.design.rules.scale, self.tests
        known = np.isfinite(self.theta)
        if scale.cuts.size and known.any():
            people = self.theta[known], tests.theta[known], tests.se[known]
            found["cuts"] = at_cuts(*people, scale.cuts)
            found["levels"] = by_level(*people, scale)
        return {name: table for name, table in found.items() if len(table)}

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The numbers that matter, by name."""
        tests, error = self.tests, self.tests.theta - self.theta
        asked, length = self.asked(), float(self.tests.length.mean())
        chosen = self.design.selectable
        return {
            "simulees": int(self.theta.size),
            "mean_length": length,
            "bias": mean(error),
            "rmse": float(np.sqrt(mean(error**2))),
            "mean_se": mean(tests.se),
            "coverage_95": coverage(error, tests.se),
            "max_exposure": float(asked[: chosen.size][chosen].max() / self.theta.size),
            "exposure_limit": self.exposure_limit,
            "exposure_block": self.exposure_block,
            "mean_overlap": mean_overlap(asked, self.theta.size, length),
            "overlap_limit": self.overlap_limit,
            "unused_items": int((asked == 0).sum()),
            "constraint_violations": int(self.violations.sum()),
            **self.decisions,
            **(
                {}
                if self.gap is None
                else {"guess_admit_gap": self.gap.gap, "guess_admit_gap_se": self.gap.se}
            ),
            "stop_reasons": dict(Counter(tests.reason.tolist()).most_common()),
            "statuses": dict(Counter(tests.status.tolist()).most_common()),
            "notes": list(self.design.notes),
            "seconds": self.seconds,
        }

    @cached_property
    def decisions(self) -> dict[str, float]:
        """How right and how repeatable the levels are, nothing where there are no levels.

        Rudner's and Lee's figures rest on the test alone; `decision_right` is the share of the levels that
        are the true ones, where the truth is known.
        """
        cuts, tests = self.design.rules.scale.cuts, self.tests
        if not cuts.size:
            return {}
        there = np.isfinite(tests.theta) & np.isfinite(tests.se)
        if not there.any():
            return {}
        normal = rudner(tests.theta, tests.se, cuts)
        scores = lee(self.design.pool, tests.items[there], tests.theta[there], cuts)
        placed, belongs = (np.searchsorted(cuts, x, side="right") for x in (tests.theta, self.theta))
        known = there & np.isfinite(self.theta)
        right = float((placed == belongs)[known].mean()) if known.any() else float("nan")
        return {
            "decision_right": right,
            "decision_accuracy": normal.accuracy,
            "decision_consistency": normal.consistency,
            "decision_accuracy_lee": scores.accuracy,
            "decision_consistency_lee": scores.consistency,
        }

    def asked(self) -> Ints:
        """Return how many tests held each item, (J + E,)."""
        held = self.tests.items[self.tests.items >= 0]
        return np.bincount(held, minlength=len(self.design.names))
