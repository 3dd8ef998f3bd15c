"""Raju's areas: how far apart an item's two curves of expected score lie, one for each group.

    signed    ∫ (E_R − E_F) dθ = (d − c) Σ_k (b_Fk − b_Rk)      above 0 = harder for the focal group
    unsigned  ∫ |E_R − E_F| dθ

The signed area is exact for every model with difficulties and equal asymptotes, whatever the slopes; it is
tested against its delta-method standard error. Raju (1988), Psychometrika 53, eq. 10–12; Raju (1990), Applied
Psychological Measurement 14; graded items: Cohen, Kim & Baker (1993), Applied Psychological Measurement 17.
"""

import numpy as np
from scipy.stats import chi2, norm

from calibration.dif.lord import ParameterDif, difference, link_groups
from engine._types import Bools, Floats
from engine.information import expected_score
from engine.pool import ItemPool
from items.parameters import ParameterSet

RANGE = np.linspace(-30.0, 30.0, 6001)
"""Where the unsigned area is summed; beyond it curves of usable items have met."""


def raju(reference: ParameterSet, focal: ParameterSet, anchor: Bools) -> ParameterDif:
    """Compare items that both groups' calibrations hold, in the same order; `anchor` (J,) links scales."""
    moved = link_groups(reference, focal, anchor).apply(focal)
    rows = [_signed(reference, moved, row, item) for row, item in enumerate(reference.table["item"])]
    area, error, p_slope = np.array(rows).T
    statistic = (area / error) ** 2
    df = np.ones(len(rows))
    return ParameterDif(
        statistic, df, np.asarray(chi2.sf(statistic, df)), area, error, p_slope, unsigned(reference, moved)
    )


def unsigned(reference: ParameterSet, focal: ParameterSet) -> Floats:
    """Return the unsigned areas (J,) of two sets on one scale."""
    curves = [
        expected_score(ItemPool.from_parameters(parameters).log_prob(RANGE), axis=1)
        for parameters in (reference, focal)
    ]
    return np.asarray(np.trapezoid(np.abs(curves[0] - curves[1]), RANGE, axis=1))


def _signed(reference: ParameterSet, focal: ParameterSet, row: int, item: str) -> tuple[float, float, float]:
    """Return the signed area, its standard error, and the probability of the slopes' difference."""
    delta, covariance, names = difference(reference, focal, row, item)
    values = reference.table.iloc[row]
    c, d = (
        float(np.nan_to_num(values.get(name, np.nan), nan=default)) for name, default in (("c", 0), ("d", 1))
    )
    weight = np.array([d - c if name.startswith("b") else 0.0 for name in names])
    slope = names.index("a") if "a" in names else None
    z = np.nan if slope is None else abs(delta[slope]) / np.sqrt(covariance[slope, slope])
    return float(weight @ delta), float(np.sqrt(weight @ covariance @ weight)), float(2 * norm.sf(z))
