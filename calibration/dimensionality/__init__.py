"""Does the test measure one thing? Correlations behind the categories, and how many factors they hold."""

from calibration.dimensionality.parallel import Dimensions, dimensions
from calibration.dimensionality.polychoric import polychoric_correlations

__all__ = ["Dimensions", "dimensions", "polychoric_correlations"]
