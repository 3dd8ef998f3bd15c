"""Models of the same answers side by side: AIC, BIC, and likelihood-ratio tests of nested ones."""

from collections.abc import Mapping, Sequence

import pandas as pd
from scipy.stats import chi2

from dashboard.answers import label
from items.storage.parameter_sets import StoredSet

NESTED: Mapping[str, frozenset[str]] = {
    "rasch": frozenset({"1pl", "2pl", "3pl", "4pl"}),
    "1pl": frozenset({"2pl", "3pl", "4pl"}),
    "2pl": frozenset({"3pl", "4pl"}),
    "3pl": frozenset({"4pl"}),
    "rsm": frozenset({"pcm", "gpcm", "nrm"}),
    "pcm": frozenset({"gpcm", "nrm"}),
    "gpcm": frozenset({"nrm"}),
}
"""For each model the wider ones that hold it as a special case."""

COLUMNS = ["set", "model", "parameters", "log_likelihood", "aic", "bic", "statistic", "df", "p"]


def compare_models(sets: Sequence[StoredSet]) -> pd.DataFrame:
    """Return one row a model of the newest calibrated answers, from the narrowest to the widest.

    `statistic`, `df` and `p` test each model against the one above it, where that is a special case of it.
    The 3PL and 4PL hold the 2PL at the edge of what their asymptotes may be: there p is too large.
    """
    told = [one for one in sets if one.parameters.provenance.get("data")]
    if not told:
        return pd.DataFrame(columns=COLUMNS)
    same = [one for one in told if _answers(one) == _answers(told[-1])]
    newest = {label(one.parameters): one for one in same}
    ordered = sorted(newest.values(), key=lambda one: one.parameters.provenance["n_parameters"])
    rows = [_row(one) for one in ordered]
    for narrow, wide, row in zip(ordered, ordered[1:], rows[1:], strict=False):
        if is_special_case(narrow, wide):
            row |= _test(narrow, wide)
    return pd.DataFrame(rows, columns=COLUMNS)


def is_special_case(narrow: StoredSet, wide: StoredSet) -> bool:
    """Return whether each item's model in one set is that of the other set, or a special case of it."""
    pairs = narrow.parameters.table.merge(wide.parameters.table, on=["item", "version"])
    return all(
        one == other or other in NESTED.get(one, ())
        for one, other in zip(pairs["model_x"], pairs["model_y"], strict=True)
    )


def _answers(one: StoredSet) -> tuple[object, ...]:
    return one.parameters.provenance["data"], len(one.parameters.table)


def _row(one: StoredSet) -> dict[str, object]:
    told = one.parameters.provenance
    return {
        "set": one.id,
        "model": label(one.parameters),
        "parameters": told["n_parameters"],
        **{name: told[name] for name in ("log_likelihood", "aic", "bic")},
    }


def _test(narrow: StoredSet, wide: StoredSet) -> dict[str, object]:
    """Return the likelihood-ratio test of two nested models."""
    one, other = narrow.parameters.provenance, wide.parameters.provenance
    statistic = 2 * (other["log_likelihood"] - one["log_likelihood"])
    df = other["n_parameters"] - one["n_parameters"]
    return {"statistic": statistic, "df": df, "p": float(chi2.sf(statistic, df))}
