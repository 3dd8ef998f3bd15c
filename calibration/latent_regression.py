"""How ability depends on what is known of people, under known item parameters: a latent regression.

Ability is N(xβ, σ²) for a person with covariates x; β and σ maximise the marginal likelihood by EM (Mislevy,
1984, Psychometrika 49, 359-381; 1985, Journal of the American Statistical Association 80, 993-997). Scores
regressed on covariates instead would give slopes that are shrunk (EAP) or a spread that is too large (MLE).
"""

from dataclasses import dataclass

import numpy as np

from calibration.abilities import Abilities
from calibration.covariates import Covariates
from engine._types import Floats
from engine.latent_regression import LatentRegression
from items.errors import BadInput

CYCLES, CHANGE = 2_000, 1e-7
"""Most EM cycles, and the change of any parameter (logits a SD of its covariate) below which they end."""


@dataclass(frozen=True, slots=True, eq=False)
class RegressionFit:
    """A latent regression as it was estimated.

    Attributes
    ----------
    regression : LatentRegression
        What stands in `[start.prior]` of a rules file.
    names : P texts
        Of the coefficients: the intercept and the slopes.
    estimates, standard_errors : (P,)
        Logits; standard errors from the observed information (Louis, 1982, JRSS B 44, 226-233).
    sd_error : float
        Standard error of `regression.sd`.
    explained : float
        Share of the variance of ability that the covariates explain, 0 to 1.
    n : int
        Persons with an answer of whom everything is known.
    converged : bool
    """

    regression: LatentRegression
    names: tuple[str, ...]
    estimates: Floats
    standard_errors: Floats
    sd_error: float
    explained: float
    n: int
    converged: bool


def fit_regression(abilities: Abilities, covariates: Covariates) -> RegressionFit:
    """Estimate the regression of ability on covariates.

    Parameters
    ----------
    abilities : Abilities
        Of N persons under known item parameters; takes 8·N·Q bytes more.
    covariates : Covariates
        Of the same persons; those of whom something is not known, or who answered nothing, are left out.

    Raises
    ------
    BadInput
        If fewer than two persons a coefficient are left, or one covariate says no more than the others.
    """
    used = np.isfinite(covariates.columns).all(axis=1) & (abilities.responses.answers_per_person > 0)
    x = np.column_stack([np.ones(int(used.sum())), covariates.columns[used]])
    _refuse_unclear(x, covariates.names)
    scale = np.concatenate([[1.0], x[:, 1:].std(axis=0)])
    x, nodes = x / scale, abilities.nodes
    likelihood = abilities.posterior[used] / abilities.weights
    beta, sd = np.zeros(x.shape[1]), 1.0
    for _ in range(CYCLES):
        mean, variance = _moments(likelihood, nodes, x @ beta, sd)
        new = np.linalg.lstsq(x, mean)[0]
        spread = float(np.sqrt(((mean - x @ new) ** 2 + variance).mean()))
        change = max(np.abs(new - beta).max(), abs(spread - sd))
        beta, sd = new, spread
        if change < CHANGE:
            break
    covariance = np.linalg.inv(_information(likelihood, nodes, x, beta, sd))
    errors = np.sqrt(np.diag(covariance)) * np.concatenate([1 / scale, [sd]])
    told = beta / scale
    return RegressionFit(
        regression=covariates.regression(told, sd),
        names=("intercept", *covariates.names),
        estimates=told,
        standard_errors=errors[:-1],
        sd_error=float(errors[-1]),
        explained=float((x @ beta).var() / ((x @ beta).var() + sd**2)),
        n=len(x),
        converged=bool(change < CHANGE),
    )


def _posterior(likelihood: Floats, nodes: Floats, mean: Floats, sd: float) -> tuple[Floats, Floats]:
    """Return how far each node is from each person's mean (N, Q), in SDs, and the posterior there."""
    z = (nodes - mean[:, None]) / sd
    weight = likelihood * np.exp(-0.5 * z**2)
    return z, weight / weight.sum(axis=1, keepdims=True)


def _moments(likelihood: Floats, nodes: Floats, mean: Floats, sd: float) -> tuple[Floats, Floats]:
    """Return the mean and variance (N,) of each person's posterior."""
    _, posterior = _posterior(likelihood, nodes, mean, sd)
    middle = posterior @ nodes
    return middle, posterior @ nodes**2 - middle**2


def _information(likelihood: Floats, nodes: Floats, x: Floats, beta: Floats, sd: float) -> Floats:
    """Return the observed information of β and log σ: complete less missing (Louis, 1982)."""
    z, posterior = _posterior(likelihood, nodes, x @ beta, sd)
    first, second, third, fourth = ((posterior * z**power).sum(axis=1) for power in (1, 2, 3, 4))
    slopes = (1 - (second - first**2)) / sd**2
    both = (2 * first - (third - first * second)) / sd
    spread = (2 * second - (fourth - second**2)).sum()
    mixed = x.T @ both
    return np.block([[(x.T * slopes) @ x, mixed[:, None]], [mixed[None], np.array([[spread]])]])


def _refuse_unclear(x: Floats, names: tuple[str, ...]) -> None:
    """Refuse covariates (N, P) from which no slopes can be told, and too few people."""
    if len(x) < 2 * x.shape[1]:
        raise BadInput(
            f"{len(x)} people answered and have every covariate, for {x.shape[1]} coefficients",
            where="covariates",
            right=f"at least {2 * x.shape[1]} people, better some hundreds",
        )
    for place, name in enumerate(names, start=1):
        if np.linalg.matrix_rank(x[:, : place + 1]) <= place:
            constant = np.ptp(x[:, place]) == 0
            what = "is the same for everybody" if constant else "says no more than those before it"
            raise BadInput(f"'{name}' {what}", where="covariates", right="leave it out")
