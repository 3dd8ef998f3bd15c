"""Guttman errors: pairs of items of which a person got the harder one right and the easier one wrong.

The count as a share of the largest possible at that total: 0 = only the easiest right, 1 = only the hardest.
van der Flier (1977), Journal of Cross-Cultural Psychology 8; items with two categories on a common form.
"""

import numpy as np

from calibration.classical.standing import is_common_form
from calibration.responses import ResponseMatrix
from engine._types import Floats


def guttman_errors(responses: ResponseMatrix) -> Floats:
    """Return the normed count of each person (N,); NaN where it is not defined."""
    binary = responses.n_categories == 2
    if not is_common_form(responses) or not binary.any():
        return np.full(responses.n_persons, np.nan)
    answers = responses.take_items(binary).dense().astype(float)
    answered = answers >= 0
    share = np.where(answered, answers, 0).sum(axis=0) / np.maximum(answered.sum(axis=0), 1)
    ordered, met = (
        answers[:, np.argsort(-share, kind="stable")],
        answered[:, np.argsort(-share, kind="stable")],
    )
    wrong_before = np.cumsum(met & (ordered == 0), axis=1)
    errors = (wrong_before * (ordered == 1)).sum(axis=1)
    right = (ordered == 1).sum(axis=1)
    most = right * (met.sum(axis=1) - right)
    return np.asarray(np.divide(errors, most, out=np.full(most.size, np.nan), where=most > 0))
