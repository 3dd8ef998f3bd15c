"""One row an item: how well the model describes its answers."""

import numpy as np
import pandas as pd

from calibration.abilities import Abilities
from calibration.fit.mean_squares import posterior_mean_squares
from calibration.fit.multiple_testing import adjust
from calibration.fit.pseudo_counts import pseudo_count_fit, root_mean_squared_deviation
from calibration.fit.s_x2 import sum_score_fit
from calibration.not_enough import not_enough
from engine._types import Floats

HALF = 0.5
"""Share of the people who must have met every item for S-X² to speak for all."""


def fit_table(abilities: Abilities, simulated: Floats | None = None, *, minimum: int = 50) -> pd.DataFrame:
    """Return `item, n, infit, infit_t, outfit, outfit_t, rmsd, s_x2, df, p, p_adjusted, rmsea, …, note`.

    Mean squares are averaged over each person's posterior. S-X² stands where at least half of the people, and
    `minimum` of them, met every item. Further: `chi2_simulated, df_simulated, p_simulated,
    p_simulated_adjusted` (χ²*, for any log).

    Parameters
    ----------
    simulated : (B, J, …), optional
        Deviations and scores of replicates (`deviations_and_scores`).
    """
    responses = abilities.responses
    n = np.bincount(responses.items_index, minlength=responses.n_items)
    squares = posterior_mean_squares(abilities)
    nothing = np.full(responses.n_items, np.nan)
    columns = {
        "infit": squares.infit,
        "infit_t": squares.infit_t,
        "outfit": squares.outfit,
        "outfit_t": squares.outfit_t,
        "rmsd": root_mean_squared_deviation(abilities),
        **dict.fromkeys(("s_x2", "df", "p", "p_adjusted", "rmsea"), nothing),
        **dict.fromkeys(("chi2_simulated", "df_simulated", "p_simulated", "p_simulated_adjusted"), nothing),
    }
    whole = int((responses.answers_per_person == responses.n_items).sum())
    wanted = max(minimum, int(HALF * responses.n_persons))
    reason = not_enough(whole, wanted, of="people who met every item, for S-X²")
    if not reason:
        by_sum = sum_score_fit(abilities)
        columns |= {"s_x2": by_sum.s_x2, "df": by_sum.df, "p": by_sum.p, "rmsea": by_sum.rmsea}
        columns["p_adjusted"] = adjust(by_sum.p)
    if simulated is not None:
        along = pseudo_count_fit(abilities, simulated)
        columns |= {"chi2_simulated": along.chi2, "df_simulated": along.df, "p_simulated": along.p}
        columns["p_simulated_adjusted"] = adjust(along.p)
    few = n < minimum
    known = {name: np.where(few, np.nan, values) for name, values in columns.items()}
    note = [not_enough(int(count), minimum) or reason for count in n]
    return pd.DataFrame({"item": responses.items, "n": n, **known, "note": note})
