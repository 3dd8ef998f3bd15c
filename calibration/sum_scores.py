"""The distribution of the sum score given ability, by the recursion of Lord & Wingersky (1984).

Lord & Wingersky (1984), Applied Psychological Measurement 8, 453–461; for more than two categories Thissen,
Pommerich, Billeaud & Williams (1995), Applied Psychological Measurement 19, 39–49.
"""

import numpy as np

from engine._types import Floats


def sum_score_distribution(prob: Floats) -> Floats:
    """Return P(sum score = s | θ) as (S, Q), S = 1 + the highest sum, from probabilities (J, K, Q)."""
    distribution: Floats = np.ones((1, prob.shape[-1]))
    for item in prob:
        distribution = add_item(distribution, item)
    return _trim(distribution)


def rest_score_distributions(prob: Floats) -> Floats:
    """Return the distribution of the sum of all other items, one for each left-out item: (J, S, Q)."""
    n_items, n_categories, n_nodes = prob.shape
    nobody = np.zeros((n_categories, n_nodes))
    nobody[0] = 1.0
    distributions: Floats = np.ones((n_items, 1, n_nodes))
    for item in range(n_items):
        added = np.broadcast_to(prob[item], (n_items, n_categories, n_nodes)).copy()
        added[item] = nobody
        distributions = add_item(distributions, added)
    return _trim(distributions)


def add_item(distribution: Floats, prob: Floats) -> Floats:
    """Return the distribution (*S, S + K − 1, Q) of a sum (*S, S, Q) and one more item (*S, K, Q)."""
    *leading, n_scores, n_nodes = distribution.shape
    n_categories = prob.shape[-2]
    out = np.zeros((*leading, n_scores + n_categories - 1, n_nodes))
    for category in range(n_categories):
        out[..., category : category + n_scores, :] += prob[..., category : category + 1, :] * distribution
    return out


def _trim(distribution: Floats) -> Floats:
    """Drop the highest scores that no one can reach, which padding has added."""
    reachable = np.flatnonzero(distribution.reshape(-1, *distribution.shape[-2:]).any(axis=(0, 2)))
    return distribution[..., : reachable[-1] + 1, :]
