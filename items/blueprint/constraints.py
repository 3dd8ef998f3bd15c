"""The constraint table: one row a demand on the selected items or stimuli."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from items.blueprint.condition_parser import parse
from items.blueprint.conditions import Condition, Mask, column
from items.blueprint.table_source import name_of, open_table
from items.errors import BadInput
from items.problems import nearest

_COLUMNS = ("CONSTRAINT_ID", "TYPE", "WHAT", "CONDITION", "LB", "UB", "ONOFF")
_PER_STIMULUS = ("per stimulus", "per passage")
_NAME = re.compile(r"[A-Za-z.][\w.]*")


class ConstraintType(StrEnum):
    """What a constraint asks of the selected items (or stimuli)."""

    NUMBER = "number"
    SUM = "sum"
    ORDER = "order"
    ENEMY = "enemy"
    INCLUDE = "include"
    EXCLUDE = "exclude"
    ALL_OR_NONE = "allornone"


_BOUNDED = (ConstraintType.NUMBER, ConstraintType.SUM)
_BY_ATTRIBUTE = (ConstraintType.SUM, ConstraintType.ORDER)


@dataclass(frozen=True, slots=True)
class Constraint:
    """One row of a constraint table.

    Attributes
    ----------
    id : str
        Its name.
    type : ConstraintType
        ``number`` of the rows that fit within ``lower`` … ``upper``; ``sum`` of ``attribute`` within them;
        ``order`` ascending by ``attribute``; at most one of the ``enemy`` rows; ``include``; ``exclude``;
        ``allornone``.
    what : {"item", "stimulus"}
        Whether it is about items or about stimulus sets.
    lower, upper : float
        Bounds, ±inf where there is none.
    condition : str
        The condition as written.
    expression : Condition or None
        Its tree; None where the constraint is about all rows.
    attribute : str
        The attribute of ``sum`` and ``order``; for ``number`` the bounds apply to each of its values.
    per_stimulus : bool
        Whether the constraint applies to each stimulus that is used.
    on : bool
        Whether it is in force.
    where : str
        File and line.
    """

    id: str
    type: ConstraintType
    what: Literal["item", "stimulus"]
    lower: float = -np.inf
    upper: float = np.inf
    condition: str = ""
    expression: Condition | None = None
    attribute: str = ""
    per_stimulus: bool = False
    on: bool = True
    where: str = field(default="", compare=False)

    def mask(self, attributes: pd.DataFrame) -> Mask:
        """Return (J,) which rows of the attribute table the constraint is about.

        Raises
        ------
        BadInput
            If an attribute is missing or not of the kind that the condition compares it with.
        """
        try:
            if self.attribute:
                return column(attributes, self.attribute).notna().to_numpy()
            if self.expression:
                return self.expression.holds(attributes)
        except BadInput as error:
            raise BadInput(error.what, where=f"{self.where}, column CONDITION", right=error.right) from None
        return np.ones(len(attributes), dtype=bool)

    def values(self, attributes: pd.DataFrame) -> "pd.Series[Any]":
        """Return (J,) the values of ``attribute``; raises BadInput where there is none."""
        try:
            return column(attributes, self.attribute)
        except BadInput as error:
            raise BadInput(error.what, where=f"{self.where}, column CONDITION", right=error.right) from None

    def amounts(self, attributes: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return the same (J,) as numbers, 0 where there is none; raises BadInput for what is no number."""
        values = self.values(attributes)
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
        if (odd := values.notna().to_numpy() & ~np.isfinite(numbers)).any():
            what = f"the attribute `{self.attribute}` holds {values[odd].iloc[0]!r}, no number to add up"
            right = "name an attribute of numbers"
            raise BadInput(what, where=f"{self.where}, column CONDITION", right=right)
        return np.where(np.isnan(numbers), 0.0, numbers)


