"""Classical statistics of each item, and beside the observed value what the model expects.

    p            mean score as a share of the points, with its interval (Wilson 1927 for two categories)
    rit, rir     correlation of the score with the total, and with the rest of the test ("corrected")
    biserial     rir as if a normal variable stood behind the score (polyserial for more categories)
    uli          mean score of the best 27 % less that of the weakest 27 %, as a share of the points
    not_reached  share of people who left it and all later items of the form blank
    expected_p   mean score that the model expects from the very people who met the item
    expected_rir the same for rir, from simulated answers of those people

In an adaptive test easy items go to weak people: p says little there and the difference from `expected_p`
everything. What stands for "the rest" then is the ability that the other answers show (see `standing`).

Lord & Novick (1968), ch. 15; biserial: eq. 15.4.2; upper and lower groups: Kelley (1939).
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from calibration.abilities import Abilities
from calibration.classical.standing import is_common_form, standing
from calibration.responses import IDK, OMITTED, ResponseMatrix
from engine._types import Floats, Ints
from engine.information import expected_score

TAIL = 0.27


def item_statistics(abilities: Abilities, *, expected_rir: Floats | None = None) -> pd.DataFrame:
    """Return one row an item: `item, n, points, mean, sd, p, p_low, p_high, rit, rir, biserial, uli, …`.

    Further columns: `lowest` and `highest` (share of people in the extreme categories), `omit`, `idk` (shares
    of the answers), `not_reached`, `expected_p`, `expected_rir`. `points` is the most that can be earned.
    Statistics that nobody's answers define stay empty.

    Parameters
    ----------
    expected_rir : (J,), optional
        Item-rest correlations to expect, from replicates.
    """
    responses = abilities.responses
    n = np.bincount(responses.items_index, minlength=responses.n_items)
    points = abilities.pool.n_categories - 1
    top, rest = points[responses.items_index], standing(abilities)
    rir = item_rest(abilities)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _mean_by_item(responses, responses.category, n)
        sd = np.sqrt(_mean_by_item(responses, responses.category.astype(float) ** 2, n) - mean**2)
        low, high = share_interval(mean / points, sd / points, n, binary=points == 1)
        fitted = abilities.posterior @ expected_score(abilities.log_prob, axis=1).T
        expected = fitted[responses.persons_index, responses.items_index]
        columns = {
            "n": n,
            "points": points,
            "mean": mean,
            "sd": sd,
            "p": mean / points,
            "p_low": low,
            "p_high": high,
            "rit": _item_total(responses, rest, n),
            "rir": rir,
            "biserial": rir * sd / _category_density(responses, n),
            "uli": _upper_less_lower(responses, rest) / points,
            "lowest": _mean_by_item(responses, responses.category == 0, n),
            "highest": _mean_by_item(responses, responses.category == top, n),
            "omit": _mean_by_item(responses, responses.code == OMITTED, n),
            "idk": _mean_by_item(responses, responses.code == IDK, n),
            "not_reached": not_reached(responses),
            "expected_p": _mean_by_item(responses, expected, n) / points,
            "expected_rir": np.full(n.size, np.nan) if expected_rir is None else expected_rir,
        }
    return pd.DataFrame({"item": responses.items, **columns})


def item_rest(abilities: Abilities) -> Floats:
    """Return the correlation of each item's score with its people's standing without it (J,)."""
    return correlation_by_item(abilities.responses, abilities.responses.category, standing(abilities))


def not_reached(responses: ResponseMatrix) -> Floats:
    """Return the share of people who left the item and all later ones blank (J,); NaN without a common form.

    The log's order of the items is taken for that of the form; people without any answer do not count.
    """
    if not is_common_form(responses):
        return np.full(responses.n_items, np.nan)
    last = np.full(responses.n_persons, -1)
    np.maximum.at(last, responses.persons_index, responses.items_index)
    stopped = np.bincount(last[last >= 0], minlength=responses.n_items)
    return np.asarray((np.cumsum(stopped) - stopped) / stopped.sum())


def correlation_by_item(responses: ResponseMatrix, x: Floats | Ints, y: Floats) -> Floats:
    """Return the correlation of x and y (R,) over each item's answers (J,); NaN where one is constant."""
    n = np.bincount(responses.items_index, minlength=responses.n_items)
    x = np.asarray(x, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        dx = x - _mean_by_item(responses, x, n)[responses.items_index]
        dy = y - _mean_by_item(responses, y, n)[responses.items_index]
        xx, yy, xy = (_mean_by_item(responses, part, n) for part in (dx * dx, dy * dy, dx * dy))
        return np.asarray(np.where((xx > 1e-12) & (yy > 1e-12), xy / np.sqrt(xx * yy), np.nan))


def _mean_by_item(responses: ResponseMatrix, values: Floats | Ints, n: Ints) -> Floats:
    return np.asarray(np.bincount(responses.items_index, values, minlength=n.size) / n)


def share_interval(p: Floats, sd: Floats, n: Ints, *, binary: Floats) -> tuple[Floats, Floats]:
    """Return 95 % limits of mean shares of points (J,): Wilson's for two categories, else normal ones."""
    z = norm.ppf(0.975)
    centre, width = (p + z**2 / (2 * n)) / (1 + z**2 / n), z / (1 + z**2 / n)
    wilson = width * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    plain = z * sd / np.sqrt(n)
    low, high = np.where(binary, centre - wilson, p - plain), np.where(binary, centre + wilson, p + plain)
    return np.clip(low, 0, p), np.clip(high, p, 1)


def _item_total(responses: ResponseMatrix, rest: Floats, n: Ints) -> Floats:
    """Return the correlation with the total, the item itself included; NaN where there is no common total."""
    if not is_common_form(responses):
        return np.full(n.size, np.nan)
    return correlation_by_item(responses, responses.category, rest + responses.category)


def _category_density(responses: ResponseMatrix, n: Ints) -> Floats:
    """Return Σ φ(z_k) over the boundaries between categories (J,): what turns rir into a polyserial."""
    counts = responses.category_counts()
    above = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1][:, 1:] / np.maximum(n, 1)[:, None]
    inside = (above > 0) & (above < 1)
    return np.asarray(np.where(inside, norm.pdf(norm.ppf(np.where(inside, above, 0.5))), 0.0).sum(axis=1))


def _upper_less_lower(responses: ResponseMatrix, rest: Floats) -> Floats:
    """Return the mean score of the best less that of the weakest 27 % of each item's people (J,)."""
    order = np.lexsort((rest, responses.items_index))
    n = np.bincount(responses.items_index, minlength=responses.n_items)
    first = np.concatenate([[0], np.cumsum(n)])[:-1]
    score = np.concatenate([[0.0], np.cumsum(responses.category[order], dtype=float)])
    size = np.rint(TAIL * n).astype(np.int64)
    lower = score[first + size] - score[first]
    upper = score[first + n] - score[first + n - size]
    return np.where(size > 0, (upper - lower) / np.maximum(size, 1), np.nan)
