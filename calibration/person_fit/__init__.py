"""People whose answers do not go together: careless, helped, copied, or prepared with the very questions."""

from calibration.person_fit.likelihood import LikelihoodFit, likelihood_fit
from calibration.person_fit.table import person_table

__all__ = ["LikelihoodFit", "likelihood_fit", "person_table"]
