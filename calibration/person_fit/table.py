"""One row a person: ability, and how well the answers go together."""

import numpy as np
import pandas as pd

from calibration.abilities import Abilities
from calibration.classical.standing import is_common_form
from calibration.fit.mean_squares import residuals
from calibration.not_enough import notes
from calibration.person_fit.guttman import guttman_errors
from calibration.person_fit.likelihood import likelihood_fit, lz_at_mean, simulated_p
from calibration.person_fit.weighted import weighted_likelihood
from engine._types import Floats


def person_table(abilities: Abilities, *, simulated: Floats | None = None, minimum: int = 5) -> pd.DataFrame:
    """Return `person, n, score, theta, se, theta_wle, lz, lz_star, p, infit, …, guttman, note`.

    Further: `infit_t, outfit, outfit_t`. `theta` is the posterior mean. On a common form `p` is that of l_z*
    at the weighted likelihood estimate. Where people met different items it comes from replicates of l_z, and
    is empty without them.

    Parameters
    ----------
    simulated : (B, N), optional
        l_z of the persons in replicates (`lz_at_mean`).
    minimum : int
        Answers that fit needs.
    """
    responses = abilities.responses
    n = responses.answers_per_person
    wle = weighted_likelihood(responses, abilities.pool)
    fit = likelihood_fit(responses, abilities.pool, wle)
    squares = residuals(responses, abilities.pool, np.nan_to_num(wle)).mean_squares(
        responses.persons_index, responses.n_persons
    )
    common = is_common_form(responses)
    lz = fit.lz if common else lz_at_mean(abilities)
    p = fit.p if common else np.full(n.size, np.nan) if simulated is None else simulated_p(lz, simulated)
    columns = {
        "lz": lz,
        "lz_star": fit.lz_star if common else np.full(n.size, np.nan),
        "p": p,
        "infit": squares.infit,
        "infit_t": squares.infit_t,
        "outfit": squares.outfit,
        "outfit_t": squares.outfit_t,
        "guttman": guttman_errors(responses),
    }
    known = n >= minimum
    return pd.DataFrame(
        {
            "person": responses.persons,
            "n": n,
            "score": np.bincount(responses.persons_index, responses.category, minlength=n.size).astype(int),
            "theta": np.where(n > 0, abilities.theta, np.nan),
            "se": np.where(n > 0, abilities.se, np.nan),
            "theta_wle": wle,
            **{name: np.where(known, values, np.nan) for name, values in columns.items()},
            "note": notes(n, minimum),
        }
    )
