"""One row for each item of a bank: where it stands, how it is answered, its parameters, what people say."""

import numpy as np
import pandas as pd

from dashboard.figures.item_curve import proportion_interval
from dashboard.store.analyses import KeptAnalysis
from items.bank import Entry, ItemBank
from items.parameters import ParameterSet

KEY = ["item", "version"]
URGENT = ("suspected_wrong_key", "dif_large")
"""Flags that go to the head of the triage queue: a wrong key, and bias."""


def item_table(
    bank: ItemBank, log: pd.DataFrame, parameters: ParameterSet | None, ratings: pd.DataFrame
) -> pd.DataFrame:
    """Join what is known of each item of a bank, at its current version.

    Parameters
    ----------
    bank : ItemBank
    log : DataFrame
        Answers: `person, item, version, response, score, time_s`.
    parameters : ParameterSet or None
    ratings : DataFrame
        One row an item version, as `calibration.ratings.summarise_ratings` makes it.

    Returns
    -------
    DataFrame
        `item, title, skill, type, state, version`; `n` answers, `share` of the full score with its interval
        `share_low, share_high`, `idk`, `omit`, `seconds` (median), `exposure` (share of sessions);
        `model, a, se_a, b, se_b`; `rated` (ratings) and `rating` (adjusted where possible, else shrunk).
    """
    table = pd.DataFrame([_content(entry) for entry in bank.entries])
    table = table.merge(answer_statistics(log, full_scores(bank)), on=KEY, how="left")
    if parameters is not None:
        table = table.merge(parameter_columns(parameters), on=KEY, how="left")
    told = ratings.assign(rating=ratings["adjusted"].astype(float).fillna(ratings["shrunk"]))
    told = told.rename(columns={"n": "rated"})[[*KEY, "rated", "rating"]]
    table = table.merge(told, on=KEY, how="left")
    return table.fillna({"n": 0, "exposure": 0.0, "rated": 0}).astype({"n": int, "rated": int})


def with_analysis(table: pd.DataFrame, kept: KeptAnalysis | None) -> pd.DataFrame:
    """Add what an analysis says: `flags` in words, the worst's `reason`, `expected` share, `infit`, `dif`."""
    if kept is None:
        return table.assign(flags="", reason="", expected=np.nan, infit=np.nan, dif="")
    flags = kept["flags"].assign(words=kept["flags"]["flag"].str.replace("_", " "))
    grouped = flags.groupby("item", sort=False)
    added = {
        "flags": grouped["words"].agg(", ".join),
        "reason": grouped["evidence"].first(),
        "expected": kept["items"].set_index("item")["expected_p"],
        "infit": kept["fit"].set_index("item")["infit"],
        "dif": _worst_class(kept),
    }
    table = table.assign(**{name: table["item"].map(column) for name, column in added.items()})
    words = table[["flags", "reason", "dif"]].astype(object)
    return table.assign(**words.where(words.notna(), ""))


def flags_for_triage(kept: KeptAnalysis | None) -> pd.DataFrame:
    """Return the flags of an analysis as the triage queue wants them: `item, flag, level, urgent`."""
    if kept is None:
        return pd.DataFrame(columns=["item", "flag", "level", "urgent"])
    flags = kept["flags"]
    return pd.DataFrame(
        {
            "item": flags["item"],
            "flag": flags["flag"],
            "level": flags["severity"].astype(float),
            "urgent": flags["flag"].isin(URGENT),
        }
    )


def _worst_class(kept: KeptAnalysis) -> "pd.Series[str]":
    """Return the worst ETS class of each item over all group columns."""
    tables = [
        table for name, table in kept.tables.items() if name.startswith("dif_") and "ets_class" in table
    ]
    if not tables:
        return pd.Series(dtype=str)
    return pd.concat(tables).groupby("item")["ets_class"].max()


def full_scores(bank: ItemBank) -> dict[str, int]:
    """Return the highest category of each item."""
    return {item.id: item.n_categories - 1 for item in bank.items}


def answer_statistics(log: pd.DataFrame, full: dict[str, int]) -> pd.DataFrame:
    """Return `n`, `share` with interval, `idk`, `omit`, `seconds` and `exposure` of each item version."""
    sessions = max(log["person"].nunique(), 1)
    marked = log.assign(
        share=log["score"].astype(float) / log["item"].map(full),
        idk=log["response"] == "idk",
        omit=log["response"] == "omit",
    )
    table = (
        marked.groupby(KEY)
        .agg(
            n=("person", "size"),
            share=("share", "mean"),
            idk=("idk", "mean"),
            omit=("omit", "mean"),
            seconds=("time_s", "median"),
            met=("person", "nunique"),
        )
        .reset_index()
    )
    low, high = proportion_interval(table["share"].to_numpy(float), table["n"].to_numpy())
    table = table.assign(share_low=low, share_high=high, exposure=table["met"] / sessions)
    return table.drop(columns="met")


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
