"""How much of the differences between scores is ability.

Empirical reliability looks at the scores of a sample, marginal reliability at the test's information and the
population. Green, Bock, Humphreys, Linn & Reckase (1984), Journal of Educational Measurement 21, 347–360;
du Toit (2003), IRT from SSI, p. 33.
"""

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from engine._types import Floats
from engine.information import fisher_information
from engine.pool import ItemPool
from engine.quadrature import grid, log_normal_weights


def empirical_reliability(theta: Floats, se: Floats, *, shrunken: bool = True) -> float:
    """Return the reliability of scores with standard errors, each (N,); persons with a NaN are left out.

    Parameters
    ----------
    shrunken : bool
        EAP and MAP scores are drawn towards the mean: var θ̂ / (var θ̂ + mean SE²). For MLE and WLE:
        1 − mean SE² / var θ̂, at least 0.
    """
    known = np.isfinite(theta) & np.isfinite(se)
    if known.sum() < 2:
        return np.nan
    true, error = float(np.var(theta[known], ddof=1)), float(np.mean(se[known] ** 2))
    return true / (true + error) if shrunken else max(1.0 - error / true, 0.0)


def empirical_interval(theta: Floats, se: Floats, *, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of the reliability of shrunken scores; NaN where fewer than two are known.

    log(var θ̂ / mean SE²) is about normal; its error follows from each person's influence on it,
    (θ̂ − mean)² / var θ̂ − SE² / mean SE².
    """
    known = np.isfinite(theta) & np.isfinite(se)
    found = empirical_reliability(theta, se)
    if not 0 < found < 1:
        return np.nan, np.nan
    off, error = (theta[known] - theta[known].mean()) ** 2, se[known] ** 2
    influence = off / off.mean() - error / error.mean()
    reach = norm.ppf((1 + level) / 2) * influence.std(ddof=1) / np.sqrt(known.sum())
    low, high = expit(logit(found) + np.array([-reach, reach]))
    return float(low), float(high)


def marginal_reliability(pool: ItemPool, *, mean: float = 0.0, sd: float = 1.0) -> float:
    """Return ∫ I(θ) / (I(θ) + 1/sd²) g(θ) dθ of the whole pool as one test, for ability N(mean, sd²)."""
    nodes = mean + sd * grid()
    first, _ = pool.theta_derivatives(nodes)
    log_prob = pool.log_prob(nodes)
    information = fisher_information(np.where(np.isfinite(log_prob), log_prob, -np.inf), first, axis=1)
    total = information.sum(axis=0)
    weights = np.exp(log_normal_weights(nodes, mean, sd))
    return float(np.sum(weights * total / (total + sd**-2.0)))
