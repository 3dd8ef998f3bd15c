"""The line between two scales, θ_old = A θ_new + B, and what it does to item parameters."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from engine._types import Floats
from engine.models import model as model_named
from items.parameters import Covariance, ParameterSet

UNPINNED = {"rasch": "1pl", "pcm": "gpcm", "rsm": "gpcm"}
"""What a model with slope 1 becomes once its unit has changed."""


@dataclass(frozen=True, slots=True)
class Transformation:
    """θ_old = A θ_new + B."""

    A: float
    B: float

    def theta(self, theta: Floats | float) -> Floats:
        """Return abilities of the new scale on the old one."""
        return np.asarray(self.A * np.asarray(theta) + self.B)

    def inverse(self, theta: Floats) -> Floats:
        """Return abilities of the old scale on the new one."""
        return np.asarray((np.asarray(theta) - self.B) / self.A)

    def apply(self, parameters: ParameterSet) -> ParameterSet:
        """Return the new parameters, their standard errors and the population on the old scale.

        Slopes become a/A, difficulties and thresholds A b + B, intercepts of the nominal model c − a B/A
        (Kolen & Brennan 2014, eqs 6.2–6.3); asymptotes stay. A and B are taken as known.
        """
        rows = [self._row({str(k): v for k, v in row.items()}) for row in parameters.table.to_dict("records")]
        table = pd.DataFrame(rows, columns=parameters.table.columns)
        models = dict(zip(parameters.identities(), parameters.table["model"], strict=True))
        covariances = {
            identity: self._covariance(models[identity], covariance)
            for identity, covariance in parameters.covariances.items()
        }
        population = {
            g: (float(self.theta(mean)), self.A * sd) for g, (mean, sd) in parameters.population.items()
        }
        return replace(parameters, table=table, population=population, covariances=covariances)

    def _row(self, row: dict[str, object]) -> dict[str, object]:
        names = [name for name in _names(row) if _number(row.get(name))]
        matrix, shift = self._linear_map(str(row["model"]), names)
        values = matrix @ np.array([row[name] for name in names], float) + shift
        errors = np.array([row.get(f"se_{name}", np.nan) for name in names], float)
        changed = dict(zip(names, values, strict=True))
        scaled = np.sqrt(matrix**2 @ np.nan_to_num(errors) ** 2)
        changed |= {f"se_{n}": s for n, s, e in zip(names, scaled, errors, strict=True) if np.isfinite(e)}
        model = UNPINNED.get(str(row["model"]), row["model"]) if self.A != 1 else row["model"]
        return row | changed | {"model": model}

    def _covariance(self, model: str, covariance: Covariance) -> Covariance:
        matrix, _ = self._linear_map(model, list(covariance.names))
        changed = matrix @ np.array(covariance.matrix) @ matrix.T
        return Covariance(covariance.names, tuple(tuple(map(float, row)) for row in changed))

    def _linear_map(self, model: str, names: list[str]) -> tuple[Floats, Floats]:
        """Return M (P, P) and s (P,) with parameters on the old scale = M parameters + s."""
        matrix, shift = np.eye(len(names)), np.zeros(len(names))
        for row, name in enumerate(names):
            if name.startswith("a"):
                matrix[row, row] = 1 / self.A
            elif name.startswith("b"):
                matrix[row, row], shift[row] = self.A, self.B
            elif model == "nrm" and f"a{name[1:]}" in names:
                matrix[row, names.index(f"a{name[1:]}")] = -self.B / self.A
        return matrix, shift


def _names(row: dict[str, object]) -> set[str]:
    """Return the names that parameters of the row's model may have."""
    model = model_named(str(row["model"]))
    n_categories = 2 if model.dichotomous else len(row)
    return {parameter.name for parameter in model.parameters(n_categories)}


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and bool(np.isfinite(value))
