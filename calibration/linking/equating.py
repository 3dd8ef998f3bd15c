"""Equated scores: which sum on form Y means what a sum on form X does, once both are on one scale.

True-score equating goes through the ability at which form X expects the sum (Lord 1980, ch. 13); below the
sum of the lower asymptotes, where no ability expects it, scores are interpolated to (0, 0) (Kolen 1981).
Observed-score equating matches percentile ranks of the sums in a population N(mean, sd) (Zeng & Kolen 1995).
Kolen & Brennan (2014), Test Equating, Scaling, and Linking, ch. 6.
"""

import numpy as np
import pandas as pd

from calibration.sum_scores import sum_score_distribution
from engine._types import Floats, Ints
from engine.information import expected_score
from engine.pool import ItemPool
from engine.quadrature import grid, log_normal_weights

FINE = 4001
"""Nodes of the grid on which expected scores are inverted."""


def equate(form_x: ItemPool, form_y: ItemPool, *, mean: float = 0.0, sd: float = 1.0) -> pd.DataFrame:
    """Return one row a sum on form X with its equivalents on form Y by either way, unrounded.

    Parameters
    ----------
    form_x, form_y : ItemPool
        The items of each form, on one scale.
    mean, sd : float
        The population for observed-score equating.
    """
    scores = np.arange(int((form_x.n_categories - 1).sum()) + 1)
    return pd.DataFrame(
        {
            "score": scores,
            "true_score": _true_score(form_x, form_y, scores),
            "observed_score": _observed_score(form_x, form_y, mean, sd),
        }
    )


def _true_score(form_x: ItemPool, form_y: ItemPool, scores: Ints) -> Floats:
    theta = np.linspace(-40.0, 40.0, FINE)
    x, y = (expected_score(form.log_prob(theta), axis=1).sum(axis=0) for form in (form_x, form_y))
    top_x, top_y = (float((form.n_categories - 1).sum()) for form in (form_x, form_y))
    xs, ys = np.concatenate([[0.0], x, [top_x]]), np.concatenate([[0.0], y, [top_y]])
    return np.asarray(np.interp(scores, xs, ys))


def _observed_score(form_x: ItemPool, form_y: ItemPool, mean: float, sd: float) -> Floats:
    nodes = grid()
    weights = np.exp(log_normal_weights(nodes, mean, sd))
    x, y = (sum_score_distribution(np.exp(form.log_prob(nodes))) @ weights for form in (form_x, form_y))
    rank = np.cumsum(x) - 0.5 * x
    edges = np.concatenate([[0.0], np.cumsum(y)])
    return np.asarray(np.interp(rank, edges, np.arange(edges.size) - 0.5))
