"""Tetrachoric and polychoric correlations: those of normal variables that stand behind the categories.

Thresholds come from the margins, then each pair's ρ maximises the likelihood of its table (two steps). A cell
that nobody fell into counts half a person where both items have two categories, as usual.

Olsson (1979), Psychometrika 44, eq. 10 and 14; Brown & Benedetti (1977) for the half.
"""

import numpy as np
from scipy.stats import norm

from calibration.dimensionality.bivariate_normal import cumulative, density
from engine._types import Floats, Ints

STEPS = 25
TOLERANCE = 1e-8
LIMIT = 0.99


def polychoric_correlations(answers: Ints, n_categories: Ints) -> Floats:
    """Return the correlations (J, J) of answers (N, J), −1 where there is none; pairs use who answered both.

    Items that do not vary have NaN.
    """
    n_items, k = answers.shape[1], int(np.max(n_categories))
    tables = pair_tables(answers, k)
    one, two = np.triu_indices(n_items, 1)
    cells = tables[one, :, two, :]
    both_binary = (np.asarray(n_categories)[one] == 2) & (np.asarray(n_categories)[two] == 2)
    vary = (cells[:, :2].sum(axis=2) > 0).all(axis=1) & (cells[:, :, :2].sum(axis=1) > 0).all(axis=1)
    empty = (cells[:, :2, :2] == 0).any(axis=(1, 2)) & both_binary & vary
    cells[empty, :2, :2] += np.where(cells[empty, :2, :2] == 0, 0.5, 0.0)
    out = np.eye(n_items)
    out[one, two] = out[two, one] = pair_correlations(cells)
    constant = ~np.isfinite(out).any(axis=0) | (np.count_nonzero(np.isfinite(out), axis=0) == 1)
    out[constant, constant] = np.nan
    return out


def pair_tables(answers: Ints, n_categories: int) -> Floats:
    """Return how often each two categories of each two items met, (J, K, J, K)."""
    indicator = (answers[:, :, None] == np.arange(n_categories)).astype(np.float32)
    flat = indicator.reshape(len(answers), -1)
    shape = (answers.shape[1], n_categories)
    return np.asarray((flat.T @ flat).reshape(*shape, *shape), float)


def pair_correlations(cells: Floats) -> Floats:
    """Return ρ (M,) of tables (M, K, K), by Fisher scoring on all at once; NaN where an item is constant."""
    n = cells.sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        rows, columns = cells.sum(axis=2) / n[:, None], cells.sum(axis=1) / n[:, None]
        varies = (rows.max(axis=1) < 1) & (columns.max(axis=1) < 1) & (n > 0)
    rho = np.full(len(cells), np.nan)
    if varies.any():
        limits = (_thresholds(rows[varies]), _thresholds(columns[varies]))
        rho[varies] = _maximise(cells[varies], *limits)
    return rho


def _thresholds(share: Floats) -> Floats:
    """Return the limits (M, K + 1) of the categories on the normal variable, from −∞ to ∞."""
    upto = np.concatenate([np.zeros((len(share), 1)), np.cumsum(share, axis=1)], axis=1)
    return np.asarray(norm.ppf(np.clip(upto, 0, 1)))


def _maximise(cells: Floats, h: Floats, k: Floats) -> Floats:
    n = cells.sum(axis=(1, 2))
    rho = np.zeros(len(cells))
    for _ in range(STEPS):
        p, slope = _probabilities(h, k, rho)
        gradient = np.divide(cells * slope, p, out=np.zeros_like(p), where=cells > 0).sum(axis=(1, 2))
        information = n * np.divide(slope**2, p, out=np.zeros_like(p), where=p > 1e-12).sum(axis=(1, 2))
        step = np.divide(gradient, information, out=np.zeros_like(rho), where=information > 0)
        moved = np.clip(rho + np.clip(step, -0.4, 0.4), -LIMIT, LIMIT)
        done = np.abs(moved - rho).max() < TOLERANCE
        rho = moved
        if done:
            break
    return rho


def _probabilities(h: Floats, k: Floats, rho: Floats) -> tuple[Floats, Floats]:
    """Return the probability of each cell (M, K, K) and its derivative in ρ.

    Φ₂ is integrated at the inner limits only; at −∞ it is 0, at ∞ the other variable's own probability.
    """
    inner = (h[:, 1:-1, None], k[:, None, 1:-1], rho[:, None, None])
    corners, slopes = (np.zeros((len(rho), h.shape[1], k.shape[1])) for _ in range(2))
    corners[:, 1:-1, 1:-1], slopes[:, 1:-1, 1:-1] = cumulative(*inner), density(*inner)
    corners[:, :, -1], corners[:, -1, :] = norm.cdf(h), norm.cdf(k)
    p, slope = (np.diff(np.diff(values, axis=1), axis=2) for values in (corners, slopes))
    return np.maximum(p, 1e-15), slope
