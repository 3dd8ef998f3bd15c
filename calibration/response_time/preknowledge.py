"""Pre-knowledge: right and fast where a person should be neither.

On items that are hard for a person (chance below one half), pre-knowledge makes answers better and faster
than expected at once. Given ability and speed, surprise in the score and surprise in the time should not go
together; how far they do is

    κ = Σ z_score (−z_time) / √n

In every log right answers are somewhat faster than wrong ones, so κ is read against the median of all people,
or of all items, and against how far the lower half of them spreads. Products of residuals: van der Linden &
Guo (2008), Psychometrika 73, 365–384.
"""

import numpy as np

from calibration.abilities import Abilities
from calibration.fit.mean_squares import residuals
from calibration.response_time.lognormal import LogNormalTimes
from calibration.robust import robust_excess
from engine._types import Floats, Ints

HARD = 0.5


def preknowledge(abilities: Abilities, times: LogNormalTimes) -> tuple[Floats, Floats]:
    """Return κ of persons (N,) and items (J,) in SDs from the usual; NaN below three timed hard answers."""
    responses = abilities.responses
    residual = residuals(responses, abilities.pool, abilities.theta)
    points = (responses.n_categories - 1)[responses.items_index]
    hard = (responses.category - residual.y) / points < HARD
    used = hard & np.isfinite(times.residual)
    product = -(residual.y / np.sqrt(residual.variance) * times.residual)[used]
    return (
        _standardised(product, responses.persons_index[used], responses.n_persons),
        _standardised(product, responses.items_index[used], responses.n_items),
    )


def _standardised(product: Floats, owner: Ints, count: int) -> Floats:
    n = np.bincount(owner, minlength=count)
    total = np.bincount(owner, product, minlength=count)
    return robust_excess(np.where(n >= 3, total / np.sqrt(np.maximum(n, 1)), np.nan))
