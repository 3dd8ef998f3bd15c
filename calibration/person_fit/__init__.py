"""People whose answers do not go together: careless, helped, copied, or prepared with the very questions."""

from calibration.person_fit.likelihood import LikelihoodFit, likelihood_fit

__all__ = ["LikelihoodFit", "likelihood_fit"]
