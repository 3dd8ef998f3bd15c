"""Replications of a design: what n tests of it show, again and again, and a live value beside them.

Two kinds of chance count: that of n tests, and that of the M simulated ones, which are a sample of what the
design does (Rubin, 1981, The Bayesian Bootstrap, Annals of Statistics 9, 130-134).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import betaln, ndtr

from engine._types import Floats

REPLICATIONS = 500
BAND = (0.025, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class Replications:
    """R replications of n tests, drawn from M simulated ones.

    Attributes
    ----------
    n : int
    size : float
        M, or how many equally weighted tests are worth as much.
    means, spreads : (R, K)
        Means and SDs of columns.
    shares : (R, S)
        Shares of the tests with each property.
    rates : (S,)
        The same in the simulated tests.
    """

    n: int
    size: float
    means: Floats
    spreads: Floats
    shares: Floats
    rates: Floats

    @classmethod
    def of(
        cls,
        columns: Floats,
        properties: sparse.csr_array,
        weights: Floats,
        *,
        n: int,
        rng: np.random.Generator,
    ) -> "Replications":
        """Draw replications of columns (M, K) and properties (M, S, 0 or 1); weights (M,) add up to 1."""
        there, turned = np.isfinite(columns), sparse.csr_array(properties.T)
        values = np.where(there, columns, 0.0)
        means, spreads = np.empty((2, REPLICATIONS, columns.shape[1]))
        shares = np.empty((REPLICATIONS, turned.shape[0]))
        for replication in range(REPLICATIONS):
            chance = weights * rng.exponential(size=weights.size)
            times = rng.multinomial(n, chance / chance.sum()).astype(float)
            with np.errstate(invalid="ignore"):
                mean = times @ values / (times @ there)
                square = times @ values**2 / (times @ there)
            means[replication], spreads[replication] = mean, np.sqrt(np.maximum(square - mean**2, 0.0))
            shares[replication] = turned @ times / n
        return cls(n, 1 / float(np.square(weights).sum()), means, spreads, shares, turned @ weights)

    def share(self, what: str, place: int, count: int) -> dict[str, Any]:
        """Return the share of live tests with a property, `count` of them, beside its band."""
        rate = float(self.rates[place])
        low, high = np.quantile(self.shares[:, place], BAND)
        p = count_chance(count, self.n, rate, self.size)
        return _row(what, count / self.n, rate, low, high, p)


def beside(what: str, live: float, values: Floats) -> dict[str, Any]:
    """Return a live value beside the band of replications (R,); its chance by their mean and SD."""
    if np.isnan(live) or np.isnan(values).any():
        return _row(what, live, np.nan, np.nan, np.nan, np.nan)
    low, high = np.quantile(values, BAND)
    middle, spread = float(values.mean()), float(values.std())
    p = 2 * float(ndtr(-abs(live - middle) / spread)) if spread else float(np.isclose(live, middle))
    return _row(what, live, middle, low, high, p)


def count_chance(count: int, n: int, rate: float, size: float) -> float:
    """Return the two-sided chance of a count in n tests whose rate is known from `size` simulated ones.

    The count is beta-binomial (Jeffreys' prior); twice the smaller tail, at most 1.
    """
    a, b = size * rate + 0.5, size * (1 - rate) + 0.5
    upwards = count / n > a / (a + b)
    k = np.arange(count, n + 1) if upwards else np.arange(count + 1)
    log_chance = -np.log(n + 1) - betaln(n - k + 1, k + 1) + betaln(k + a, n - k + b) - betaln(a, b)
    return float(min(1.0, 2 * np.exp(log_chance).sum()))


def _row(what: str, live: float, expected: float, low: float, high: float, p: float) -> dict[str, Any]:
    return {"what": what, "live": live, "expected": expected, "low": low, "high": high, "p": p}
