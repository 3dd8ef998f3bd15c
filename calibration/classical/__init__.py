"""The first look at a test: classical statistics of items, scores and the whole."""

from calibration.classical.items import item_statistics
from calibration.classical.reliability import Reliability, reliability
from calibration.classical.scores import score_distribution

__all__ = ["Reliability", "item_statistics", "reliability", "score_distribution"]
