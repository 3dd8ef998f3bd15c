"""How far a test's total can be trusted, from the covariances of its items.

    alpha       lower bound from the mean covariance                          Cronbach (1951), eq. 2
    omega       share of the total's variance that one factor explains        McDonald (1999), eq. 6.20
    split_half  halves of odd and even items, stepped up                      Spearman (1910), Brown (1910)

Only a common form has a total; blanks are left out pair by pair.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import f as f_distribution

from calibration.classical.standing import is_common_form
from calibration.dimensionality.principal_axes import principal_axes
from calibration.responses import ResponseMatrix
from engine._types import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Reliability of the total; where there is none, `note` says why and the numbers are None.

    Attributes
    ----------
    alpha, omega, split_half : float
        Coefficients between 0 and 1 (alpha and split_half can fall below 0).
    sem : float
        Standard error of measurement (points), from alpha.
    alpha_if_dropped : (J,)
        Alpha of the test without each item.
    """

    alpha: float | None
    omega: float | None
    split_half: float | None
    sem: float | None
    alpha_if_dropped: Floats
    note: str = ""


def reliability(responses: ResponseMatrix) -> Reliability:
    """Return the reliability of the total of a common form."""
    nothing = np.full(responses.n_items, np.nan)
    if not is_common_form(responses):
        return Reliability(None, None, None, None, nothing, "not defined: people met different items")
    covariance = item_covariances(responses)
    if responses.n_items < 2 or not covariance.sum() > 0:
        return Reliability(None, None, None, None, nothing, "not defined: the total does not vary")
    alpha = _alpha(np.trace(covariance), covariance.sum(), responses.n_items)
    return Reliability(
        alpha=float(alpha),
        omega=_omega(covariance),
        split_half=_split_half(covariance),
        sem=float(np.sqrt(covariance.sum() * max(1 - alpha, 0))),
        alpha_if_dropped=_alpha_if_dropped(covariance),
    )


def item_covariances(responses: ResponseMatrix) -> Floats:
    """Return the covariances (J, J) of the items' scores, over the people who answered both."""
    answers = responses.dense().astype(float)
    answered = answers >= 0
    x, m = np.where(answered, answers, 0.0), answered.astype(float)
    n = np.maximum(m.T @ m, 2)
    total = x.T @ m
    return np.asarray((x.T @ x - total * total.T / n) / (n - 1))


def _alpha(own: float | Floats, all_: float | Floats, n_items: int) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(n_items / (n_items - 1) * (1 - np.asarray(own) / np.asarray(all_)))


def _alpha_if_dropped(covariance: Floats) -> Floats:
    n_items = len(covariance)
    if n_items < 3:
        return np.full(n_items, np.nan)
    own = np.diag(covariance)
    rest = covariance.sum() - 2 * covariance.sum(axis=1) + own
    return _alpha(own.sum() - own, rest, n_items - 1)


def _omega(covariance: Floats) -> float | None:
    """Return omega of one factor by principal axes on the correlations, constant items left out."""
    sd = np.sqrt(np.diag(covariance))
    varies = sd > 0
    if varies.sum() < 3:
        return None
    correlation = covariance[np.ix_(varies, varies)] / np.outer(sd[varies], sd[varies])
    common = principal_axes(correlation, 1)[:, 0]
    explained = float((common @ sd[varies]) ** 2)
    return explained / (explained + float(((1 - common**2) * sd[varies] ** 2).sum()))


def _split_half(covariance: Floats) -> float:
    """Return the stepped-up reliability of odd and even items by Flanagan (1937), fair to unequal halves."""
    odd = np.arange(len(covariance)) % 2 == 0
    between = covariance[np.ix_(odd, ~odd)].sum()
    return float(4 * between / covariance.sum())


def alpha_interval(alpha: float, n_persons: int, n_items: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return the ends of the interval of alpha: (1 − alpha of the population) / (1 − α) follows F.

    Feldt (1965), Psychometrika 30, 357–370; Feldt, Woodruff & Salih (1987), Applied Psychological Measurement
    11, eq. 3–4: with n − 1 and (n − 1)(J − 1) degrees of freedom.
    """
    df = n_persons - 1, (n_persons - 1) * (n_items - 1)
    tail = (1 - level) / 2
    low, high = (1 - (1 - alpha) * float(f_distribution.ppf(q, *df)) for q in (1 - tail, tail))
    return low, high
