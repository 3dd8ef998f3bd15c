"""Drift: how far common items have moved between two calibrations, once the scales are linked.

    displacement  difficulty on the old scale, new − old (logits; mean of the thresholds); above 0: harder now
    robust_z      displacement against the median and quartiles of all anchors         Huynh & Meyer (2010)
    ratio_a       discrimination, new / old
    area          mean absolute difference of the expected scores for ability N(0, 1), share of the points
    class         A, B, C as for differences between groups, with Δ = 2.35 × displacement

An item of class C has moved too far to link with (Δb ≥ 0.64 logits and significantly above 0.43).
"""

import numpy as np
import pandas as pd

from calibration.ets import DELTA, ets_class
from calibration.linking.anchors import Anchors, difficulties, slopes
from calibration.linking.transformation import Transformation
from calibration.robust import robust_z
from engine._types import Floats
from engine.information import expected_score
from engine.pool import ItemPool
from engine.quadrature import grid, log_normal_weights


def drift_table(anchors: Anchors, line: Transformation) -> pd.DataFrame:
    """Return one row an anchor with its displacement after the transformation `line`.

    Its standard error is that of both difficulties; of one alone where the other is stated without.
    """
    moved = line.A * _location(anchors.new) + line.B - _location(anchors.old)
    new, old = line.A * _location_error(anchors.new), _location_error(anchors.old)
    known = np.hypot(np.nan_to_num(new), np.nan_to_num(old))
    return pd.DataFrame(
        {
            "item": anchors.items,
            "version": anchors.new.versions,
            "displacement": moved,
            "se": np.where(np.isnan(new) & np.isnan(old), np.nan, known),
            "robust_z": robust_z(moved),
            "ratio_a": slopes(anchors.new) / line.A / slopes(anchors.old),
            "area": _area(anchors, line),
            "class": ets_class(DELTA * moved, -DELTA * known, significant=np.abs(moved) > 1.96 * known),
        }
    )


def _location(pool: ItemPool) -> Floats:
    """Return the mean of each item's difficulties (J,); for nominal items the ability of equal log-odds."""
    b = difficulties(pool)
    count = np.isfinite(b).sum(axis=1)
    return np.where(count > 0, np.nansum(b, axis=1) / np.maximum(count, 1), np.nan)


def _location_error(pool: ItemPool) -> Floats:
    """Return a standard error of the location (J,), NaN where unknown; thresholds taken as independent."""
    table = pool.parameters.table
    names = [c for c in pool.parameters.parameter_columns() if c.startswith("se_b")]
    if not names:
        return np.full(len(pool), np.nan)
    errors = table[names].to_numpy(float)
    count = np.isfinite(errors).sum(axis=1)
    return np.where(count > 0, np.sqrt(np.nansum(errors**2, axis=1)) / np.maximum(count, 1), np.nan)


def _area(anchors: Anchors, line: Transformation) -> Floats:
    nodes = grid()
    weights = np.exp(log_normal_weights(nodes))
    new = expected_score(anchors.new.log_prob(line.inverse(nodes)), axis=1)
    old = expected_score(anchors.old.log_prob(nodes), axis=1)
    return np.asarray(np.abs(new - old) @ weights / (anchors.old.n_categories - 1))
