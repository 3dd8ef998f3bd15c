"""l_z and l_z*: how likely a person's answers are, against what the model expects at that ability.

    l_z  = (l − E l) / √V,  l = Σ log P(x)                             Drasgow, Levine & Williams (1985)
    l_z* = (l − E l + c r₀) / √(V − c² I),  c = Σ_items Σ_k P'_k log P_k / I    Snijders (2001), eq. 8–11

Very low: answers that hardly go together. l_z takes the ability for known and is too narrow when it is
estimated; l_z* puts that right for any estimate that solves ∂ log L/∂θ + r₀(θ) = 0. More than two categories:
Sinharay (2016), Psychometrika 81, 992–1013.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from calibration.abilities import Abilities
from calibration.responses import ResponseMatrix
from engine._types import Floats
from engine.pool import ItemPool


@dataclass(frozen=True, slots=True, eq=False)
class LikelihoodFit:
    """Statistics of N persons, each (N,): l_z, l_z*, the probability of so low an l_z*; NaN if undefined."""

    lz: Floats
    lz_star: Floats
    p: Floats


def likelihood_fit(
    responses: ResponseMatrix, pool: ItemPool, theta: Floats, *, estimate: str = "wle"
) -> LikelihoodFit:
    """Judge each person's answers at an estimate of ability.

    Parameters
    ----------
    theta : (N,)
        Estimates; NaN gives NaN.
    estimate : {"mle", "wle"}
        Which equation they solve: r₀ is 0, or Warm's J / 2 I.
    """
    if estimate not in ("mle", "wle"):
        raise ValueError(f"estimate is '{estimate}'; l_z* is defined here for 'mle' and 'wle'")
    person, item = responses.persons_index, responses.items_index
    at = np.where(np.isfinite(theta), theta, 0.0)[person]
    log_p = pool.log_prob_at(item, at)
    first, second = pool.theta_derivatives_at(item, at)
    p, finite = np.exp(log_p), np.where(np.isfinite(log_p), log_p, 0.0)
    mean = (p * finite).sum(axis=1)
    own = finite[np.arange(item.size), responses.category]

    def total(values: Floats) -> Floats:
        return np.asarray(np.bincount(person, values, minlength=responses.n_persons), float)

    information = total((p * first**2).sum(axis=1))
    variance = total((p * finite**2).sum(axis=1) - mean**2)
    slope = total((p * first * finite).sum(axis=1))
    bias = total((p * first * (second + first**2)).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        c = slope / information
        r0 = bias / (2 * information) if estimate == "wle" else 0.0
        distance = total(own - mean)
        left = variance - c**2 * information
        lz = distance / np.sqrt(variance)
        lz_star = (distance + c * r0) / np.sqrt(np.where(left > 1e-9 * variance, left, np.nan))
    unknown = ~np.isfinite(theta)
    lz, lz_star = (np.where(unknown, np.nan, values) for values in (lz, lz_star))
    return LikelihoodFit(lz, lz_star, np.asarray(norm.cdf(lz_star)))


def lz_at_mean(abilities: Abilities) -> Floats:
    """Return l_z at each person's mean ability (N,): the statistic that replicates judge in adaptive logs."""
    responses = abilities.responses
    log_p = np.where(np.isfinite(abilities.log_prob), abilities.log_prob, 0.0)
    mean = (abilities.prob * log_p).sum(axis=1)
    variance = (abilities.prob * log_p**2).sum(axis=1) - mean**2
    given = responses.items_index.astype(np.int64) * log_p.shape[1] + responses.category
    surprise = abilities.at_mean(log_p.reshape(-1, log_p.shape[2]), given) - abilities.at_mean(
        mean, responses.items_index
    )
    spread = np.maximum(abilities.at_mean(variance, responses.items_index), 1e-12)
    totals = [
        np.bincount(responses.persons_index, v, minlength=responses.n_persons) for v in (surprise, spread)
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(totals[0] / np.sqrt(totals[1]))


def simulated_p(observed: Floats, simulated: Floats) -> Floats:
    """Return the probability (N,) of so low a value, against the replicates (B, N) of all persons.

    Values are standardised by mean and SD of the person's own replicates; those of everybody's replicates
    together are the distribution. In an adaptive test the questions follow from the answers, which replicates
    with the same questions do not know: real answers come out more regular than theirs. So the middle person
    of the log is put on the middle of the replicates.
    """
    mean, sd = simulated.mean(axis=0), simulated.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        z, by_chance = (observed - mean) / sd, (simulated - mean) / sd
    by_chance, known = np.sort(by_chance[np.isfinite(by_chance)]), np.isfinite(z)
    if not known.any():
        return np.full(z.size, np.nan)
    z = z - np.median(z[known]) + np.median(by_chance)
    return np.where(known, (np.searchsorted(by_chance, z, side="right") + 1) / (by_chance.size + 1), np.nan)
