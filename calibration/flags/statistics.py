"""Flags from the classical statistics of an item."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from calibration.flags.policy import Minimum, Rule
from calibration.flags.rule import Evidence, Finding, Row, percent, rows, signed


def negative_discrimination(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """People who know less do better."""
    for row in _rows(evidence.items, minimum, evidence.items["rir"] < rule["item_rest"]):
        yield Finding(
            row["item"],
            f"People who do worse on the rest of the test do better here (correlation {signed(row['rir'])})",
        )


def low_discrimination(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """The answer hardly goes along with what people know."""
    for row in _rows(evidence.items, minimum, evidence.items["rir"] < rule["item_rest"]):
        yield Finding(
            row["item"],
            f"Getting it right has little to do with what people know (correlation {signed(row['rir'])})",
        )


def too_hard(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Hardly anybody gets it."""
    for row in _rows(evidence.items, minimum, evidence.items["p"] < rule["share"]):
        yield Finding(row["item"], _earned(row, "Only "))


def too_easy(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Nearly everybody gets it."""
    for row in _rows(evidence.items, minimum, evidence.items["p"] > rule["share"]):
        yield Finding(row["item"], _earned(row))


def not_as_expected(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """People do better or worse than their ability leads to expect."""
    items = evidence.items
    difference = items["p"] - items["expected_p"]
    z = difference / (items["sd"] / items["points"] / np.sqrt(items["n"]))
    for row in _rows(items, minimum, (z.abs() > rule["z"]) & (difference.abs() > rule["difference"])):
        word = "better" if row["p"] > row["expected_p"] else "worse"
        what = "right answers" if row["points"] == 1 else "of the points"
        yield Finding(
            row["item"],
            f"People do {word} than their ability leads to expect "
            f"({percent(row['p'])} {what}, expected {percent(row['expected_p'])})",
        )


def often_omitted(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Left unanswered."""
    for row in _rows(evidence.items, minimum, evidence.items["omit"] > rule["share"]):
        yield Finding(row["item"], f"{percent(row['omit'])} of the people who saw it gave no answer")


def often_unknown(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Answered with "I don't know yet"."""
    for row in _rows(evidence.items, minimum, evidence.items["idk"] > rule["share"]):
        yield Finding(row["item"], f"{percent(row['idk'])} of the people say that they do not know yet")


def often_not_reached(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """People stop before they get there."""
    for row in _rows(evidence.items, minimum, evidence.items["not_reached"] > rule["share"]):
        yield Finding(row["item"], f"{percent(row['not_reached'])} of the people never got to it")


def _earned(row: Row, only: str = "") -> str:
    if row["points"] == 1 and row["p"] in (0, 1):
        return f"{'Everybody' if row['p'] else 'Nobody'} gets it right"
    if row["points"] == 1:
        return f"{only}{percent(row['p'])} of the people get it right"
    return f"People earn {only.lower()}{percent(row['p'])} of its points"


def _rows(items: pd.DataFrame, minimum: Minimum, chosen: "pd.Series[bool]") -> Iterator[Row]:
    return rows(items, chosen & (items["n"] >= minimum.item))
