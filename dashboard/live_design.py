"""Live tests against their design: what as many simulated tests would show, and where the live ones part.

Simulated tests are drawn anew many times, as many as there are live ones; the middle 95 % of what such a
replication shows is the band.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtr

from calibration.fit.multiple_testing import adjust
from dashboard.replications import Replications, beside
from dashboard.trial import held
from engine._types import Floats, Ints
from engine.simulation import Study
from engine.simulation.decisions import NEAR, rudner
from engine.simulation.metrics import EDGES, mean

LEVEL = 0.05
"""False-discovery rate of the flags of a page."""
FEWEST = 10
"""Tests in a bin of ability below which nothing is said."""
OUTSIDE = ("expired",)
"""Reasons that no simulated test has: these sessions are left out."""
BINS = 20
"""Bins in which simulated tests are made as able as the live ones."""
LENGTH, SE, ABILITY, SPREAD = (
    "questions a test",
    "standard error (logits)",
    "ability θ (logits)",
    "SD of ability",
)


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """N live tests that ended by their rules.

    Attributes
    ----------
    theta, se : (N,)
        As reported (logits), NaN where there is none.
    length : (N,) int
    reason : (N,) text
    asked : Series of int
        In how many of them each item was asked, by item.
    """

    theta: Floats
    se: Floats
    length: Ints
    reason: NDArray[np.str_]
    asked: "pd.Series[Any]"

    def __len__(self) -> int:
        return self.theta.size


@dataclass(frozen=True, slots=True, eq=False)
class AgainstDesign:
    """Live values beside the bands of the design.

    Each table has `live`, `expected`, the band `low`, `high`, the chance `p` of a value as far out,
    `p_adjusted` for all of them together, and `parts`: whether the live tests part from the design.

    Attributes
    ----------
    n, simulated : int
        Live tests, and the simulated ones they are compared with.
    whole : DataFrame
        `what`: length, SE, ability, and the share of each stop reason.
    items : DataFrame
        `item`: the share of tests that held it; items on trial, which come as answers are wanted, are no part
        of the design.
    lengths : DataFrame
        `length`: the share of tests of that length.
    along : DataFrame
        `theta` (middle of a bin of estimated ability), `n`: mean SE there.
    """

    n: int
    simulated: int
    whole: pd.DataFrame
    items: pd.DataFrame
    lengths: pd.DataFrame
    along: pd.DataFrame

    @property
    def flags(self) -> pd.DataFrame:
        """What parts, the surest first: `what`, `live`, `expected`, `low`, `high`, `p_adjusted`."""
        items = self.items.assign(what="exposure of " + self.items["item"])
        columns = ["what", "live", "expected", "low", "high", "p_adjusted"]
        both = pd.concat([self.whole[self.whole["parts"]], items[items["parts"]]])
        return both[columns].sort_values("p_adjusted").reset_index(drop=True)


def live_tests(sessions: pd.DataFrame, asked: "pd.Series[Any]") -> Live:
    """Take the sessions (`theta`, `se`, `answered`, `reason`) that ended by their rules."""
    return Live(
        theta=sessions["theta"].to_numpy(float),
        se=sessions["se"].to_numpy(float),
        length=sessions["answered"].to_numpy(np.int64),
        reason=sessions["reason"].to_numpy(np.str_),
        asked=asked,
    )


def ended_by_rules(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the sessions that a simulation can be compared with."""
    return sessions[sessions["reason"].notna() & ~sessions["reason"].isin(OUTSIDE)]


def even(study: Study) -> Floats:
    """Return weights (M,) of simulated tests that count the same."""
    return np.full(study.theta.size, 1 / study.theta.size)


def as_able(study: Study, live: Live) -> Floats:
    """Return weights (M,) under which the simulated tests end as able as the live ones, bin by bin."""
    known = live.theta[np.isfinite(live.theta)]
    if not known.size:
        return even(study)
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    theirs = np.bincount(np.searchsorted(edges, known), minlength=edges.size + 1)
    place = np.searchsorted(edges, study.tests.theta)
    ours = np.bincount(place, minlength=edges.size + 1)
    weights = (theirs / np.maximum(ours, 1))[place]
    return np.asarray(weights / weights.sum()) if weights.sum() else even(study)


def against_design(study: Study, live: Live, *, weights: Floats, rng: np.random.Generator) -> AgainstDesign:
    """Compare live tests with what replications of as many simulated ones show.

    Parameters
    ----------
    weights : (M,)
        How much each simulated test counts; they add up to 1.
    """
    tests, names = study.tests, list(study.design.names)
    reasons = sorted({*tests.reason.tolist(), *live.reason.tolist()})
    lengths = sorted({*tests.length.tolist(), *live.length.tolist()})
    properties = [tests.reason[:, None] == reasons, tests.length[:, None] == lengths, held(study)]
    drawn = Replications.of(
        np.column_stack([tests.length, tests.se, tests.theta]),
        sparse.csr_array(sparse.hstack([sparse.csr_array(one.astype(float)) for one in properties])),
        weights,
        n=len(live),
        rng=rng,
    )
    whole = [
        beside(LENGTH, float(live.length.mean()), drawn.means[:, 0]),
        beside(SE, mean(live.se), drawn.means[:, 1]),
    ]
    whole += [
        drawn.share(f"ended by {reason}", place, int((live.reason == reason).sum()))
        for place, reason in enumerate(reasons)
    ]
    if np.allclose(weights, weights[0]):
        whole.append(beside(ABILITY, mean(live.theta), drawn.means[:, 2]))
        whole.append(beside(SPREAD, _sd(live.theta), drawn.spreads[:, 2]))
    by_length = [
        drawn.share(str(length), len(reasons) + place, int((live.length == length).sum()))
        for place, length in enumerate(lengths)
    ]
    counts, before = live.asked.reindex(names, fill_value=0), len(reasons) + len(lengths)
    in_turn = _in_turn(study)
    items = [
        drawn.share(name, before + place, int(counts[name]))
        for place, name in enumerate(names)
        if name not in in_turn
    ]
    told, used = _flagged(pd.DataFrame(whole), pd.DataFrame(items).rename(columns={"what": "item"}))
    shares = pd.DataFrame(by_length).rename(columns={"what": "length"}).astype({"length": int})
    return AgainstDesign(len(live), study.theta.size, told, used, shares, _along(study, live, weights))


