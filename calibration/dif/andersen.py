"""Andersen's test: do the item parameters of a Rasch model hold in every group?

    LR = 2 (Σ_g log L_g − log L)        degrees of freedom: (G − 1) × free parameters

with conditional likelihoods, which know nothing of how able the groups are. Of each item Wald's χ² of its
difficulties, on scales that sum to zero in each group, tells where the difference lies.

Andersen (1973), Psychometrika 38, 123–140; Fischer & Scheiblechner (1970), Psychologische Beiträge 12, 23–51.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from calibration.conditional import ConditionalML
from calibration.dif.groups import Groups
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult
from engine._types import Bools, Floats
from items.errors import BadInput


@dataclass(frozen=True, slots=True, eq=False)
class Andersen:
    """The test of the whole, and of each item (J,); NaN for items that do not vary in every group.

    Attributes
    ----------
    statistic, df, p
        LR, its degrees of freedom and its probability where nothing differs.
    wald, p_wald
        χ² of each item with G − 1 degrees of freedom.
    effect
        Difficulty in the last group less that in the first (logits); above 0 = harder for the last.
    se_effect
        Its standard error.
    """

    statistic: float
    df: int
    p: float
    wald: Floats
    p_wald: Floats
    effect: Floats
    se_effect: Floats


def andersen(responses: ResponseMatrix, groups: Groups) -> Andersen:
    """Test whether the groups share the items of a Rasch model (partial credit with more categories).

    Items that lack a category in one of the groups are left out of all.

    Raises
    ------
    BadInput
        If fewer than two items are left, or answers are missing in too many patterns.
    """
    members = [responses.take_persons(groups.index == g) for g in range(len(groups.labels))]
    kept = np.logical_and.reduce([_every_category(part) for part in members])
    if kept.sum() < 2:
        raise BadInput(
            f"{kept.sum()} items show every category in every group of {groups.name}",
            right="at least two; mh or logistic need less",
        )
    settings = ConditionalML(model="rasch" if responses.n_categories.max() == 2 else "pcm")
    together, *apart = (
        settings.fit(part.take_items(kept)) for part in (responses.take_persons(groups.index >= 0), *members)
    )
    statistic = 2 * (sum(result.log_likelihood for result in apart) - together.log_likelihood)
    df = (len(apart) - 1) * together.n_parameters
    wald, effect, error = (np.full(responses.n_items, np.nan) for _ in range(3))
    wald[kept], effect[kept], error[kept] = _differences(apart)
    p_wald = np.asarray(chi2.sf(wald, len(apart) - 1))
    return Andersen(statistic, df, float(chi2.sf(statistic, df)), wald, p_wald, effect, error)


def _every_category(responses: ResponseMatrix) -> Bools:
    """Return which items (J,) show all their categories."""
    shown = np.count_nonzero(responses.category_counts(), axis=1)
    return np.asarray(shown == responses.n_categories)


def _differences(results: list[CalibrationResult]) -> tuple[Floats, Floats, Floats]:
    """Return Wald's χ² of the items' difficulties over the groups, last − first and its error (J,) each."""
    b, variance = (np.array(part) for part in zip(*map(_locations, results), strict=True))
    distance = (b[1:] - b[0]).T
    spread = variance[0][:, None, None] + np.einsum("gj,gh->jgh", variance[1:], np.eye(len(b) - 1))
    wald = np.einsum("jg,jgh,jh->j", distance, np.linalg.inv(spread), distance)
    return wald, b[-1] - b[0], np.sqrt(variance[0] + variance[-1])


def _locations(result: CalibrationResult) -> tuple[Floats, Floats]:
    """Return the mean difficulty of each item (J,) and its variance."""
    table = result.parameters
    steps = [name for name in table if str(name).startswith("b")]
    matrices = [
        np.array(result.covariances[one].matrix) for one in zip(table["item"], table["version"], strict=True)
    ]
    return table[steps].mean(axis=1).to_numpy(float), np.array([m.sum() / m.shape[0] ** 2 for m in matrices])
