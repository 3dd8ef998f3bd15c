"""A constraint's condition as a tree over the columns of an attribute table.

A comparison with a missing value is unknown, and what stays unknown does not hold (R's rule for subsets).
"""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from items.errors import BadInput
from items.problems import nearest

Mask = npt.NDArray[np.bool_]
Truth = tuple[Mask, Mask]
"""For each row whether a condition is known to hold, and whether it is known not to."""

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_ALIASES = {"id": "item", "stid": "stimulus"}


def column(attributes: pd.DataFrame, name: str) -> "pd.Series[Any]":
    """Return a column by its name in any case; ``ID`` and ``STID`` also find ``item`` and ``stimulus``.

    Raises
    ------
    BadInput
        If there is no such column.
    """
    known = {str(one).casefold(): one for one in attributes.columns}
    for wanted in (name.casefold(), _ALIASES.get(name.casefold(), "")):
        if wanted in known:
            return attributes[known[wanted]]
    raise BadInput(f"there is no attribute `{name}`", right=nearest(name, map(str, attributes.columns)))


class Condition(ABC):
    """A condition on the rows of an attribute table."""

    @abstractmethod
    def truth(self, attributes: pd.DataFrame) -> Truth:
        """Return where it is known to hold and where not; raises BadInput for an attribute not there."""

    def holds(self, attributes: pd.DataFrame) -> Mask:
        """Return (J,) where the condition is known to hold; raises BadInput as ``truth`` does."""
        return self.truth(attributes)[0]


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """An attribute against one number or text."""

    name: str
    sign: str
    value: float | str

    def truth(self, attributes: pd.DataFrame) -> Truth:
        """Compare as numbers where the value is a number, as text otherwise."""
        values, known = _like(column(attributes, self.name), self.name, (self.value,))
        holds = np.asarray(COMPARISONS[self.sign](values, self.value), dtype=bool)
        return holds & known, ~holds & known


@dataclass(frozen=True, slots=True)
class Membership(Condition):
    """An attribute among several numbers or texts."""

    name: str
    values: tuple[float | str, ...]

    def truth(self, attributes: pd.DataFrame) -> Truth:
        """Look the values up; a missing value is in no list, as in R."""
        values, known = _like(column(attributes, self.name), self.name, self.values)
        among = np.isin(values, np.array(self.values, dtype=values.dtype)) & known
        return among, ~among


@dataclass(frozen=True, slots=True)
class Missing(Condition):
    """An attribute without a value."""

    name: str

    def truth(self, attributes: pd.DataFrame) -> Truth:
        """Return where the value is missing."""
        missing = column(attributes, self.name).isna().to_numpy()
        return missing, ~missing


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """The opposite of a condition."""

    inner: Condition

    def truth(self, attributes: pd.DataFrame) -> Truth:
        """Negate; unknown stays unknown."""
        holds, fails = self.inner.truth(attributes)
        return fails, holds


@dataclass(frozen=True, slots=True)
class Both(Condition):
    """Two conditions at once."""

    left: Condition
    right: Condition

    def truth(self, attributes: pd.DataFrame) -> Truth:
        """Return where both hold, and where one is known not to."""
        left, right = self.left.truth(attributes), self.right.truth(attributes)
        return left[0] & right[0], left[1] | right[1]


@dataclass(frozen=True, slots=True)
class Either(Condition):
    """At least one of two conditions."""

    left: Condition
    right: Condition

    def truth(self, attributes: pd.DataFrame) -> Truth:
        """Return where one holds, and where both are known not to."""
        left, right = self.left.truth(attributes), self.right.truth(attributes)
        return left[0] | right[0], left[1] & right[1]


def _like(
    cells: "pd.Series[Any]", name: str, wanted: tuple[float | str, ...]
) -> tuple[npt.NDArray[Any], Mask]:
    """Return a column as numbers if only numbers are wanted, otherwise as text, and where it has a value."""
    known = cells.notna().to_numpy()
    if any(isinstance(one, str) for one in wanted):
        return np.array([_text(cell) for cell in cells.astype(object).where(known, "")], dtype=object), known
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float)
    if (odd := np.isnan(numbers) & known).any():
        right = 'write the value in quotation marks, such as "1A"'
        raise BadInput(f"the attribute `{name}` holds {cells[odd].iloc[0]!r}, no number", right=right)
    return np.where(known, numbers, 0.0), known


def _text(cell: Any) -> str:
    """Return a cell as its author wrote it: a column of whole numbers with gaps is read as floats."""
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
