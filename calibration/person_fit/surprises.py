"""One person's answers, one by one: how far is each from what ability and speed lead to expect?

    z       (x − E) / √V                            score against the model at the person's mean ability
    z_time  α (ln t − β + τ)                        time against the log-normal model; below 0 = faster

Right and fast at once on a hard item is what pre-knowledge looks like, wrong and fast is guessing.
"""

import numpy as np
import pandas as pd

from calibration.abilities import Abilities
from calibration.fit.mean_squares import residuals


def surprises(abilities: Abilities, times: pd.DataFrame, speed: float = 0.0) -> pd.DataFrame:
    """Return one row an answer of the log: `person, item, category, expected, sd, z, time_s, z_time`.

    Parameters
    ----------
    times : DataFrame
        `item`, `intensity` β and `time_discrimination` α of the items, as `item_times` gives them.
    speed : float
        τ of the person (log units).
    """
    responses = abilities.responses
    left = residuals(responses, abilities.pool, abilities.theta)
    sd = np.sqrt(left.variance)
    seconds = np.full(responses.n_responses, np.nan) if responses.time_s is None else responses.time_s
    item = np.array(responses.items, dtype=object)[responses.items_index]
    known = times.set_index("item").reindex(item)
    beta, alpha = known["intensity"].to_numpy(float), known["time_discrimination"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        z_time = alpha * (np.log(seconds) - beta + speed)
    return pd.DataFrame(
        {
            "person": responses.persons[responses.persons_index],
            "item": item,
            "category": responses.category,
            "expected": responses.category - left.y,
            "sd": sd,
            "z": left.y / sd,
            "time_s": seconds,
            "z_time": np.where(seconds > 0, z_time, np.nan),
        }
    )
