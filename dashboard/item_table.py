"""One row for each item of a bank: where it stands, how it is answered, its parameters, what people say."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.figures.item_curve import proportion_interval
from dashboard.store.analyses import KeptAnalysis
from items.bank import Entry, ItemBank
from items.interactions.single_choice import SingleChoice
from items.parameters import ParameterSet

KEY = ["item", "version"]
URGENT = ("suspected_wrong_key", "dif_large")
"""Flags that go to the head of the triage queue: a wrong key, and bias."""
FOUND = {
    "flags": "",
    "reason": "",
    "dif": "",
    "expected": np.nan,
    "rir": np.nan,
    "infit": np.nan,
    "seconds": np.nan,
}
"""What an analysis adds to the table, and what stands there without one."""


def item_table(
    bank: ItemBank,
    counts: pd.DataFrame,
    stars: pd.DataFrame,
    parameters: ParameterSet | None,
    kept: KeptAnalysis | None,
    *,
    sessions: int,
) -> pd.DataFrame:
    """Join what is known of each item of a bank, at its current version.

    Parameters
    ----------
    bank : ItemBank
    counts : DataFrame
        Of answers: `item, version, n, scored, points, idk, omit`.
    stars : DataFrame
        Of ratings: `item, version, stars, n`.
    parameters : ParameterSet or None
    kept : KeptAnalysis or None
        An analysis under these parameters.
    sessions : int
        Sessions that have begun.

    Returns
    -------
    DataFrame
        `item, title, skill, type, state, version`; `n` answers, `share` of the full score with its interval
        `share_low, share_high`, `idk`, `omit`, `exposure` (share of sessions); `model, a, se_a, b, se_b`;
        `rated` (ratings) and `stars` (their mean), `rating` (adjusted where possible, else shrunk); `flags`
        in words, the worst's `reason`, `expected` share, `infit`, `dif` (ETS class), `seconds` (median).
    """
    table = pd.DataFrame([_content(entry) for entry in bank.entries])
    table = table.merge(answer_shares(counts, full_scores(bank), sessions=sessions), on=KEY, how="left")
    table = table.merge(mean_stars(stars), on=KEY, how="left")
    if parameters is not None:
        table = table.merge(parameter_columns(parameters), on=KEY, how="left")
    table = _with_ratings(table, kept)
    table = table.fillna({"n": 0, "exposure": 0.0, "rated": 0}).astype({"n": int, "rated": int})
    return _with_analysis(table, kept)


def analysed_flags(table: pd.DataFrame, kept: KeptAnalysis | None) -> pd.DataFrame:
    """Return the flags of the items whose version was analysed: `item, version, flag, level, urgent, …`."""
    columns = ["item", "flag", "severity", "evidence", "action", "exposure", "harm", "basis", "source"]
    if kept is None:
        return pd.DataFrame(columns=[*columns, "version", "level", "urgent"])
    flags = kept["flags"].merge(table.loc[_analysed(table), KEY], on="item")
    return flags.assign(level=flags["severity"].astype(float), urgent=flags["flag"].isin(URGENT))


def full_scores(bank: ItemBank) -> dict[str, int]:
    """Return the highest category of each item."""
    return {item.id: item.n_categories - 1 for item in bank.items}


def offered(bank: ItemBank) -> dict[str, tuple[str, ...]]:
    """Return the options that each item offers, none where candidates type or put an answer together."""
    kinds = {item.id: item.interaction for item in bank.items}
    return {
        id: tuple(option.id for option in kind.options) if isinstance(kind, SingleChoice) else ()
        for id, kind in kinds.items()
    }


def answer_shares(counts: pd.DataFrame, full: Mapping[str, int], *, sessions: int) -> pd.DataFrame:
    """Return `n`, `share` with interval, `idk`, `omit` and `exposure` of each item version."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = counts["points"] / (counts["scored"] * counts["item"].map(full))
    low, high = proportion_interval(share.to_numpy(float), counts["scored"].to_numpy(float))
    return counts[[*KEY, "n"]].assign(
        share=share,
        share_low=low,
        share_high=high,
        idk=counts["idk"] / counts["n"],
        omit=counts["omit"] / counts["n"],
        exposure=counts["n"] / max(sessions, 1),
    )


