"""The log-normal model of response times.

    ln t = β − τ + ε,   ε ~ N(0, 1/α²),   τ ~ N(0, σ²)

    β  time intensity of the item (log seconds): how long it takes somebody of average speed
    α  how closely its times follow the people's speed
    τ  speed of the person (log units): 0.7 means twice as fast as the average

van der Linden (2006), Journal of Educational and Behavioral Statistics 31, 181–204, eq. 3–4; marginal maximum
likelihood by the EM algorithm, speed integrated out in closed form.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from calibration.responses import ResponseMatrix
from engine._types import Bools, Floats, Ints
from items.errors import BadInput

CYCLES = 1000
TOLERANCE = 1e-7
DENSE = 0.1
"""Share of the matrix that is filled from which a dense one is faster."""
FLOOR = 1e-4
"""Smallest variance of an item's log-times."""


@dataclass(frozen=True, slots=True, eq=False)
class LogNormalTimes:
    """The fitted model.

    Attributes
    ----------
    intensity, discrimination : (J,)
        β and α; NaN for items without times.
    se_intensity, se_discrimination : (J,)
        Their standard errors.
    speed, se : (N,)
        τ, the posterior mean, and its standard error; NaN for persons without times.
    sigma : float
        SD of speed.
    residual : (R,)
        α (ln t − β + τ) of each answer: below 0 = faster than expected; NaN without a time.
    converged : bool
    """

    intensity: Floats
    discrimination: Floats
    se_intensity: Floats
    se_discrimination: Floats
    speed: Floats
    se: Floats
    sigma: float
    residual: Floats
    converged: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Times:
    """The T answers that have a time: log seconds, item and person of each, and counts by either."""

    y: Floats
    item: Ints
    person: Ints
    n_items: int
    n_persons: int

    def by_item(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.item, values, minlength=self.n_items))

    def by_person(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.person, values, minlength=self.n_persons))


def timed(responses: ResponseMatrix) -> Bools:
    """Return which answers (R,) have a time above 0; raises BadInput where none has."""
    times = responses.time_s
    known = np.zeros(responses.n_responses, bool) if times is None else np.nan_to_num(times) > 0
    if not known.any():
        raise BadInput("the log has no response times", right="a column time_s, in seconds")
    return known


def fit_times(responses: ResponseMatrix) -> LogNormalTimes:
    """Fit the model to the answers that have a time above 0.

    Raises
    ------
    BadInput
        If the log has no times.
    """
    known = timed(responses)
    assert responses.time_s is not None
    times = _Times(
        np.log(responses.time_s[known]),
        responses.items_index[known],
        responses.persons_index[known],
        responses.n_items,
        responses.n_persons,
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        beta, variance, sigma2, converged = _estimate(times)
        speed, spread = _speed(times, beta, variance, sigma2)
        unknown = times.by_person(np.ones(times.y.size)) == 0
        residual = np.full(responses.n_responses, np.nan)
        residual[known] = (times.y - beta[times.item] + speed[times.person]) / np.sqrt(variance[times.item])
        return LogNormalTimes(
            intensity=beta,
            discrimination=1 / np.sqrt(variance),
            **_errors(times, variance, sigma2),
            speed=np.where(unknown, np.nan, speed),
            se=np.where(unknown, np.nan, np.sqrt(spread)),
            sigma=float(np.sqrt(sigma2)),
            residual=residual,
            converged=converged,
        )


def _estimate(times: _Times) -> tuple[Floats, Floats, float, bool]:
    """Return β, 1/α² (J,), σ², and whether the EM algorithm settled."""
    n = times.by_item(np.ones(times.y.size))
    beta = times.by_item(times.y) / n
    variance = np.maximum(times.by_item((times.y - beta[times.item]) ** 2) / n, FLOOR)
    sigma2 = float(np.nanmean(variance)) / 4
    seen = times.by_person(np.ones(times.y.size)) > 0
    for _ in range(CYCLES):
        speed, spread = _speed(times, beta, variance, sigma2)
        adjusted = times.y + speed[times.person]
        new_beta = times.by_item(adjusted) / n
        square = (adjusted - new_beta[times.item]) ** 2 + spread[times.person]
        new_variance = np.maximum(times.by_item(square) / n, FLOOR)
        sigma2 = max(float(np.mean(speed[seen] ** 2 + spread[seen])), FLOOR)
        change = max(np.nanmax(np.abs(new_beta - beta)), np.nanmax(np.abs(new_variance - variance)))
        beta, variance = new_beta, new_variance
        if change < TOLERANCE:
            return beta, variance, sigma2, True
    return beta, variance, sigma2, False


def _speed(times: _Times, beta: Floats, variance: Floats, sigma2: float) -> tuple[Floats, Floats]:
    """Return posterior mean and variance of each person's speed (N,)."""
    precision = 1 / variance[times.item]
    spread = 1 / (times.by_person(precision) + 1 / sigma2)
    return spread * times.by_person(precision * (beta[times.item] - times.y)), spread


def _errors(times: _Times, variance: Floats, sigma2: float) -> dict[str, Floats]:
    """Return the standard errors of β and α (J,), NaN for items without times."""
    n = times.by_item(np.ones(times.y.size))
    known = np.flatnonzero(n > 0)
    precision = 1 / variance[known]
    met = sparse.csr_array(
        (np.ones(times.y.size), (times.person, np.searchsorted(known, times.item))),
        shape=(times.n_persons, known.size),
    )
    spread = 1 / (np.asarray(met @ precision) + 1 / sigma2)
    own = np.asarray(met.T @ spread) / n[known] * precision
    by_mean = -_shared(met, spread, precision)
    by_variance = _shared(met, spread**2, precision**2) / 2
    np.fill_diagonal(by_mean, n[known] * precision * (1 - own))
    square = np.asarray(met.T @ spread**2) / n[known] * precision**2
    np.fill_diagonal(by_variance, n[known] * precision**2 * (1 - 2 * own + square) / 2)
    out = {name: np.full(n.size, np.nan) for name in ("se_intensity", "se_discrimination")}
    out["se_intensity"][known] = np.sqrt(np.diag(np.linalg.inv(by_mean)))
    out["se_discrimination"][known] = precision**1.5 / 2 * np.sqrt(np.diag(np.linalg.inv(by_variance)))
    return out


def _shared(met: sparse.csr_array, weight: Floats, precision: Floats) -> Floats:
    """Return Σ_i w_i p_j p_k over the people who met both items (J, J)."""
    if met.nnz > DENSE * met.shape[0] * met.shape[1]:
        filled = met.toarray()
        both = (filled * weight[:, None]).T @ filled
    else:
        both = np.asarray((met.T @ sparse.diags_array(weight) @ met).todense())
    return np.asarray(both * np.multiply.outer(precision, precision))
