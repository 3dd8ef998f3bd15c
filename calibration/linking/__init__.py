"""Linking: two calibrations of common items put on one scale, and scores of two forms made comparable."""

from calibration.linking.link import Link, link
from calibration.linking.transformation import Transformation

__all__ = ["Link", "Transformation", "link"]
