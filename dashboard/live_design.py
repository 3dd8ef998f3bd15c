"""Live tests against their design: what as many simulated tests would show, and where the live ones part.

Simulated tests are drawn anew many times, as many as there are live ones; the middle 95 % of what such a
replication shows is the band. Both kinds of chance count: that of n live tests, and that of the M simulated
ones, which are a sample of what the design does (Rubin, 1981, The Bayesian Bootstrap, Annals of Statistics 9,
130-134).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import betabinom

from calibration.fit.multiple_testing import adjust
from dashboard.trial import held
from engine._types import Floats, Ints
from engine.simulation import Study
from engine.simulation.decisions import NEAR, rudner
from engine.simulation.metrics import EDGES

REPLICATIONS = 500
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
        `item`: the share of tests that held it.
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
    edges = np.unique(np.nanquantile(live.theta, np.linspace(0, 1, BINS + 1)[1:-1]))
    theirs = np.bincount(np.searchsorted(edges, live.theta), minlength=edges.size + 1)
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
    n, tests = len(live), study.tests
    size = 1 / np.square(weights).sum()
    means, spreads = _replications(np.column_stack([tests.length, tests.se, tests.theta]), weights, n, rng)
    whole = [
        _beside(LENGTH, live.length.astype(float).mean(), means[:, 0]),
        _beside(SE, _mean(live.se), means[:, 1]),
    ]
    whole += [
        _share(
            f"ended by {reason}",
            (tests.reason == reason) @ weights,
            int((live.reason == reason).sum()),
            n,
            size,
        )
        for reason in dict.fromkeys([*study.design.reasons, *live.reason])
        if (tests.reason == reason).any() or (live.reason == reason).any()
    ]
    if np.allclose(weights, weights[0]):
        whole.append(_beside(ABILITY, _mean(live.theta), means[:, 2]))
        if n > 1:
            whole.append(_beside(SPREAD, float(np.nanstd(live.theta)), spreads[:, 2]))
    exposure = np.asarray(held(study).T @ weights)
    counts = live.asked.reindex(list(study.design.names), fill_value=0)
    items = [
        _share(name, float(rate), int(counts[name]), n, size)
        for name, rate in zip(study.design.names, exposure, strict=True)
    ]
    lengths = [
        _share(str(length), (tests.length == length) @ weights, int((live.length == length).sum()), n, size)
        for length in sorted({*tests.length.tolist(), *live.length.tolist()})
    ]
    told, used = _flagged(pd.DataFrame(whole), pd.DataFrame(items).rename(columns={"what": "item"}))
    by_length = pd.DataFrame(lengths).rename(columns={"what": "length"}).astype({"length": int})
    return AgainstDesign(n, study.theta.size, told, used, by_length, _along(study, live, weights))


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
        mean = float(se.mean()) if se.size else np.nan
        reach = 1.959964 * se.std(ddof=1) / np.sqrt(se.size) if se.size > 1 else np.nan
        there = np.isfinite(live.theta) & np.isfinite(live.se)
        right = ndtr(np.abs(live.theta[there] - cut) / live.se[there])
        rows.append(
            {
                "level": level,
                "cut": float(cut),
                "n_near": int(near.sum()),
                "se_near": mean,
                "low": mean - reach,
                "high": mean + reach,
                "se_simulated": float(tests.se[alike].mean()) if alike.any() else np.nan,
                "right": float(right.mean()) if right.size else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _near(theta: Floats, se: Floats, cut: float) -> NDArray[np.bool_]:
    return np.asarray((np.abs(theta - cut) <= NEAR) & np.isfinite(se))


def _flagged(*tables: pd.DataFrame) -> list[pd.DataFrame]:
    """Adjust the chances of all tables together, and say which rows part from the design."""
    p = adjust(np.concatenate([table["p"].to_numpy(float) for table in tables]))
    parts = np.split(p, np.cumsum([len(table) for table in tables])[:-1])
    return [
        table.assign(p_adjusted=own, parts=own <= LEVEL) for table, own in zip(tables, parts, strict=True)
    ]


def _share(what: str, rate: float, count: int, n: int, size: float) -> dict[str, Any]:
    """Return a share of n live tests beside the band of replications: a beta-binomial distribution.

    The rate is known from `size` simulated tests only; Jeffreys' prior.
    """
    chance = betabinom(n, size * rate + 0.5, size * (1 - rate) + 0.5)
    low, high = chance.ppf([0.025, 0.975]) / n
    p = min(1.0, 2 * min(chance.cdf(count), chance.sf(count - 1)))
    return {"what": what, "live": count / n, "expected": float(rate), "low": low, "high": high, "p": float(p)}


def _replications(
    columns: Floats, weights: Floats, n: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return means and SDs (R, K) of columns (M, K) in replications of n tests.

    Each replication first draws what the design does, known from M tests, then n tests of it.
    """
    there = np.isfinite(columns)
    values = np.where(there, columns, 0.0)
    made = np.empty((2, REPLICATIONS, columns.shape[1]))
    for replication in range(REPLICATIONS):
        chance = weights * rng.exponential(size=weights.size)
        times = rng.multinomial(n, chance / chance.sum()).astype(float)
        with np.errstate(invalid="ignore"):
            mean = times @ values / (times @ there)
            square = times @ values**2 / (times @ there)
        made[:, replication] = mean, np.sqrt(np.maximum(square - mean**2, 0.0))
    return made[0], made[1]


def _mean(values: Floats) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else np.nan


def _beside(what: str, live: float, values: Floats) -> dict[str, Any]:
    """Return a live value beside the band of replications (R,); its chance by their mean and SD."""
    if np.isnan(live) or np.isnan(values).any():
        return {"what": what, "live": live, "expected": np.nan, "low": np.nan, "high": np.nan, "p": np.nan}
    low, high = np.quantile(values, [0.025, 0.975])
    middle, spread = float(values.mean()), float(values.std())
    p = 2 * ndtr(-abs(live - middle) / spread) if spread else float(np.isclose(live, middle))
    return {"what": what, "live": live, "expected": middle, "low": low, "high": high, "p": float(p)}


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
        mean = float(se.mean())
        rows.append(
            {
                "theta": (low + high) / 2,
                "n": int(theirs.sum()),
                "live": float(live.se[theirs].mean()),
                "expected": mean,
                "low": mean - reach,
                "high": mean + reach,
            }
        )
    return pd.DataFrame(rows, columns=["theta", "n", "live", "expected", "low", "high"])
