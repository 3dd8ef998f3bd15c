"""Compare groups of people on every item: DIF, its curves, and, kept apart from it, the groups' impact."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from calibration import MarginalML, ResponseMatrix
from calibration.abilities import Abilities
from calibration.classical.standing import is_common_form
from calibration.dif import DifAnalysis, Groups, compare_groups, find_groups
from calibration.dif.curves import dif_curves
from calibration.dif.impact import impact_table, standing_shares
from calibration.dif.matching import Strata, by_ability, by_sum_score
from calibration.person_fit.weighted import weighted_likelihood
from engine._types import Floats
from engine.pool import ItemPool
from items.csv_file import read_csv
from items.errors import BadInput
from items.parameters import ParameterSet

METHODS: Mapping[str, str] = {
    "mh": "Mantel–Haenszel, with ETS classes",
    "logistic": "logistic regression, uniform and non-uniform",
    "lord": "Lord's χ², each group calibrated on its own",
    "raju": "Raju's areas, each group calibrated on its own",
    "lr": "likelihood ratio, item by item (slow)",
    "andersen": "conditional likelihood ratio of the Rasch model",
}
EVERYBODY = "everybody else"
"""Stands for a reference group that is not named."""

Tables = dict[str, pd.DataFrame]


def compare(
    responses: ResponseMatrix, wanted: Mapping[str, Any], parameters: ParameterSet | None
) -> tuple[Tables, dict[str, Any]]:
    """Return the tables and facts of a comparison.

    Parameters
    ----------
    wanted : mapping
        `group` (column), `focal` and `reference` (values, or None), `method`, `purify`.
    parameters : ParameterSet or None
        For matching where people met different items; calibrated from the log if not given.

    Returns
    -------
    tables : dict
        `dif` as `compare_groups` gives it, `curves` (mean scores by group and standing), `impact` (means of
        the groups) and `shares` (how they are spread).
    facts : dict
        What was compared and how, for people to read.

    Raises
    ------
    BadInput
        If the groups cannot be compared, or by this method.
    """
    named = {name: wanted.get(name) or None for name in ("focal", "reference")}
    groups = find_groups(responses, str(wanted["group"]), **named)
    common = is_common_form(responses)
    if parameters is None and not common:
        model = "2pl" if responses.n_categories.max() == 2 else "gpcm"
        parameters = MarginalML(model=model, standard_errors="none").fit(responses).parameter_set()
    known = [parameters is None or item in set(parameters.table["item"]) for item in responses.items]
    left_out = [item for item, kept in zip(responses.items, known, strict=True) if not kept]
    responses = responses.take_items(np.array(known)) if left_out else responses
    found = compare_groups(
        responses, groups, method=wanted["method"], purified=bool(wanted["purify"]), parameters=parameters
    )
    strata, standing = _standing(responses, parameters)
    tables = {
        "dif": found.table,
        "curves": dif_curves(responses, groups, strata),
        "impact": impact_table(standing, groups),
        "shares": standing_shares(standing, groups),
    }
    facts = _facts(found, groups, common=common, purified=bool(wanted["purify"]))
    return tables, facts | {"left_out": left_out}


def _facts(found: DifAnalysis, groups: Groups, *, common: bool, purified: bool) -> dict[str, Any]:
    return {
        "method": found.method,
        "group": groups.name,
        "labels": list(groups.labels),
        "sizes": groups.sizes.tolist(),
        "matched_on": found.matched_on,
        "standing": "sum score (points)" if common else "ability θ (logits)",
        "purified": purified,
        "rounds": found.rounds,
        "settled": found.converged,
        "anchors": len(found.anchors),
        "n_items": len(found.table),
    }


def _standing(responses: ResponseMatrix, parameters: ParameterSet | None) -> tuple[Strata, Floats]:
    """Return where people (N,) stand, by sum score on a common form, else by ability, and their strata."""
    everything = np.ones(responses.n_items, bool)
    if parameters is None or is_common_form(responses):
        total = np.bincount(responses.persons_index, responses.category, minlength=responses.n_persons)
        return by_sum_score(responses)(everything), np.asarray(total, float)
    abilities = Abilities.of(responses, ItemPool.from_parameters(parameters))
    strata = by_ability(responses, lambda _: abilities.theta)(everything)
    return strata, weighted_likelihood(responses, abilities.pool)


def with_groups(responses: ResponseMatrix, path: str | Path) -> ResponseMatrix:
    """Return the responses with the groups that a file names: CSV `person,g_…`.

    Raises
    ------
    BadInput
        If the file has no such columns, names a person twice, or none of these people.
    """
    table = read_groups(path)
    groups = table.reindex(pd.Index(responses.persons).map(str)).reset_index(drop=True)
    if groups.isna().all(axis=None):
        raise BadInput(
            f"names none of the {responses.n_persons:,} people",
            where=Path(path).name,
            right="the column person with the names of the sessions",
        )
    return replace(responses, groups=groups)


def read_groups(path: str | Path) -> pd.DataFrame:
    """Return the columns `g_*` of a file by person; raises BadInput where it has none, or a person twice."""
    name = Path(path).name
    table = read_csv(path, right="CSV: person,g_…", where=name, dtype=str, skipinitialspace=True)
    columns = [column for column in map(str, table.columns) if column.startswith("g_")]
    if "person" not in table or not columns:
        raise BadInput("lacks the column person, or any column g_…", where=name, right="person,g_gender")
    twice = table.loc[table["person"].duplicated(), "person"]
    if len(twice):
        raise BadInput(f"names person {twice.iloc[0]} twice", where=name, right="one row a person")
    return table.set_index("person")[columns]
