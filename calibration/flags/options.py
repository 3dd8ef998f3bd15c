"""Flags from the options: the key, and what stands beside it."""

from collections.abc import Callable, Iterator
from itertools import groupby

import pandas as pd

from calibration.flags.policy import Minimum, Rule
from calibration.flags.rule import Evidence, Finding, Row, percent, rows, signed

FEW_OPTIONS = 6
"""With more options than this answers are combinations, and some of them are never given."""


def suspected_wrong_key(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Another option does what only the key should: people who know more choose it.

    Its choosers stand higher than the key's; where the key goes along with nothing, not lower is enough if
    the best third prefer it.
    """

    def better(other: Row, key: Row) -> bool:
        clear = max(0.0, key["rpb"] + rule["more_discriminating"])
        preferred = other["share_top"] > key["share_top"] and key["rpb"] < rule["idle_key"]
        return bool(other["rpb"] > clear and other["lead"] > (0.0 if preferred else rule["lead"]))

    for item, key, other in _rivals(evidence.options, minimum, better, "lead"):
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
        f"(ability {signed(other['mean_theta'])} against {signed(key['mean_theta'])}): check the key"
    )


def ambiguous_pair(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """A second option is chosen more often the more people know."""

    def as_good(other: Row, key: Row) -> bool:
        rises = other["rpb"] > max(rule["point_biserial"], key["rpb"] - rule["nearness"])
        equal = other["lead"] > rule["lead"]
        return bool(rises and equal and other["share_top"] > rule["share_of_best"])

    for item, key, other in _rivals(evidence.options, minimum, as_good, "rpb"):
        yield Finding(
            item,
            f"The more people know, the more often they choose {other['option']}, and not only the keyed "
            f"{key['option']} ({percent(other['share_top'])} and {percent(key['share_top'])} of the best "
            "third): two answers may be right",
        )


def attractive_distractor(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """A wrong option that more people choose than the key."""

    def tempting(other: Row, key: Row) -> bool:
        return bool(other["share"] > key["share"] + rule["lead_over_key"])

    for item, key, other in _rivals(evidence.options, minimum, tempting, "share"):
        yield Finding(
            item,
            f"More people choose {other['option']} ({percent(other['share'])}) than the keyed "
            f"{key['option']} ({percent(key['share'])})",
        )


def never_chosen(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Options that hardly anybody falls for; of what people type nobody can say so."""
    for item, _, answers in keyed_items(evidence.options, minimum):
        others = [answer for answer in answers if answer["offered"]]
        idle = [other for other in others if other["share"] < rule["share"]]
        if idle and len(others) < FEW_OPTIONS:
            nobody = all(other["n"] == 0 for other in idle)
            who = "Nobody chooses" if nobody else f"Fewer than {percent(rule['share'])} choose"
            yield Finding(item, f"{who} {', '.join(str(other['option']) for other in idle)}")


def _rivals(
    options: pd.DataFrame, minimum: Minimum, rival: Callable[[Row, Row], bool], by: str
) -> Iterator[tuple[str, Row, Row]]:
    """Yield item, key and, of the other options that enough people chose, the strongest rival."""
    for item, key, others in keyed_items(options, minimum):
        found = [other for other in others if other["n"] >= minimum.option and rival(other, key)]
        if found:
            yield item, key, max(found, key=lambda other: float(other[by]))


def keyed_items(options: pd.DataFrame, minimum: Minimum) -> Iterator[tuple[str, Row, list[Row]]]:
    """Yield each item that enough people answered: its most chosen key and its other options."""
    for item, group in groupby(rows(options, options["answered"]), key=lambda row: str(row["item"])):
        table = list(group)
        keys = [row for row in table if row["key"]]
        if sum(row["n"] for row in table) >= minimum.item and any(row["n"] > 0 for row in keys):
            yield item, max(keys, key=lambda row: int(row["n"])), [row for row in table if not row["key"]]
