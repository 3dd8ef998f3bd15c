"""Does the model describe the answers: of each item, of pairs, of the whole test?"""

from calibration.fit.limited_information import ModelFit, model_fit
from calibration.fit.pseudo_counts import observed_curves, pseudo_count_chi2
from calibration.fit.table import fit_table

__all__ = ["ModelFit", "fit_table", "model_fit", "observed_curves", "pseudo_count_chi2"]
