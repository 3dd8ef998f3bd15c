"""The distribution of the sum scores of a common form, and what the model expects of it."""

import numpy as np
import pandas as pd

from calibration.abilities import Abilities
from calibration.sum_scores import sum_score_distribution


def score_distribution(abilities: Abilities) -> pd.DataFrame:
    """Return one row a sum score: `score, n, share, expected`, from the persons who answered every item."""
    responses = abilities.responses
    whole = responses.take_persons(responses.answers_per_person == responses.n_items)
    expected = sum_score_distribution(abilities.prob) @ abilities.weights
    total = whole.dense().sum(axis=1, dtype=np.int64)
    n = np.bincount(total, minlength=expected.size)
    share = n / n.sum() if n.sum() else np.full(n.size, np.nan)
    return pd.DataFrame({"score": np.arange(expected.size), "n": n, "share": share, "expected": expected})
