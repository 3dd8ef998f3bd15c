"""Logistic regression of an item's score on standing and group; cumulative logits for ordered categories.

    logit P(X ≥ k) = τ_k + β v                       no difference
                   … + γ_g                           uniform: the same people always have it harder
                   … + γ_g + δ_g v                   non-uniform: who has it harder changes with standing v

Models are compared by twice the gain in log-likelihood (or by Wald's statistic); the effect is the gain in
Nagelkerke's R². Any number of groups at once.

Swaminathan & Rogers (1990), JEM 27, 361–370; French & Miller (1996), JEM 33, for ordered categories; classes
by Jodoin & Gierl (2001), Applied Measurement in Education 14, 329–349: B from 0.035, C from 0.070.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from scipy.stats import chi2 as chi2_distribution

from calibration.dif.gain import gain_interval
from engine._types import Floats, Ints
from engine.models.graded import GradedResponse

SMALL, LARGE = 0.035, 0.070
STEPS = 50
TOLERANCE = 1e-10
RIDGE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class LogisticDif:
    """Results for J items, each (J,).

    Attributes
    ----------
    uniform, non_uniform, both
        χ² of γ given no δ (G − 1 degrees of freedom), of δ given γ (G − 1), and of both (2G − 2).
    wald
        Wald's χ² of both.
    p
        Probability of `both` under no difference.
    p_non_uniform
        Probability of `non_uniform` under no difference.
    effect
        Gain in Nagelkerke's R² by both.
    effect_low, effect_high
        The ends of its 95 % interval.
    shift
        γ of the last group in the uniform model (logits); below 0 = harder for it.
    se_shift
        Its standard error.
    """

    uniform: Floats
    non_uniform: Floats
    both: Floats
    wald: Floats
    p: Floats
    p_non_uniform: Floats
    effect: Floats
    effect_low: Floats
    effect_high: Floats
    shift: Floats
    se_shift: Floats
    df: int

    @property
    def kind(self) -> list[str]:
        """Whether the difference changes with standing, at 5 %."""
        return ["non-uniform" if p < 0.05 else "uniform" for p in self.p_non_uniform]

    @property
    def letters(self) -> list[str]:
        """Jodoin & Gierl's class of each item."""
        negligible = (self.p >= 0.05) | (self.effect < SMALL)
        chosen = np.select([np.isnan(self.effect), negligible, self.effect < LARGE], ["", "A", "B"], "C")
        return [str(letter) for letter in chosen]


def logistic_dif(tables: Ints, values: Floats, n_categories: Ints) -> LogisticDif:
    """Compare G groups on J items.

    Parameters
    ----------
    tables : (J, S, G, K)
        Counts by stratum, group (reference first) and category.
    values : (S,)
        Standing of each stratum.
    n_categories : (J,)
        Categories of each item.
    """
    n_items, _, n_groups, _ = tables.shape
    standing = (values - values.mean()) / (values.std() or 1.0)
    fields = {
        name: np.full(n_items, np.nan) for name in ("uniform", "both", "wald", "effect", "shift", "se_shift")
    }
    for k in np.unique(n_categories):
        rows = np.flatnonzero(np.asarray(n_categories) == k)
        for name, part in _compare(tables[rows, :, :, :k].astype(float), standing).items():
            fields[name][rows] = part
    df = n_groups - 1
    answers = np.asarray(tables, float).sum(axis=(1, 2, 3))
    low, high = gain_interval(fields["effect"], fields["both"], 2 * df, answers)
    non_uniform = fields["both"] - fields["uniform"]
    return LogisticDif(
        **fields,
        effect_low=low,
        effect_high=high,
        non_uniform=non_uniform,
        p=np.asarray(chi2_distribution.sf(fields["both"], 2 * df)),
        p_non_uniform=np.asarray(chi2_distribution.sf(non_uniform, df)),
        df=2 * df,
    )


def _compare(tables: Floats, standing: Floats) -> dict[str, Floats]:
    """Return statistics of items with the same number of categories."""
    _, n_strata, n_groups, _ = tables.shape
    counts = tables.reshape(len(tables), n_strata * n_groups, -1)
    v = np.repeat(standing, n_groups)
    member = np.tile(np.eye(n_groups)[:, 1:], (n_strata, 1))
    matched = fit_cumulative(counts, v[:, None])
    uniform = fit_cumulative(counts, np.column_stack([v, member]))
    both = fit_cumulative(counts, np.column_stack([v, member, member * v[:, None]]))
    n = counts.sum(axis=(1, 2))
    share = counts.sum(axis=1) / np.maximum(n, 1)[:, None]
    null = n * np.where(share > 0, share * np.log(np.where(share > 0, share, 1)), 0).sum(axis=1)
    gain = _nagelkerke(both.log_likelihood, null, n) - _nagelkerke(matched.log_likelihood, null, n)
    return {
        "uniform": 2 * (uniform.log_likelihood - matched.log_likelihood),
        "both": 2 * (both.log_likelihood - matched.log_likelihood),
        "wald": both.wald(2 * (n_groups - 1)),
        "effect": gain,
        "shift": uniform.coefficients[:, -1],
        "se_shift": np.sqrt(np.linalg.pinv(uniform.information, hermitian=True)[:, -1, -1]),
    }


