"""The Mantel–Haenszel method: is the item equally hard for people of both groups who stand equally high?

Each stratum of standing gives a 2 × K table of group × category, n_gk.

    χ²      the focal group's sum of scores against its expectation, given the margins; with two categories
            less half a point for continuity                         Mantel (1963), JASA 58, eq. 6
    α       common odds ratio, reference to focal; above 1 = harder for the focal group. With more categories,
            of all cuts at once                                      Liu & Agresti (1996), Biometrics 52
    Δ       −2.35 ln α                                               Holland & Thayer (1988)
    P-DIF   mean score, focal − reference, weighted by the focal group   Dorans & Kulick (1986), JEM 23;
            with more categories the standardised mean difference    Zwick, Donoghue & Grima (1993), JEM 30
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2 as chi2_distribution

from calibration.ets import DELTA, ets_class, smd_class
from engine._types import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class MantelHaenszel:
    """Results for J items, each (J,).

    Attributes
    ----------
    chi2, p
        The statistic with one degree of freedom and its probability under no difference.
    alpha, delta, se_delta
        Common odds ratio, its delta scale, and the standard error on that scale.
    std_p_dif
        Standardised difference of the mean scores (points), focal − reference.
    ets_class
        A, B or C; empty where nothing can be said.
    """

    chi2: Floats
    p: Floats
    alpha: Floats
    delta: Floats
    se_delta: Floats
    std_p_dif: Floats
    ets_class: tuple[str, ...]


def mantel_haenszel(tables: Ints, n_categories: Ints) -> MantelHaenszel:
    """Compare two groups on J items.

    Parameters
    ----------
    tables : (J, S, 2, K)
        Counts by stratum, group (reference, focal) and category.
    n_categories : (J,)
        Categories of each item.
    """
    counts = np.asarray(tables, float)
    binary = np.asarray(n_categories) == 2
    with np.errstate(divide="ignore", invalid="ignore"):
        chi2 = _chi_squared(counts, correction=np.where(binary, 0.5, 0.0))
        alpha, variance = _odds_ratio(counts)
        variance = np.where(binary, _phillips_holland(counts, alpha), variance)
        smd, sd = _standardised_difference(counts)
        delta, se_delta = DELTA * np.log(alpha), -DELTA * np.sqrt(variance)
        p = np.asarray(chi2_distribution.sf(chi2, 1))
        by_delta = ets_class(delta, se_delta, significant=p < 0.05)
        by_smd = smd_class(smd / sd, significant=p < 0.05)
    letters = tuple(np.where(binary, by_delta, by_smd).tolist())
    return MantelHaenszel(chi2, p, alpha, delta, se_delta, smd, letters)


def generalised_chi_squared(tables: Ints) -> tuple[Floats, Floats]:
    """Return Mantel's χ² for G groups at once (J,), without correction, and its probability.

    The sums of scores of all groups but the first, against expectation and covariance given the margins of
    each stratum; G − 1 degrees of freedom (Landis, Heyman & Koch 1978, International Statistical Review 46).

    Parameters
    ----------
    tables : (J, S, G, K)
    """
    counts = np.asarray(tables, float)
    score = np.arange(counts.shape[-1])
    members = counts.sum(axis=-1)
    n = members.sum(axis=-1)
    both = counts.sum(axis=-2)
    total, squares = both @ score, both @ score**2
    usable = n > 1
    mean = np.divide(total, n, out=np.zeros_like(n), where=usable)
    scale = np.divide(n * squares - total**2, n**2 * (n - 1), out=np.zeros_like(n), where=usable)
    distance = np.where(usable[..., None], counts @ score - members * mean[..., None], 0.0).sum(axis=1)[:, 1:]
    between = np.einsum("jsg,gh,js->jsgh", members, np.eye(members.shape[-1]), n)
    spread = (scale[..., None, None] * (between - members[..., :, None] * members[..., None, :])).sum(axis=1)
    inverse = np.linalg.pinv(spread[:, 1:, 1:], hermitian=True)
    chi2 = np.einsum("jg,jgh,jh->j", distance, inverse, distance)
    df = counts.shape[2] - 1
    return chi2, np.asarray(chi2_distribution.sf(chi2, df))


def _chi_squared(tables: Floats, *, correction: Floats) -> Floats:
    """Return Mantel's χ² (J,) of strata with at least two people."""
    score = np.arange(tables.shape[-1])
    n_ref, n_focal = np.moveaxis(tables.sum(axis=-1), -1, 0)
    n = n_ref + n_focal
    both = tables.sum(axis=-2)
    total, squares = both @ score, both @ score**2
    observed = tables[..., 1, :] @ score
    expected = np.divide(n_focal * total, n, out=np.zeros_like(n), where=n > 1)
    spread = n_ref * n_focal * (n * squares - total**2)
    variance = np.divide(spread, n**2 * (n - 1), out=np.zeros_like(n), where=n > 1)
    distance = np.abs((np.where(n > 1, observed - expected, 0.0)).sum(axis=-1))
    return np.asarray((distance - correction) ** 2 / variance.sum(axis=-1))


