"""What follows from item parameters, with its uncertainty: intervals, and metrics by the delta method.

    var f(ψ̂) ≈ ∇f′ C ∇f            with C the covariance of an item's parameters

Asymptotes have intervals on their logits, which never leave (0, 1) and need not be symmetric.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import norm

from items.errors import BadInput
from items.parameters import Covariance, ParameterSet

Metric = Callable[[Mapping[str, float]], float]
PARAMETER = re.compile(r"[abcd]\d*")
STEP = 1e-5
ASYMPTOTES = ("c", "d")


def intercept(item: Mapping[str, float]) -> float:
    """Return −ab: the logit of knowing the answer at θ = 0."""
    return -item["a"] * item["b"]


def loading(item: Mapping[str, float]) -> float:
    """Return the factor loading, by the normal ogive nearest to the curve (Takane & de Leeuw 1987)."""
    slope = item["a"] / 1.702
    return slope / float(np.sqrt(1.0 + slope**2))


def most_informative(item: Mapping[str, float]) -> float:
    """Return the θ at which a 3PL item informs most (Birnbaum 1968, eq. 20.4.21); b where c = 0."""
    c = item.get("c", 0.0)
    return item["b"] + float(np.log((1.0 + np.sqrt(1.0 + 8.0 * c)) / 2.0)) / item["a"]


METRICS: Mapping[str, Metric] = {
    "intercept": intercept,
    "loading": loading,
    "most_informative": most_informative,
}


def derived(parameters: ParameterSet, metrics: Mapping[str, Metric] = METRICS) -> pd.DataFrame:
    """Return metrics of each item with standard errors: `item, version, NAME, se_NAME, …`.

    Parameters
    ----------
    parameters : ParameterSet
        With the covariances that a calibration yields; errors are NaN where there are none.
    metrics : mapping
        Functions of an item's parameters by name; NaN for items that lack a parameter they need.
    """
    rows: list[dict[str, object]] = []
    for row, values in _items(parameters):
        covariance = parameters.covariances.get((str(row["item"]), int(row["version"])))
        found = {name: _with_error(metric, values, covariance) for name, metric in metrics.items()}
        columns = {name: value for name, (value, _) in found.items()}
        errors = {f"se_{name}": error for name, (_, error) in found.items()}
        rows.append({"item": row["item"], "version": row["version"]} | columns | errors)
    return pd.DataFrame(rows)


def intervals(parameters: ParameterSet, *, level: float = 0.95) -> pd.DataFrame:
    """Return intervals of the parameters: `item, version, a_low, a_high, b_low, …`; NaN without an error.

    Raises
    ------
    BadInput
        If `level` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise BadInput(f"level = {level:g}", where="intervals", right="a probability, as 0.95")
    table, z = parameters.table, norm.ppf((1 + level) / 2)
    out = table[["item", "version"]].copy()
    for name in (str(c).removeprefix("se_") for c in table if str(c).startswith("se_")):
        value, error = table[name].to_numpy(float), table[f"se_{name}"].to_numpy(float)
        if name in ASYMPTOTES:
            half = z * error / (value * (1 - value))
            out[f"{name}_low"], out[f"{name}_high"] = expit(logit(value) - half), expit(logit(value) + half)
        else:
            out[f"{name}_low"], out[f"{name}_high"] = value - z * error, value + z * error
    return out


def _items(parameters: ParameterSet) -> Iterator[tuple[Mapping[Hashable, Any], dict[str, float]]]:
    """Yield each item's row and its parameters by name."""
    names = [name for name in map(str, parameters.table) if PARAMETER.fullmatch(name)]
    for row in parameters.table.to_dict("records"):
        yield row, {name: float(row[name]) for name in names if pd.notna(row[name])}


def _with_error(
    metric: Metric, values: Mapping[str, float], covariance: Covariance | None
) -> tuple[float, float]:
    """Return the metric and its standard error; parameters without a covariance count as known."""
    try:
        value = metric(values)
    except KeyError:
        return np.nan, np.nan
    if covariance is None:
        return value, np.nan
    gradient = np.array([_slope(metric, values, name) for name in covariance.names])
    variance = float(gradient @ np.nan_to_num(np.array(covariance.matrix)) @ gradient)
    return value, float(np.sqrt(max(variance, 0.0)))


def _slope(metric: Metric, values: Mapping[str, float], name: str) -> float:
    """Return ∂ metric/∂ name by central differences."""
    up, down = (metric({**values, name: values[name] + step}) for step in (STEP, -STEP))
    return (up - down) / (2 * STEP)