def _nagelkerke(log_likelihood: Floats, null: Floats, n: Floats) -> Floats:
    """Return R² (J,) of Nagelkerke (1991), Biometrika 78, eq. 2."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.expm1(2 * (null - log_likelihood) / n) / np.expm1(2 * null / n))


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeFit:
    """Cumulative logit regressions of J items: coefficients (J, P), thresholds first; −Hessian (J, P, P)."""

    coefficients: Floats
    information: Floats
    log_likelihood: Floats

    def wald(self, last: int) -> Floats:
        """Return Wald's χ² (J,) that the last coefficients are all 0."""
        covariance = np.linalg.pinv(self.information, hermitian=True)[:, -last:, -last:]
        tail = self.coefficients[:, -last:]
        return np.asarray(np.einsum("jp,jpq,jq->j", tail, np.linalg.pinv(covariance, hermitian=True), tail))


def fit_cumulative(counts: Floats, predictors: Floats) -> CumulativeFit:
    """Fit logit P(X ≥ k) = τ_k + x β to J items at once, by Newton's method with halved steps.

    Parameters
    ----------
    counts : (J, C, K)
        Counts of the categories in each cell.
    predictors : (C, P')
        What is known of each cell.
    """
    n_items, n_cells, n_categories = counts.shape
    design = np.zeros((n_cells, n_categories - 1, n_categories - 1 + predictors.shape[1]))
    design[:, np.arange(n_categories - 1), np.arange(n_categories - 1)] = 1.0
    design[:, :, n_categories - 1 :] = predictors[:, None, :]
    x = np.zeros((n_items, design.shape[-1]))
    x[:, : n_categories - 1] = _start(counts)
    log_likelihood, gradient, information = _evaluate(counts, design, x)
    for _ in range(STEPS):
        ridge = (
            RIDGE * np.eye(x.shape[1]) * np.maximum(1, np.trace(information, axis1=1, axis2=2))[:, None, None]
        )
        step = np.linalg.solve(information + ridge, gradient[..., None])[..., 0]
        if np.max(np.einsum("jp,jp->j", step, gradient), initial=0.0) < TOLERANCE:
            break
        x = _improve(counts, design, x, step, log_likelihood)
        log_likelihood, gradient, information = _evaluate(counts, design, x)
    return CumulativeFit(x, information, log_likelihood)


def _start(counts: Floats) -> Floats:
    """Return thresholds (J, K − 1) of the categories' overall shares, each cell half a person fuller."""
    total = counts.sum(axis=1) + 0.5
    above = np.cumsum(total[:, ::-1], axis=1)[:, ::-1][:, 1:] / total.sum(axis=1, keepdims=True)
    return np.asarray(logit(above))


def _evaluate(counts: Floats, design: Floats, x: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log-likelihood (J,), gradient (J, P) and −Hessian (J, P, P)."""
    z = np.einsum("clp,jp->jcl", design, x)
    link = GradedResponse()
    first, second = link.link_derivatives(z)
    by_predictor = np.einsum("jck,jckl->jcl", counts, first)
    curvature = np.einsum("jck,jcklm->jclm", counts, second)
    bent = np.einsum("jclm,cmq->jclq", curvature, design)
    return (
        _log_likelihood(counts, link.link(z)),
        np.einsum("jcl,clp->jp", by_predictor, design),
        -np.einsum("clp,jclq->jpq", design, bent),
    )


def _log_likelihood(counts: Floats, log_p: Floats) -> Floats:
    return np.asarray((counts * np.where(counts > 0, log_p, 0.0)).sum(axis=(1, 2)))


def _improve(counts: Floats, design: Floats, x: Floats, step: Floats, before: Floats) -> Floats:
    """Return x + step, the step halved for items whose likelihood it would lower."""
    size = np.ones(len(x))
    for _ in range(30):
        trial = x + size[:, None] * step
        reached = _log_likelihood(counts, GradedResponse().link(np.einsum("clp,jp->jcl", design, trial)))
        worse = ~(reached >= before - 1e-9)
        if not worse.any():
            break
        size = np.where(worse, size / 2, size)
    return trial
