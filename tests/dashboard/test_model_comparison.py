"""Models side by side: the newest fit of each to the same answers, and tests where one holds the other."""

import pandas as pd
import pytest
from scipy.stats import chi2

from dashboard.model_comparison import compare_models, is_special_case
from items.parameters import ParameterSet
from items.storage.parameter_sets import StoredSet


def _set(id, model, log_likelihood, n_parameters, *, data="log", items="xy", loglik_only=False):
    table = pd.DataFrame({"item": list(items), "model": model, "a": 1.0, "b": 0.0})
    told = {"data": data, "log_likelihood": log_likelihood, "n_parameters": n_parameters}
    told |= {"aic": 2 * (n_parameters - log_likelihood), "bic": 0.0}
    provenance = told if data else {}
    return StoredSet(
        id, "bank", "", "", "", ParameterSet(ParameterSet.from_table(table).table, provenance=provenance)
    )


def test_nested_models_are_tested_by_their_likelihood_ratio():
    """2 (−990 + 1000) = 20 on 4 − 3 = 1 degree of freedom; Wilks (1938)."""
    table = compare_models([_set(1, "2pl", -990.0, 4), _set(2, "1pl", -1000.0, 3)])
    assert table["model"].tolist() == ["1pl", "2pl"]
    assert table["statistic"].iloc[1] == pytest.approx(20.0)
    assert table["df"].iloc[1] == 1
    assert table["p"].iloc[1] == pytest.approx(chi2.sf(20.0, 1))
    assert table["p"].isna().iloc[0]


def test_only_fits_of_the_newest_answers_stand_side_by_side_and_the_newest_of_each_model():
    sets = [
        _set(1, "1pl", -10.0, 3, data="other log"),
        _set(2, "2pl", -995.0, 4),
        _set(3, "2pl", -990.0, 4),
        _set(4, "1pl", -1000.0, 3),
        _set(5, "2pl", -50.0, 2, items="x"),
        _set(6, "1pl", -1000.0, 3),
    ]
    assert compare_models(sets)["set"].tolist() == [6, 3]
    assert compare_models([_set(1, "2pl", 0.0, 1, data="")]).empty


def test_models_that_do_not_hold_each_other_are_not_tested():
    mixed = _set(1, ["2pl", "grm"], -1000.0, 4)
    assert is_special_case(_set(2, ["1pl", "gpcm"], 0.0, 3), mixed) is False
    assert is_special_case(_set(2, ["1pl", "grm"], 0.0, 3), mixed) is True
    assert is_special_case(mixed, mixed)
