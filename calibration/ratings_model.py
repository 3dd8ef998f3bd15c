"""A small mixed model of ratings: item quality apart from who rated and from how the answer went.

    stars_r = mean + effects · (x_r − x̄) + quality_j + severity_i + noise

with quality, severity and noise normal. Raters are absorbed, so that the equations to solve have one row an
item; the SDs are those of restricted maximum likelihood. Effects have a normal prior around 0: with few
ratings nothing is adjusted, with many the data decide.

References
----------
Henderson (1975), Biometrics 31, 423–447 (mixed model equations). Patterson & Thompson (1971), Biometrika 58,
545–554 (restricted maximum likelihood).
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize, sparse

from engine._types import Floats, Ints

EFFECT_SD = 0.5
"""SD of the prior on an effect, in units of the noise's SD per SD of its predictor."""

_BOUNDS = (-5.0, 5.0)
"""Range of log(SD of a random part / SD of the noise)."""


@dataclass(frozen=True, slots=True, eq=False)
class RatingFit:
    """What the model found, in stars.

    Attributes
    ----------
    mean : float
        Rating that an average rater gives an average item under average circumstances.
    effects, effects_se : (P,)
        Change of the rating per unit of each predictor.
    quality, quality_se : (J,)
        Each item's departure from the mean, shrunk, with its posterior SD.
    severity : (N,)
        Each rater's departure from the mean, shrunk; below 0 is severe.
    quality_sd, severity_sd, noise_sd : float
        SDs of the three random parts.
    """

    mean: float
    effects: Floats
    effects_se: Floats
    quality: Floats
    quality_se: Floats
    severity: Floats
    quality_sd: float
    severity_sd: float
    noise_sd: float


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """Ratings (R,), fixed predictors beside items (R, 1 + P + J), raters (R, N), SDs of predictors (P,)."""

    stars: Floats
    design: sparse.csr_array
    raters: sparse.csr_array
    spread: Floats

    @property
    def n_fixed(self) -> int:
        return 1 + self.spread.size

    @property
    def n_items(self) -> int:
        return int(self.design.shape[1]) - self.n_fixed


@dataclass(frozen=True, slots=True, eq=False)
class _Solution:
    """Solved equations at given ratios of SDs: estimates, inverse matrix, σ² of the noise, REML deviance."""

    estimates: Floats
    inverse: Floats
    noise: float
    deviance: float


def fit_ratings(stars: Floats, item: Ints, person: Ints, predictors: Floats) -> RatingFit:
    """Fit the model.

    Parameters
    ----------
    stars : (R,)
        Ratings.
    item, person : (R,) int
        Item 0..J-1 and rater 0..N-1 of each rating; each number occurs.
    predictors : (R, P)
        Circumstances of each rating whose effect is not the item's.

    Raises
    ------
    ValueError
        If there are fewer than three ratings, or the shapes differ.
    """
    if stars.size < 3 or not stars.size == item.size == person.size == predictors.shape[0]:
        raise ValueError(f"at least three ratings are needed, each with item and rater, not {stars.size}")
    data = _data(stars, item, person, predictors)

    def deviance(log_sd: Floats) -> float:
        return _solve(data, log_sd).deviance

    best = optimize.minimize(deviance, [-0.5, -0.5], method="L-BFGS-B", bounds=optimize.Bounds(*_BOUNDS))
    return _report(data, best.x, _solve(data, best.x))


def _data(stars: Floats, item: Ints, person: Ints, predictors: Floats) -> _Data:
    spread = np.where(predictors.std(axis=0) > 0, predictors.std(axis=0), 1.0)
    scaled = (predictors - predictors.mean(axis=0)) / spread
    fixed = sparse.csr_array(np.column_stack([np.ones(stars.size), scaled]))
    design = sparse.hstack([fixed, _indicator(item)], format="csr")
    return _Data(stars.astype(float), sparse.csr_array(design), _indicator(person), spread)


def _indicator(index: Ints) -> sparse.csr_array:
    """Return the (R, max + 1) matrix with a one in column `index` of each row."""
    rows = np.arange(index.size)
    return sparse.csr_array((np.ones(index.size), (rows, index)), shape=(index.size, int(index.max()) + 1))


def _solve(data: _Data, log_sd: Floats) -> _Solution:
    """Solve the equations at log SD ratios (quality, severity) to the noise."""
    quality, severity = np.exp(-2 * log_sd)
    weight = 1.0 / (data.raters.sum(axis=0) + severity)
    by_rater = sparse.csr_array(data.raters.T @ data.design)
    told = data.raters.T @ data.stars
    absorbed = (by_rater.T @ (by_rater * weight[:, None])).toarray()
    matrix = (data.design.T @ data.design).toarray() - absorbed
    matrix[np.diag_indices_from(matrix)] += _ridge(data, quality)
    right = data.design.T @ data.stars - by_rater.T @ (weight * told)
    factor = linalg.cho_factor(matrix, lower=True)
    estimates = linalg.cho_solve(factor, right)
    rest = data.stars @ data.stars - told @ (weight * told) - estimates @ right
    freedom = data.stars.size - 1
    log_det = 2 * np.log(np.diag(factor[0])).sum() - np.log(weight).sum()
    log_det -= data.n_items * np.log(quality) + weight.size * np.log(severity)
    deviance = freedom * np.log(max(rest, 1e-12) / freedom) + log_det
    return _Solution(estimates, linalg.cho_solve(factor, np.eye(matrix.shape[0])), rest / freedom, deviance)


def _ridge(data: _Data, quality: float) -> Floats:
    """Return what the priors add to the diagonal: nothing for the mean, then effects, then items."""
    return np.concatenate([[0.0], np.full(data.n_fixed - 1, EFFECT_SD**-2), np.full(data.n_items, quality)])


def _report(data: _Data, log_sd: Floats, solution: _Solution) -> RatingFit:
    noise_sd = float(np.sqrt(max(solution.noise, 0.0)))
    se = noise_sd * np.sqrt(np.diag(solution.inverse))
    effects, items = slice(1, data.n_fixed), slice(data.n_fixed, None)
    weight = 1.0 / (data.raters.sum(axis=0) + np.exp(-2 * log_sd[1]))
    severity = weight * (data.raters.T @ (data.stars - data.design @ solution.estimates))
    return RatingFit(
        mean=float(solution.estimates[0]),
        effects=solution.estimates[effects] / data.spread,
        effects_se=se[effects] / data.spread,
        quality=solution.estimates[items],
        quality_se=se[items],
        severity=severity,
        quality_sd=noise_sd * float(np.exp(log_sd[0])),
        severity_sd=noise_sd * float(np.exp(log_sd[1])),
        noise_sd=noise_sd,
    )
