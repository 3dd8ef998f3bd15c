"""Does the model describe the answers: of each item, of pairs, of the whole test?"""

from calibration.fit.limited_information import ModelFit, model_fit
from calibration.fit.pseudo_counts import deviations_and_scores, observed_curves
from calibration.fit.table import fit_table

__all__ = ["ModelFit", "deviations_and_scores", "fit_table", "model_fit", "observed_curves"]
