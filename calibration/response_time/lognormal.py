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

from calibration.responses import ResponseMatrix
from engine._types import Bools, Floats, Ints
from items.errors import BadInput

CYCLES = 1000
TOLERANCE = 1e-7
FLOOR = 1e-4
"""Smallest variance of an item's log-times."""


@dataclass(frozen=True, slots=True, eq=False)
class LogNormalTimes:
    """The fitted model.

    Attributes
    ----------
    intensity, discrimination : (J,)
        β and α; NaN for items without times.
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
