"""Tables of times: one row an item, one row a person."""

import numpy as np
import pandas as pd

from calibration.abilities import Abilities
from calibration.response_time.lognormal import LogNormalTimes, timed
from calibration.response_time.preknowledge import preknowledge
from calibration.response_time.rapid import mixture_thresholds, normative_thresholds, rapid
from engine._types import Floats


def item_times(abilities: Abilities, times: LogNormalTimes) -> pd.DataFrame:
    """Return one row an item: `item, n_timed, median_s, intensity, time_discrimination, threshold_s, …`.

    Further: `se_intensity`, `se_time_discrimination`, `threshold_mixture_s`, `rapid` (share of answers below
    the normative threshold), `rapid_p` (mean share of points of rapid answers), `info_per_minute` (mean
    information at its people's ability), `kappa`.
    """
    responses = abilities.responses
    thresholds = normative_thresholds(responses)
    fast, known = rapid(responses, thresholds), timed(responses)
    n = np.bincount(responses.items_index[known], minlength=responses.n_items)
    n_fast = np.bincount(responses.items_index[fast], minlength=responses.n_items)
    scored = np.bincount(responses.items_index[fast], responses.category[fast], minlength=responses.n_items)
    assert responses.time_s is not None
    frame = pd.DataFrame({"item": responses.items_index[known], "time": responses.time_s[known]})
    median = frame.groupby("item")["time"].median().reindex(range(responses.n_items)).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        return pd.DataFrame(
            {
                "item": responses.items,
                "n_timed": n,
                "median_s": median,
                "intensity": times.intensity,
                "se_intensity": times.se_intensity,
                "time_discrimination": times.discrimination,
                "se_time_discrimination": times.se_discrimination,
                "threshold_s": thresholds,
                "threshold_mixture_s": mixture_thresholds(responses),
                "rapid": n_fast / n,
                "rapid_p": scored / n_fast / (abilities.pool.n_categories - 1),
                "info_per_minute": _information(abilities) / median * 60,
                "kappa": preknowledge(abilities, times)[1],
            }
        )


def person_times(abilities: Abilities, times: LogNormalTimes) -> pd.DataFrame:
    """Return one row a person: `n_timed, speed, se_speed, effort` (share of answers that are not rapid),
    `kappa`.
    """
    responses = abilities.responses
    fast = rapid(responses, normative_thresholds(responses))
    n = np.bincount(responses.persons_index[timed(responses)], minlength=responses.n_persons)
    n_fast = np.bincount(responses.persons_index[fast], minlength=responses.n_persons)
    with np.errstate(divide="ignore", invalid="ignore"):
        effort = 1 - n_fast / n
    kappa, _ = preknowledge(abilities, times)
    columns = {"n_timed": n, "speed": times.speed, "se_speed": times.se, "effort": effort, "kappa": kappa}
    return pd.DataFrame(columns)


def _information(abilities: Abilities) -> Floats:
    """Return the mean information of each item over the posteriors of its people (J,)."""
    people = abilities.expected_counts().sum(axis=1)
    information = abilities.pool.information(abilities.nodes)
    with np.errstate(invalid="ignore"):
        return np.asarray((people * information).sum(axis=1) / people.sum(axis=1))
