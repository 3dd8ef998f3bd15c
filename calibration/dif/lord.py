"""Lord's χ²: are an item's parameters the same in two groups, each calibrated on its own?

    χ² = δ' (Σ_R + Σ_F)⁻¹ δ,   δ = focal − reference, on the reference group's scale

over slope and difficulties (asymptotes are not compared). Lord (1980), Applications of Item Response Theory,
eq. 14-2; the scales are linked by the curve of the items that do not differ (Candell & Drasgow 1988). The
error of the link itself is not counted.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from calibration.linking.anchors import Anchors
from calibration.linking.methods import stocking_lord
from calibration.linking.transformation import Transformation
from engine._types import Bools, Floats
from engine.pool import ItemPool
from items.parameters import Covariance, ParameterSet


@dataclass(frozen=True, slots=True, eq=False)
class ParameterDif:
    """Comparison of J items' parameters, each (J,).

    Attributes
    ----------
    statistic, df, p
        χ², its degrees of freedom, its probability under no difference.
    effect
        Lord: mean difference of the difficulties; Raju: signed area; above 0 = harder for the focal group.
    se_effect
        Its standard error.
    p_slope
        Probability of so large a difference of the slopes, NaN where they are pinned.
    unsigned
        Unsigned area (Raju only).
    """

    statistic: Floats
    df: Floats
    p: Floats
    effect: Floats
    se_effect: Floats
    p_slope: Floats
    unsigned: Floats

    @property
    def kind(self) -> list[str]:
        """Whether the slope differs at 5 %: then who has it harder changes with ability."""
        return ["non-uniform" if p < 0.05 else "uniform" for p in self.p_slope]


def lord(reference: ParameterSet, focal: ParameterSet, anchor: Bools) -> ParameterDif:
    """Compare items that both groups' calibrations hold, in the same order; `anchor` (J,) links the scales.

    Raises
    ------
    ValueError
        If a set lacks the covariances of an item.
    """
    moved = link_groups(reference, focal, anchor).apply(focal)
    rows = [_compare(reference, moved, index, item) for index, item in enumerate(reference.table["item"])]
    statistic, df, effect, error, p_slope = np.array(rows).T
    p = np.asarray(chi2.sf(statistic, df))
    return ParameterDif(statistic, df, p, effect, error, p_slope, np.full(len(rows), np.nan))


def link_groups(reference: ParameterSet, focal: ParameterSet, anchor: Bools) -> Transformation:
    """Return the line from the focal group's scale to the reference group's, by the anchors' test curve."""
    pools = (ItemPool.from_parameters(parameters) for parameters in (focal, reference))
    return stocking_lord(Anchors(*pools).keep(anchor))


def compared(covariance: Covariance) -> list[int]:
    """Return the places of slopes and difficulties among an item's parameters."""
    return [place for place, name in enumerate(covariance.names) if name[0] in "ab"]


def covariance_of(parameters: ParameterSet, row: int, item: str) -> Covariance:
    """Return the covariance of a row's parameters; raises ValueError where the set does not hold it."""
    found = parameters.covariances.get((item, int(parameters.table["version"].iloc[row])))
    if found is None:
        raise ValueError(f"the calibration holds no covariance of item '{item}'")
    return found


def _compare(reference: ParameterSet, focal: ParameterSet, row: int, item: str) -> tuple[float, ...]:
    """Return χ², df, the mean difference of difficulties with its error, and the slopes' probability."""
    delta, covariance, names = difference(reference, focal, row, item)
    statistic = float(delta @ np.linalg.pinv(covariance) @ delta)
    steps = [place for place, name in enumerate(names) if name.startswith("b")]
    slope = [place for place, name in enumerate(names) if name.startswith("a")]
    z = abs(delta[slope[0]]) / np.sqrt(covariance[slope[0], slope[0]]) if slope else np.nan
    error = np.sqrt(covariance[np.ix_(steps, steps)].mean())
    return statistic, float(len(names)), float(delta[steps].mean()), float(error), float(2 * norm.sf(z))


def difference(
    reference: ParameterSet, focal: ParameterSet, row: int, item: str
) -> tuple[Floats, Floats, list[str]]:
    """Return focal − reference (P,), its covariance (P, P), and the parameters' names."""
    known = [covariance_of(parameters, row, item) for parameters in (reference, focal)]
    places = compared(known[0])
    names = [known[0].names[place] for place in places]
    values = [parameters.table.iloc[row][names].to_numpy(float) for parameters in (reference, focal)]
    total = sum(np.array(covariance.matrix)[np.ix_(places, places)] for covariance in known)
    return values[1] - values[0], np.asarray(total), names
