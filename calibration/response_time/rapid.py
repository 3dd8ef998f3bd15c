"""Rapid guessing: answers too fast to have been thought about.

    normative  10 % of the item's mean time, at most 10 seconds             Wise & Ma (2012), NT10
    mixture    where a fast component of the item's log-times stops being likelier than the main one; none
               where a single log-normal describes the times as well        Schnipke & Scrams (1997)

Effort of a person: the share of answers that are not rapid (Wise & Kong 2005, Applied Measurement in
Education 18, eq. 2).
"""

import numpy as np
from scipy.stats import norm

from calibration.response_time.lognormal import timed
from calibration.responses import ResponseMatrix
from engine._types import Bools, Floats

SHARE = 0.10
LONGEST = 10.0
"""Seconds beyond which no answer counts as rapid."""
FASTER = 3.0
CYCLES = 200
FEWEST = 100
"""Times that a mixture needs."""


def normative_thresholds(responses: ResponseMatrix) -> Floats:
    """Return the threshold of each item in seconds (J,), NaN without times."""
    known = timed(responses)
    assert responses.time_s is not None
    n = np.bincount(responses.items_index[known], minlength=responses.n_items)
    total = np.bincount(responses.items_index[known], responses.time_s[known], minlength=responses.n_items)
    mean = np.divide(total, n, out=np.full(n.size, np.nan), where=n > 0)
    return np.asarray(np.minimum(SHARE * mean, LONGEST))


def mixture_thresholds(responses: ResponseMatrix) -> Floats:
    """Return the threshold of each item in seconds (J,), NaN where one component does or times are few."""
    known = timed(responses)
    assert responses.time_s is not None
    out = np.full(responses.n_items, np.nan)
    for item in range(responses.n_items):
        times = responses.time_s[known & (responses.items_index == item)]
        if times.size >= FEWEST:
            out[item] = mixture_threshold(np.log(times))
    return out


def mixture_threshold(log_times: Floats) -> float:
    """Return where the fast component of log-times (T,) gives way, in seconds; NaN if one component does.

    Two components must improve the Bayesian information criterion; the fast one must hold the minority, and
    end at a third of the main one's centre.
    """
    share, mean, sd = _two_components(log_times)
    single = norm.logpdf(log_times, log_times.mean(), log_times.std()).sum()
    double = np.logaddexp.reduce(_joint(log_times, share, mean, sd), axis=0).sum()
    if 2 * (double - single) < 3 * np.log(log_times.size) or share[0] > 0.5:
        return float("nan")
    between = np.linspace(mean[0], mean[1], 1001)
    fast, main = _joint(between, share, mean, sd)
    threshold = between[np.argmax(main > fast)]
    return float(np.exp(threshold)) if threshold < mean[1] - np.log(FASTER) else float("nan")


def rapid(responses: ResponseMatrix, thresholds: Floats) -> Bools:
    """Return which answers (R,) took less than their item's threshold (J,)."""
    if responses.time_s is None:
        return np.zeros(responses.n_responses, bool)
    with np.errstate(invalid="ignore"):
        return np.asarray(timed(responses) & (responses.time_s < thresholds[responses.items_index]))


def independent_answers(share: Floats, n: Floats) -> float:
    """Return how many independent answers tell as much as these of a share that differs between people.

    The answers of a person go together: those who guess do so again. The variance of the share of all is
    that of a ratio between people; what it comes to in independent answers is at most Σ n.
    Korn & Graubard (1998), Survey Methodology 24, 193-201.

    Parameters
    ----------
    share, n : (N,)
        Share of each person's answers, and their number; people without answers say nothing.
    """
    share, n = share[n > 0], n[n > 0]
    total = float(n.sum())
    if share.size < 2:
        return total
    mean = float((share * n).sum()) / total
    error = (n * (share - mean)) / total
    variance = float((error**2).sum()) * share.size / (share.size - 1)
    return min(total, mean * (1 - mean) / variance) if variance > 0 else total


def _two_components(x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return shares, means and SDs of two normal components, the faster first, by the EM algorithm."""
    share, mean = np.array([0.1, 0.9]), np.quantile(x, [0.02, 0.55])
    sd = np.full(2, max(float(x.std()) / 2, 1e-3))
    for _ in range(CYCLES):
        joint = _joint(x, share, mean, sd)
        weight = np.exp(joint - np.logaddexp.reduce(joint, axis=0))
        total = weight.sum(axis=1) + 1e-9
        share, previous = total / x.size, mean
        mean = weight @ x / total
        sd = np.sqrt(np.maximum((weight * (x - mean[:, None]) ** 2).sum(axis=1) / total, 1e-4))
        if np.abs(mean - previous).max() < 1e-7:
            break
    order = np.argsort(mean)
    return share[order], mean[order], sd[order]


def _joint(x: Floats, share: Floats, mean: Floats, sd: Floats) -> Floats:
    """Return the log of share × density of each component (2, *S)."""
    return np.asarray(np.log(share)[:, None] + norm.logpdf(x, mean[:, None], sd[:, None]))
