"""Time: how long questions take, how fast people work, who only guesses."""

from calibration.response_time.lognormal import LogNormalTimes, fit_times
from calibration.response_time.rapid import independent_answers
from calibration.response_time.table import item_times, person_times

__all__ = ["LogNormalTimes", "fit_times", "independent_answers", "item_times", "person_times"]
