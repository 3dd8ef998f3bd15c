"""Flags from the options: the key, and what stands beside it."""

from collections.abc import Iterator

import pandas as pd

from calibration.flags.policy import Minimum, Rule
from calibration.flags.rule import Evidence, Finding, Row, percent, rows

FEW_OPTIONS = 6
"""With more options than this answers are combinations, and some of them are never given."""


def suspected_wrong_key(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Another option does what only the key should: people who know more choose it."""
    for item, key, others in keyed_items(evidence.options, minimum):
        better = (others["rpb"] > max(0, key["rpb"] + rule["more_discriminating"])) & (
            others["lead"] > rule["lead"]
        )
        for other in _largest(others[better], "lead"):
            yield Finding(item, _versus(key, other))


def _versus(key: Row, other: Row) -> str:
    if other["share_top"] > key["share_top"]:
        best = f"{percent(other['share_top'])} against {percent(key['share_top'])} of the best third"
        return (
            f"People who know the topic choose {other['option']} more often than the keyed {key['option']} "
            f"({best}): check the key"
        )
    return (
        f"People who choose {other['option']} know more than those who choose the keyed {key['option']} "
        f"(ability {other['mean_theta']:+.2f} against {key['mean_theta']:+.2f}): check the key"
    )


def ambiguous_pair(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """A second option is chosen more often the more people know."""
    for item, key, others in keyed_items(evidence.options, minimum):
        rivals = (
            (others["rpb"] > rule["point_biserial"])
            & (others["share_top"] > rule["share_of_best"])
            & (others["rpb"] > key["rpb"] - rule["nearness"])
        )
        for other in _largest(others[rivals], "rpb"):
            yield Finding(
                item,
                f"The more people know, the more often they choose {other['option']}, and not only the keyed "
                f"{key['option']} ({percent(other['share_top'])} and {percent(key['share_top'])} of the best "
                "third): two answers may be right",
            )


def never_chosen(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Options that hardly anybody falls for."""
    for item, _, others in keyed_items(evidence.options, minimum, every=True):
        idle = others[others["share"] < rule["share"]]
        if len(idle) and len(others) < FEW_OPTIONS:
            who = "Nobody chooses" if idle["n"].sum() == 0 else f"Fewer than {percent(rule['share'])} choose"
            yield Finding(item, f"{who} {', '.join(map(str, idle['option']))}")


def attractive_distractor(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """A wrong option that more people choose than the key."""
    for item, key, others in keyed_items(evidence.options, minimum):
        for other in _largest(others[others["share"] > key["share"] + rule["lead_over_key"]], "share"):
            yield Finding(
                item,
                f"More people choose {other['option']} ({percent(other['share'])}) than the keyed "
                f"{key['option']} ({percent(key['share'])})",
            )


def keyed_items(
    options: pd.DataFrame, minimum: Minimum, *, every: bool = False
) -> Iterator[tuple[str, Row, pd.DataFrame]]:
    """Yield each item's most chosen key and its other options that enough people chose (or all of them)."""
    if options.empty:
        return
    for item, table in options[options["answered"].astype(bool)].groupby("item", sort=False):
        keys, others = table[table["key"].astype(bool)], table[~table["key"].astype(bool)]
        if len(keys) and keys["n"].max() > 0 and table["n"].sum() >= minimum.item:
            frequent = others if every else others[others["n"] >= minimum.option]
            yield str(item), next(_largest(keys, "n")), frequent


def _largest(table: pd.DataFrame, column: str) -> Iterator[Row]:
    """Yield the row with the largest value, if there is one."""
    yield from rows(table.nlargest(1, column), table.nlargest(1, column)[column].notna())
