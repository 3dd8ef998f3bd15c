"""Differential item functioning: questions harder for one group than for equally able people of another."""

from calibration.dif.compare import DifAnalysis, compare_groups
from calibration.dif.groups import Groups, find_groups

__all__ = ["DifAnalysis", "Groups", "compare_groups", "find_groups"]