def _odds_ratio(tables: Floats) -> tuple[Floats, Floats]:
    """Return the cumulative common odds ratio α and the variance of ln α, each (J,).

    With x the reference and y the focal person's category, α is Σ (x − y)⁺ / Σ (y − x)⁺ over all pairs of a
    stratum, weighted by 1/n; for two categories the Mantel–Haenszel estimator. The variance is that of the
    bilinear form between two multinomial samples. NaN where the answers do not bound α.
    """
    k = np.arange(tables.shape[-1])
    above = np.maximum(k[:, None] - k, 0).astype(float)
    ref, focal = tables[..., 0, :], tables[..., 1, :]
    n = np.maximum(tables.sum(axis=(-2, -1)), 1)
    for_ref = (np.einsum("jsx,xy,jsy->js", ref, above, focal) / n).sum(axis=-1)
    for_focal = (np.einsum("jsx,yx,jsy->js", ref, above, focal) / n).sum(axis=-1)
    bounded = (for_ref > 0) & (for_focal > 0)
    alpha = np.divide(for_ref, for_focal, out=np.full(len(n), np.nan), where=bounded)
    form = above - alpha[:, None, None] * above.T
    by_ref, by_focal = np.einsum("jxy,jsy->jsx", form, focal), np.einsum("jxy,jsx->jsy", form, ref)
    variance = (_multinomial(ref, by_ref) + _multinomial(focal, by_focal)) / n**2
    return alpha, variance.sum(axis=-1) / for_ref**2


def _multinomial(counts: Floats, value: Floats) -> Floats:
    """Return the variance (J, S) of Σ counts · value under multinomial sampling of the counts."""
    total = np.maximum(counts.sum(axis=-1), 1)
    return np.asarray((counts * value**2).sum(axis=-1) - (counts * value).sum(axis=-1) ** 2 / total)


def _phillips_holland(tables: Floats, alpha: Floats) -> Floats:
    """Return the variance of ln α (J,) for two categories (Phillips & Holland 1987, Biometrics 43, eq. 4)."""
    a, b = tables[..., 0, 1], tables[..., 0, 0]
    c, d = tables[..., 1, 1], tables[..., 1, 0]
    n = np.maximum(a + b + c + d, 1)
    ratio = alpha[:, None]
    inner = (a * d + ratio * b * c) * (a + d + ratio * (b + c)) / n**2
    return np.asarray(inner.sum(axis=-1) / (2 * (a * d / n).sum(axis=-1) ** 2))


def _standardised_difference(tables: Floats) -> tuple[Floats, Floats]:
    """Return the difference of mean scores at equal standing (J,) and the SD of all scores (J,)."""
    score = np.arange(tables.shape[-1])
    n = tables.sum(axis=-1)
    mean = np.divide(tables @ score, n, out=np.zeros_like(n), where=n > 0)
    weight = np.where(n[..., 0] > 0, n[..., 1], 0.0)
    difference = (weight * (mean[..., 1] - mean[..., 0])).sum(axis=-1) / weight.sum(axis=-1)
    everybody = tables.sum(axis=(1, 2))
    share = everybody / everybody.sum(axis=-1, keepdims=True)
    return difference, np.sqrt(share @ score**2 - (share @ score) ** 2)
