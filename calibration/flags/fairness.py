"""Flags from comparisons: between groups of people, and between two calibrations."""

from collections.abc import Iterator

from calibration.flags.policy import Minimum, Rule
from calibration.flags.rule import Evidence, Finding, Row, rows, signed


def dif_large(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """ETS class C."""
    yield from _differing(evidence, "C")


def dif_moderate(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """ETS class B."""
    yield from _differing(evidence, "B")


def drifted(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Class C of drift."""
    for name, table in evidence.drift.items():
        for row in rows(table, table["class"] == "C"):
            word = "harder" if row["displacement"] > 0 else "easier"
            yield Finding(
                row["item"], f"Has become {word} since {name} by {abs(row['displacement']):.2f} logits"
            )


def _differing(evidence: Evidence, letter: str) -> Iterator[Finding]:
    points = dict(zip(evidence.items["item"], evidence.items["points"], strict=True))
    for name, table in evidence.dif.items():
        if "ets_class" in table:
            for row in rows(table, table["ets_class"] == letter):
                yield Finding(row["item"], _sentence(name, row, points[row["item"]]))


def _sentence(name: str, row: Row, points: float) -> str:
    word = "harder" if row["delta_mh"] < 0 else "easier"
    group = name.removeprefix("g_")
    members = f"those with {group} = {row['focal']}" if row.get("focal") else f"the focal group of {group}"
    share = 100 * abs(row["std_p_dif"]) / points
    size = f"{share:.0f} percentage points (Δ {signed(row['delta_mh'])})"
    if points > 1:
        size = f"{share:.0f} % of the points"
    return f"Among equally able people it is {word} for {members}, by {size}"