def decisions(study: Study, live: Live, *, rng: np.random.Generator) -> pd.DataFrame:
    """Return accuracy and consistency of the live levels by the tests' own standard errors (Rudner).

    A row a measure: `measure`, `live`, the ends `low`, `high` of its 95 % interval (bootstrap), `simulated`.
    """
    cuts = study.design.rules.scale.cuts
    there = np.isfinite(live.theta) & np.isfinite(live.se)
    theta, se = live.theta[there], live.se[there]
    if not cuts.size or not theta.size:
        return pd.DataFrame(columns=["measure", "live", "low", "high", "simulated"])
    rows = []
    samples = [rng.integers(theta.size, size=theta.size) for _ in range(200)]
    for name in ("accuracy", "consistency"):
        values = [getattr(rudner(theta[one], se[one], cuts), name) for one in samples]
        low, high = np.quantile(values, [0.025, 0.975])
        here = getattr(rudner(theta, se, cuts), name)
        rows.append((name, here, low, high, getattr(rudner(study.tests.theta, study.tests.se, cuts), name)))
    return pd.DataFrame(rows, columns=["measure", "live", "low", "high", "simulated"])


def at_live_cuts(study: Study, live: Live) -> pd.DataFrame:
    """Return what live tests do at each cut, a row a cut.

    Columns `level`, `cut` (logits), `n_near` (tests that end within 0.25 logits of it), `se_near` (their mean
    SE), its 95 % interval `low`, `high`, `se_simulated` (of simulated tests that end there), and `right`: the
    mean chance, by each test's own posterior, to be on the true side of the cut.
    """
    scale, tests = study.design.rules.scale, study.tests
    rows = []
    for level, cut in zip(list(scale.levels)[1:], scale.cuts, strict=True):
        near, alike = (_near(one.theta, one.se, cut) for one in (live, tests))
        se = live.se[near]
        middle = mean(se)
        reach = 1.959964 * se.std(ddof=1) / np.sqrt(se.size) if se.size > 1 else np.nan
        there = np.isfinite(live.theta) & np.isfinite(live.se)
        right = ndtr(np.abs(live.theta[there] - cut) / live.se[there])
        rows.append(
            {
                "level": level,
                "cut": float(cut),
                "n_near": int(near.sum()),
                "se_near": middle,
                "low": middle - reach,
                "high": middle + reach,
                "se_simulated": float(tests.se[alike].mean()) if alike.any() else np.nan,
                "right": float(right.mean()) if right.size else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _in_turn(study: Study) -> frozenset[str]:
    """Return the inserted items that take turns by how many answers each still needs."""
    insertions = study.design.rules.inserted
    return frozenset(item for each in insertions if each.number < len(each.items) for item in each.items)


def _near(theta: Floats, se: Floats, cut: float) -> NDArray[np.bool_]:
    return np.asarray((np.abs(theta - cut) <= NEAR) & np.isfinite(se))


def _flagged(*tables: pd.DataFrame) -> list[pd.DataFrame]:
    """Adjust the chances of all tables together, and say which rows part from the design."""
    p = adjust(np.concatenate([table["p"].to_numpy(float) for table in tables]))
    parts = np.split(p, np.cumsum([len(table) for table in tables])[:-1])
    return [
        table.assign(p_adjusted=own, parts=own <= LEVEL) for table, own in zip(tables, parts, strict=True)
    ]


def _sd(values: Floats) -> float:
    there = values[np.isfinite(values)]
    return float(there.std()) if there.size > 1 else np.nan


def _along(study: Study, live: Live, weights: Floats) -> pd.DataFrame:
    """Return the mean SE along estimated ability, live and simulated, with the band for as many tests."""
    rows = []
    for low, high in pairwise(EDGES):
        ours = (study.tests.theta >= low) & (study.tests.theta < high) & np.isfinite(study.tests.se)
        theirs = (live.theta >= low) & (live.theta < high) & np.isfinite(live.se)
        if min(ours.sum(), theirs.sum()) < FEWEST:
            continue
        se = study.tests.se[ours]
        reach = 1.959964 * se.std() * np.sqrt(1 / theirs.sum() + 1 / ours.sum())
        middle = mean(se)
        rows.append(
            {
                "theta": (low + high) / 2,
                "n": int(theirs.sum()),
                "live": float(live.se[theirs].mean()),
                "expected": middle,
                "low": middle - reach,
                "high": middle + reach,
            }
        )
    return pd.DataFrame(rows, columns=["theta", "n", "live", "expected", "low", "high"])
