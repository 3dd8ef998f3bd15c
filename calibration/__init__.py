"""Calibration: from response logs to item parameters with honest uncertainty."""

from calibration.marginal import MarginalML
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult

__all__ = ["CalibrationResult", "MarginalML", "ResponseMatrix"]
