"""What a calibration returns: parameters, uncertainty, fit, and an honest sentence on each."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from calibration.abilities import overall
from calibration.reliability import marginal_reliability
from calibration.versions import pool_of_versions
from engine._types import Floats
from items.parameters import Covariance, Identity, ParameterSet


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationResult:
    """The outcome of one calibration.

    Attributes
    ----------
    parameters : DataFrame
        A row for each calibrated item: `item, version, model`, parameters (D = 1), `se_*` where computed.
    items : DataFrame
        A row for each item of the log: `item, version, n, status`; status is "ok" or says what is wrong.
    population : mapping
        Mean and SD of ability by group (logits).
    log_likelihood, log_prior : float
        The marginal log-likelihood in double precision, without prior terms; the log-density of the priors.
    n_persons, n_responses, n_parameters : int
        Persons with an answer, their answers to calibrated items, free parameters.
    iterations : int
        E-steps taken.
    converged : bool
    decrement : float
        Newton decrement g′ I⁻¹ g at the estimate; NaN without standard errors.
    status : str
        Converged, stopped at the limit, or not identified: in a sentence.
    seconds : float
        Time taken, reading the log not included.
    quadrature : mapping
        The grid: nodes, lower, upper; weights by group where they were estimated.
    covariances : mapping
        Covariance of each item's parameters, by (item, version).
    covariance : DataFrame or None
        The full covariance of the free working parameters, on request.
    empirical_reliability : float
        Of the persons' EAP scores; NaN where the estimator has none.
    levels : mapping
        The numbers in the log that stand for each item's categories, where they are not 0..K-1.
    settings : mapping
        Model, priors, and whatever else was chosen.
    messages : tuple of texts
        What was recoded, left out or refined.
    """

    parameters: pd.DataFrame
    items: pd.DataFrame
    population: Mapping[str, tuple[float, float]]
    log_likelihood: float
    log_prior: float
    n_persons: int
    n_responses: int
    n_parameters: int
    iterations: int
    converged: bool
    status: str
    decrement: float
    seconds: float
    quadrature: Mapping[str, Any]
    covariances: Mapping[Identity, Covariance] = field(default_factory=dict)
    covariance: pd.DataFrame | None = None
    empirical_reliability: float = np.nan
    levels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[str, ...] = ()

    @property
    def aic(self) -> float:
        """Akaike's criterion, −2 log L + 2 parameters."""
        return 2.0 * self.n_parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion, −2 log L + parameters · log persons."""
        return float(np.log(max(self.n_persons, 1)) * self.n_parameters - 2.0 * self.log_likelihood)

    @property
    def standard_errors(self) -> pd.DataFrame:
        """The standard errors alone: `item, version` and a column for each parameter."""
        errors = [name for name in self.parameters if str(name).startswith("se_")]
        frame = self.parameters[["item", "version", *errors]]
        return frame.rename(columns={name: str(name).removeprefix("se_") for name in errors})

    def marginal_reliability(self) -> float:
        """Return the reliability of all items as one test in this population."""
        mean, sd = overall(self.population)
        pool = pool_of_versions(ParameterSet(self.parameters, self.population))
        return marginal_reliability(pool, mean=mean, sd=sd)

    def summary(self) -> dict[str, Any]:
        """Return the summary that `calibrate --summary` writes."""
        return {
            "model": self.settings.get("model"),
            "n_persons": self.n_persons,
            "n_items": len(self.parameters),
            "n_responses": self.n_responses,
            "n_parameters": self.n_parameters,
            "log_likelihood": self.log_likelihood,
            "log_prior": self.log_prior,
            "aic": self.aic,
            "bic": self.bic,
            "iterations": self.iterations,
            "converged": self.converged,
            "status": self.status,
            "newton_decrement": number(self.decrement),
            "standard_errors": self.settings.get("standard_errors", "none"),
            "marginal_reliability": self.marginal_reliability(),
            "empirical_reliability": number(self.empirical_reliability),
            "seconds": self.seconds,
            "quadrature": dict(self.quadrature),
            "population": {g: {"mean": m, "sd": s} for g, (m, s) in self.population.items()},
            "not_calibrated": {
                str(row.item): str(row.status) for row in self.items.itertuples() if row.status != "ok"
            },
            "messages": list(self.messages),
        }

    def parameter_set(self, *, fingerprint: str = "") -> ParameterSet:
        """Return the parameters as a record with provenance."""
        provenance = (
            self.summary()
            | {"levels": dict(self.levels)}
            | {"settings": dict(self.settings), "data": fingerprint}
        )
        return ParameterSet(self.parameters, self.population, self.covariances, provenance)

    def write(self, path: str | os.PathLike[str], *, fingerprint: str = "") -> None:
        """Write the parameter file and its `.meta.json`; raises BadInput where that is impossible."""
        self.parameter_set(fingerprint=fingerprint).write(path)


def number(value: float) -> float | None:
    """Return a number as JSON has it: null where there is none."""
    return value if np.isfinite(value) else None


def parameter_table(
    items: Sequence[str],
    versions: Sequence[int],
    models: Sequence[str],
    values: Sequence[Mapping[str, float]],
) -> pd.DataFrame:
    """Return the table of parameters from one mapping an item, columns in the order a, b, b1 …, se_a, …"""
    frame = pd.DataFrame({"item": list(items), "version": list(versions), "model": list(models)})
    names = sorted({name for row in values for name in row}, key=_column_order)
    columns = {name: np.array([row.get(name, np.nan) for row in values]) for name in names}
    return pd.concat([frame, pd.DataFrame(columns, index=frame.index)], axis=1)


def _column_order(name: str) -> tuple[bool, str, int]:
    plain = name.removeprefix("se_")
    return name.startswith("se_"), plain[0], int(plain[1:] or 0)


def covariance_record(names: Sequence[str], matrix: Floats) -> Covariance:
    """Return a covariance matrix as a record."""
    return Covariance(tuple(names), tuple(tuple(float(v) for v in row) for row in matrix))