def read_constraints(path: Path | str) -> tuple[Constraint, ...]:
    """Read a constraint table: ``CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF``; `path` may be its text.

    Raises
    ------
    BadInput
        If the file is not such a table; the message names file, line, column and what would be right.
    """
    name = name_of(path)
    try:
        with open_table(path) as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            _check_header(reader.fieldnames or (), name)
            rows = [(f"{name}, line {reader.line_num}", row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"cannot be read as CSV: {error}", where=name, right="name a CSV file") from None
    found = [_constraint(row, where) for where, row in rows if any(row.values())]
    _check_ids(found)
    return tuple(found)


def _check_ids(constraints: Sequence[Constraint]) -> None:
    seen: set[str] = set()
    for one in constraints:
        if one.id in seen:
            place = f"{one.where}, column CONSTRAINT_ID"
            raise BadInput(f"the id {one.id!r} is used twice", where=place, right="give each its own")
        seen.add(one.id)


def _check_header(names: Sequence[str], path: str) -> None:
    for name in _COLUMNS:
        if name not in names:
            right = f"the first line is {','.join(_COLUMNS)}"
            raise BadInput(f"the column {name} is missing", where=f"{path}, line 1", right=right)


def _constraint(row: dict[str, Any], where: str) -> Constraint:
    cell = {name: (row[name] or "").strip() for name in _COLUMNS}
    type_ = _one_of(cell, "TYPE", {one.value: one for one in ConstraintType}, where)
    what = _one_of(cell, "WHAT", {"item": "item", "stimulus": "stimulus", "passage": "stimulus"}, where)
    on = _one_of(cell, "ONOFF", {"": True, "on": True, "off": False}, where)
    lower, upper = _bounds(cell, type_, where)
    about = _about(cell["CONDITION"], type_, f"{where}, column CONDITION")
    if not cell["CONSTRAINT_ID"]:
        raise BadInput("has no id", where=f"{where}, column CONSTRAINT_ID", right="write such as C1")
    return Constraint(
        id=cell["CONSTRAINT_ID"],
        type=type_,
        what=what,
        lower=lower,
        upper=upper,
        condition=cell["CONDITION"],
        on=on,
        where=where,
        **about,
    )


def _one_of(cell: dict[str, str], name: str, known: dict[str, Any], where: str) -> Any:
    if (found := cell[name].casefold()) in known:
        return known[found]
    right = nearest(found, filter(None, known))
    raise BadInput(f"{name} is {cell[name]!r}", where=f"{where}, column {name}", right=right)


def _bounds(cell: dict[str, str], type_: ConstraintType, where: str) -> tuple[float, float]:
    lower = _bound(cell["LB"], -np.inf, f"{where}, column LB")
    upper = _bound(cell["UB"], np.inf, f"{where}, column UB")
    if type_ in _BOUNDED and not (cell["LB"] or cell["UB"]):
        raise BadInput("has no bounds", where=f"{where}, columns LB and UB", right="give one or both")
    if type_ not in _BOUNDED and (cell["LB"] or cell["UB"]):
        right = f"leave LB and UB empty for {type_.value}"
        raise BadInput("has bounds that nothing uses", where=f"{where}, columns LB and UB", right=right)
    if lower > upper:
        place = f"{where}, columns LB and UB"
        raise BadInput(f"LB {lower:g} is above UB {upper:g}", where=place, right="let LB be at most UB")
    return lower, upper


def _bound(text: str, otherwise: float, where: str) -> float:
    try:
        bound = float(text or otherwise)
    except ValueError:
        raise BadInput(f"{text!r} is no number", where=where, right="write a number or nothing") from None
    if np.isnan(bound):
        raise BadInput(f"{text!r} is no number", where=where, right="write a number or nothing")
    return bound


def _about(condition: str, type_: ConstraintType, where: str) -> dict[str, Any]:
    """Read a condition: nothing, ``Per Stimulus``, an attribute's name, or an expression."""
    if condition.casefold() in _PER_STIMULUS and type_ in (ConstraintType.NUMBER, ConstraintType.ALL_OR_NONE):
        return {"per_stimulus": True}
    if _NAME.fullmatch(condition) and type_ in (*_BY_ATTRIBUTE, ConstraintType.NUMBER):
        return {"attribute": condition}
    if type_ in _BY_ATTRIBUTE:
        right = f"name the attribute to {type_.value}"
        raise BadInput(f"{condition!r} is no attribute", where=where, right=right)
    if not condition and type_ is not ConstraintType.NUMBER:
        raise BadInput("has no condition", where=where, right='write such as ID %in% c("A1", "A2")')
    if not condition:
        return {}
    try:
        return {"expression": parse(condition)}
    except BadInput as error:
        raise BadInput(error.what, where=f"{where}, {error.where}", right=error.right) from None
