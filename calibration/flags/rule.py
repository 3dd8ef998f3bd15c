"""What a rule of flagging is: tables and thresholds in, findings out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from calibration.flags.policy import Minimum, Rule


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """The tables that flags are raised from; those that an analysis lacks are empty.

    Attributes
    ----------
    n_persons : int
        People in the log.
    items, options, fit, dependence, times : DataFrame
        As in the analysis.
    dif, drift : mapping
        Tables by the name of the comparison: the group column; the earlier calibration.
    """

    n_persons: int
    items: pd.DataFrame
    options: pd.DataFrame = field(default_factory=pd.DataFrame)
    fit: pd.DataFrame = field(default_factory=pd.DataFrame)
    dependence: pd.DataFrame = field(default_factory=pd.DataFrame)
    times: pd.DataFrame = field(default_factory=pd.DataFrame)
    dif: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    drift: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """An item and a sentence that a content editor understands."""

    item: str
    evidence: str


Row = dict[str, Any]
ItemRule = Callable[[Evidence, Rule, Minimum], Iterator[Finding]]


def rows(table: pd.DataFrame, chosen: "pd.Series[bool]") -> Iterator[Row]:
    """Yield the chosen rows by column name."""
    for row in table[chosen].to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def percent(share: float) -> str:
    """Return a share in words: "54 %"."""
    return f"{100 * share:.0f} %"


def signed(value: float) -> str:
    """Return a number with its sign, two decimals: "+0.33", "−1.08"."""
    return f"{value:+.2f}".replace("-", "−")