def parameter_columns(parameters: ParameterSet) -> pd.DataFrame:
    """Return `model, a, se_a, b, se_b` of each item version; `b` is the mean of several difficulties."""
    table = parameters.table
    errors = table.reindex(columns=["se_a", "se_b"])
    return table[[*KEY, "model"]].assign(
        a=_mean(table, "a"), se_a=errors["se_a"], b=difficulties(table), se_b=errors["se_b"]
    )


def difficulties(table: pd.DataFrame) -> "pd.Series[float]":
    """Return the difficulty b (J,) of each row of a parameter table, the mean of b1, b2, … where several."""
    return _mean(table, "b")


def mean_stars(stars: pd.DataFrame) -> pd.DataFrame:
    """Return `rated` and mean `stars` of each item version."""
    counted = stars.assign(total=stars["stars"] * stars["n"]).groupby(KEY)[["total", "n"]].sum().reset_index()
    return (
        counted.assign(stars=counted["total"] / counted["n"])
        .rename(columns={"n": "rated"})
        .drop(columns="total")
    )


def worst_classes(kept: KeptAnalysis) -> "pd.Series[str]":
    """Return the worst ETS class of each item over all group columns."""
    tables = [
        table for name, table in kept.tables.items() if name.startswith("dif_") and "ets_class" in table
    ]
    if not tables:
        return pd.Series(dtype=str)
    return pd.concat(tables).groupby("item")["ets_class"].max()


def _analysed(table: pd.DataFrame) -> "pd.Series[bool]":
    """Return which items have parameters at their current version: what was found holds for no other."""
    return table["model"].notna() if "model" in table else pd.Series(False, index=table.index)


def _with_analysis(table: pd.DataFrame, kept: KeptAnalysis | None) -> pd.DataFrame:
    if kept is None:
        return table.join(pd.DataFrame(FOUND, index=table.index))
    flags = kept["flags"].assign(words=kept["flags"]["flag"].str.replace("_", " "))
    grouped = flags.groupby("item", sort=False)
    items = kept["items"].set_index("item")
    found = {
        "flags": grouped["words"].agg(", ".join),
        "reason": grouped["evidence"].first(),
        "dif": worst_classes(kept),
        "expected": items["expected_p"],
        "rir": items.get("rir", pd.Series(dtype=float)),
        "infit": kept["fit"].set_index("item")["infit"],
        "seconds": items.get("median_s", pd.Series(dtype=float)),
    }
    here, table = _analysed(table), table.copy()
    for name, column in found.items():
        mapped = table["item"].map(column).where(here)
        table[name] = mapped if FOUND[name] != "" else mapped.astype(object).fillna("")
    return table


def _with_ratings(table: pd.DataFrame, kept: KeptAnalysis | None) -> pd.DataFrame:
    """Add the rating that an analysis drew from the stars, adjusted where it could be, and its bound."""
    if kept is None or kept["ratings"].empty:
        return table.assign(rating=np.nan, rating_low=np.nan)
    told = kept["ratings"]
    told = told.assign(
        rating=told["adjusted"].astype(float).fillna(told["shrunk"]),
        rating_low=told["adjusted_low"].astype(float).fillna(told["shrunk_low"]),
    )
    return table.merge(told[[*KEY, "rating", "rating_low"]], on=KEY, how="left")


def _mean(table: pd.DataFrame, letter: str) -> "pd.Series[float]":
    names = [
        name
        for name in map(str, table.columns)
        if name == letter or (name[:1] == letter and name[1:].isdigit())
    ]
    return table[names].astype(float).mean(axis=1)


def _content(entry: Entry) -> dict[str, object]:
    item = entry.item
    return {
        "item": item.id,
        "title": item.title,
        "skill": item.skill,
        "type": item.interaction.type.replace("_", " "),
        "state": entry.status.value,
        "version": item.version,
    }
