"""What `itemwise regress` does: read, estimate, write the table that rules begin with."""

from dataclasses import dataclass
from pathlib import Path

import tomli_w

from calibration.abilities import Abilities
from calibration.covariates import read_covariates
from calibration.latent_regression import RegressionFit, fit_regression
from calibration.responses import ResponseMatrix
from calibration.scoring import known_levels
from engine.pool import ItemPool
from items.errors import BadInput
from items.parameters import ParameterSet, refuse_unwritable, write_whole


@dataclass(frozen=True, slots=True)
class RegressionOrder:
    """The options of `regress`, under their own names."""

    log: Path
    params: Path
    covariates: Path | None = None
    key: Path | None = None
    use_score: bool = False


def run_regression(order: RegressionOrder, out: Path) -> str:
    """Estimate the regression, write it as `[start.prior]`, and return what to tell the user.

    Raises
    ------
    BadInput
        If a file cannot be used, or the covariates tell no slopes.
    """
    refuse_unwritable(out)
    parameters = ParameterSet.read(order.params)
    levels = None if order.key else known_levels(parameters)
    responses = ResponseMatrix.read(order.log, key=order.key, use_score=order.use_score, levels=levels)
    covariates = read_covariates(responses, order.covariates)
    pool = ItemPool.from_parameters(parameters, where=str(order.params))
    fit = fit_regression(Abilities.of(responses, pool), covariates)
    if not fit.converged:
        right = "covariates that are less alike, or more people"
        raise BadInput("the regression does not converge", where=str(order.log), right=right)
    found = fit.regression
    prior = {"intercept": found.intercept, "sd": found.sd, "slopes": dict(found.slopes)}
    write_whole(out, tomli_w.dumps({"start": {"prior": prior}}))
    return in_words(fit, responses.n_persons, out)


def in_words(fit: RegressionFit, n_persons: int, out: Path) -> str:
    """Return the outcome for people."""
    left = n_persons - fit.n
    without = f" ({left:,} left out: no answers, or a covariate is not known)" if left else ""
    rows = [
        f"{name}: {estimate:.3f} (SE {error:.3f})"
        for name, estimate, error in zip(
            (*fit.names, "sd"),
            (*fit.estimates, fit.regression.sd),
            (*fit.standard_errors, fit.sd_error),
            strict=True,
        )
    ]
    return "\n".join(
        [
            f"{fit.n:,} people{without}; logits, for one more of each covariate",
            *rows,
            f"the covariates explain {fit.explained:.0%} of the variance of ability",
            f"table [start.prior]: {out}",
        ]
    )
