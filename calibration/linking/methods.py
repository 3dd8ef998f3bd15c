"""Four ways to find A and B from common items.

mean-mean      A from the mean slopes, B from the mean difficulties        Loyd & Hoover (1980)
mean-sigma     A from the spread of the difficulties, B from their means   Marco (1977)
haebara        the least squared difference of the items' curves           Haebara (1980)
stocking-lord  the least squared difference of the test's curve            Stocking & Lord (1983), eq. 5

Kolen & Brennan (2014), Test Equating, Scaling, and Linking, ch. 6; Kim & Lee (2006), JEM 43, for items with
more than two categories. Both curve methods weigh ability N(0, 1) on the old scale and transform new → old.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import least_squares

from calibration.linking.anchors import Anchors, difficulties, slopes
from calibration.linking.transformation import Transformation
from engine._types import Floats
from engine.information import expected_score
from engine.quadrature import grid, log_normal_weights

Method = Callable[[Anchors], Transformation]


def mean_mean(anchors: Anchors) -> Transformation:
    """Link by the means of slopes and difficulties; A = 1 where all slopes are pinned to 1."""
    ratio = np.nanmean(slopes(anchors.new)) / np.nanmean(slopes(anchors.old))
    return _through_means(anchors, 1.0 if anchors.same_unit else float(ratio))


def mean_sigma(anchors: Anchors) -> Transformation:
    """Link by mean and spread of the difficulties; A = 1 where all slopes are pinned to 1."""
    ratio = np.nanstd(difficulties(anchors.old)) / np.nanstd(difficulties(anchors.new))
    return _through_means(anchors, 1.0 if anchors.same_unit else float(ratio))


def haebara(anchors: Anchors) -> Transformation:
    """Link by the curves of the items' categories."""
    return _least_squares(anchors, np.exp)


def stocking_lord(anchors: Anchors) -> Transformation:
    """Link by the curve of the whole anchor test's expected score."""
    return _least_squares(anchors, lambda log_p: expected_score(log_p, axis=1).sum(axis=0))


METHODS: dict[str, Method] = {
    "mean-mean": mean_mean,
    "mean-sigma": mean_sigma,
    "haebara": haebara,
    "stocking-lord": stocking_lord,
}


def _through_means(anchors: Anchors, a: float) -> Transformation:
    shift = np.nanmean(difficulties(anchors.old)) - a * np.nanmean(difficulties(anchors.new))
    return Transformation(a, float(shift))


def _least_squares(anchors: Anchors, curve: Callable[[Floats], Floats]) -> Transformation:
    """Minimise Σ_q w_q (curve_old(θ_q) − curve_new((θ_q − B)/A))² over log A and B."""
    nodes = grid()
    root = np.exp(0.5 * log_normal_weights(nodes))
    target = curve(anchors.old.log_prob(nodes)) * root

    def line(x: Floats) -> Transformation:
        return Transformation(1.0 if anchors.same_unit else float(np.exp(x[0])), float(x[-1]))

    def residuals(x: Floats) -> Floats:
        return np.ravel(target - curve(anchors.new.log_prob(line(x).inverse(nodes))) * root)

    start = np.zeros(1 if anchors.same_unit else 2)
    return line(least_squares(residuals, start, xtol=1e-12, ftol=1e-12, gtol=1e-12).x)
