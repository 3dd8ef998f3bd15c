"""Flags from response times."""

from collections.abc import Iterator

import pandas as pd

from calibration.flags.policy import Minimum, Rule
from calibration.flags.rule import Evidence, Finding, percent, rows


def rapid_guessing(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Many answer too fast to have read it."""
    times = evidence.times
    for row in rows(times, (times["rapid"] > rule["share"]) & (times["n_timed"] >= minimum.item)):
        yield Finding(
            row["item"],
            f"{percent(row['rapid'])} answer within {row['threshold_s']:.1f} s, too fast to have read it",
        )


def takes_long(times: pd.DataFrame, share: float) -> "pd.Series[bool]":
    """Return which items (J,) take longer than the median one and give less than a share of its information
    a minute.
    """
    typical, usual = times["info_per_minute"].median(), times["median_s"].median()
    return (times["info_per_minute"] < share * typical) & (times["median_s"] > usual)


def slow_for_its_information(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """Takes long and tells little."""
    times = evidence.times
    typical = times["info_per_minute"].median()
    slow = takes_long(times, rule["share_of_typical"])
    for row in rows(times, slow & (times["n_timed"] >= minimum.item)):
        share = percent(max(row["info_per_minute"] / typical, 0.01))
        yield Finding(
            row["item"],
            f"Takes {row['median_s']:.0f} s and tells little for it: in a minute {share} of what the typical "
            "item tells",
        )


def known_beforehand(evidence: Evidence, rule: Rule, minimum: Minimum) -> Iterator[Finding]:
    """People who should find it hard get it right, and fast."""
    times = evidence.times
    for row in rows(times, (times["kappa"] > rule["kappa"]) & (times["n_timed"] >= minimum.item)):
        yield Finding(
            row["item"],
            "People who should find it hard get it right, and faster than they otherwise work "
            f"(κ {row['kappa']:.1f}): it may be known",
        )
