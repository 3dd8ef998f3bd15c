"""A verdict on an item: statistics, options, ratings and reports joined in one sentence with an action."""

from dataclasses import dataclass

import pandas as pd

LOW = 3.0
"""Stars below which even the likely rating counts against an item."""

LEAST = 50
"""Answers below which the statistics say nothing."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to make of an item.

    Attributes
    ----------
    word : str
        "suspend", "mend", "watch", "keep", or "wait".
    sentence : str
        Why, in words.
    action : str
        What to do.
    """

    word: str
    sentence: str
    action: str


def judge(
    row: dict[str, object], flags: pd.DataFrame, reports: pd.DataFrame, *, least: int = LEAST
) -> Verdict:
    """Judge an item.

    Parameters
    ----------
    row : dict
        The item's row of the item table.
    flags : DataFrame
        Its flags, the worst first: `flag`, `severity`, `evidence`, `action`.
    reports : DataFrame
        What candidates reported of it: `problem`.
    least : int
        Answers below which the statistics say nothing.
    """
    n, reasons = int(str(row["n"])), list(flags["evidence"].head(2))
    worst = 0 if flags.empty else int(flags["severity"].iloc[0])
    keyed = int((reports["problem"] == "wrong_key").sum())
    if keyed:
        reasons.append(f"{_people(keyed)} reported a wrong key")
    if (biased := int((reports["problem"] == "biased").sum())) > 0:
        reasons.append(f"{_people(biased)} found it biased")
    rating = row.get("rating")
    if isinstance(rating, float) and rating < LOW and int(str(row["rated"])) > 0:
        reasons.append(f"it is rated {rating:.1f} stars, adjusted for who rated and how the answer went")
    sentence = "; ".join(reasons) or "nothing speaks against it"
    action = "" if flags.empty else str(flags["action"].iloc[0])
    if worst >= 5 or (worst >= 4 and keyed):
        return Verdict("suspend", sentence, action)
    if worst >= 3 or keyed or biased:
        return Verdict("mend", sentence, action or "Have a second expert look at key and wording.")
    if n < least:
        return Verdict("wait", f"{n} of at least {least} answers; {sentence}", "Let more candidates meet it.")
    if not reasons and not isinstance(row.get("model", ""), str):
        unknown = "the chosen parameters do not hold this version, so no statistics speak for or against it"
        return Verdict("wait", unknown, "Choose another set at the side, or calibrate it.")
    if reasons:
        return Verdict("watch", sentence, action or "Read the comments at the next revision.")
    return Verdict("keep", sentence, "Nothing to do.")


def _people(n: int) -> str:
    return "1 candidate" if n == 1 else f"{n} candidates"
