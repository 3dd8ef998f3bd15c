"""The test as a whole: reliability, fit and dimensions as one table, and what a reader should know."""

import pandas as pd

from calibration.classical.reliability import Reliability
from calibration.dimensionality import Dimensions
from calibration.fit import ModelFit
from calibration.responses import ResponseMatrix


def whole_table(whole: Reliability, fit: ModelFit, dimensionality: Dimensions) -> pd.DataFrame:
    """Return `statistic, value, note`, a row a number; the note says why there is none."""
    rows: list[tuple[str, float | None, str]] = [
        *((name, getattr(whole, name), whole.note) for name in ("alpha", "omega", "split_half", "sem")),
        (fit.statistic, fit.value, fit.note),
        *((name, getattr(fit, name), fit.note) for name in ("df", "p")),
        *((name, getattr(fit, name), fit.note) for name in ("rmsea", "rmsea_low", "rmsea_high", "srmsr")),
        ("dimensions", dimensionality.count, dimensionality.note),
        ("eigenvalue_ratio", dimensionality.ratio, dimensionality.note),
        ("explained_common_variance", dimensionality.ecv, dimensionality.note),
    ]
    table = pd.DataFrame(rows, columns=["statistic", "value", "note"])
    return table.astype({"value": float})


def remarks(responses: ResponseMatrix, left_out: dict[str, str], test: pd.DataFrame, raw: bool) -> list[str]:
    """Return what the reader of an analysis should know, a sentence each.

    Parameters
    ----------
    left_out : dict
        Items that cannot be analysed, and why.
    test : DataFrame
        From `whole_table`.
    raw : bool
        Whether there are raw answers that say more than the scores.
    """
    statements = [*responses.messages, *(f"{item}: {why}" for item, why in left_out.items())]
    named = test.drop_duplicates("note")
    missing = named[named["note"] != ""]
    statements += [f"{row.statistic}: {row.note}" for row in missing.itertuples()]
    if not raw:
        statements.append(
            "options: the log holds scores only; give raw answers and a key for option analysis"
        )
    return statements
