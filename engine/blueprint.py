"""The door through which a blueprint reaches the engine: its constraints, as conditions on a pool's items."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine._types import Bools, Floats, Ints
from engine.conditions import LONGEST, Conditions, Row, n_stimuli, per_stimulus, unit
from engine.pool import ItemPool
from items.blueprint import Blueprint, Constraint, ConstraintType, read_attributes, read_constraints
from items.blueprint.conditions import column
from items.errors import BadInput


def read_conditions(
    pool: ItemPool, max_length: int, *, file: str = "", attributes: str = "", stimuli: str = ""
) -> Conditions:
    """Return the conditions on a test of at most `max_length` items of this pool.

    Parameters
    ----------
    file, attributes, stimuli : str
        Constraint table and attribute tables; empty for none. The pool's own columns stand in for attributes.
        A column ``enemies`` of the pool (ids, separated by ;) always counts.

    Raises
    ------
    BadInput
        If a table cannot be read, or an item or stimulus is not where it should be.
    """
    blueprint = _blueprint(pool, file, attributes, stimuli)
    stimulus = _stimulus_numbers(blueprint)
    compiler = _Compiler(blueprint, stimulus)
    rows = [row for constraint in blueprint.constraints if constraint.on for row in compiler.rows(constraint)]
    rows += _enemies(pool, n_stimuli(stimulus))
    rows += _length(rows, max_length, stimulus)
    return Conditions.of(
        rows,
        stimulus=stimulus,
        order=compiler.order("item"),
        stimulus_order=compiler.order("stimulus"),
    )


def _blueprint(pool: ItemPool, file: str, attributes: str, stimuli: str) -> Blueprint:
    """Return the blueprint with its attributes in the order of the pool."""
    if not file and (attributes or stimuli):
        raise BadInput("attributes without constraints", right="name the constraint table as `file`")
    table = pool.parameters.table
    if attributes:
        table = Blueprint((), read_attributes(attributes)).align(pool.items).attributes
    told = read_attributes(stimuli) if stimuli else _stimuli(table)
    return Blueprint(read_constraints(file) if file else (), table, told)


def _stimuli(attributes: pd.DataFrame) -> pd.DataFrame | None:
    """Return the stimuli that the items name, None where they name none."""
    try:
        named = column(attributes, "STID").dropna()
    except BadInput:
        return None
    return pd.DataFrame({"stimulus": named.astype(str).unique()}) if len(named) else None


def _stimulus_numbers(blueprint: Blueprint) -> Ints:
    """Return the place (J,) of each item's stimulus in the table of stimuli, −1 for an item without one."""
    if blueprint.stimuli is None:
        return np.full(len(blueprint.attributes), -1)
    named = column(blueprint.attributes, "STID")
    place = {str(name): number for number, name in enumerate(blueprint.stimuli.iloc[:, 0])}
    for name in named.dropna():
        if str(name) not in place:
            right = "give each stimulus of an item a row"
            raise BadInput(f"stimulus {str(name)!r} has no row in the table of stimuli", right=right)
    return np.array([-1 if pd.isna(name) else place[str(name)] for name in named], np.int64)


@dataclass(frozen=True, slots=True)
class _Compiler:
    """Turns the constraints of a blueprint into rows."""

    blueprint: Blueprint
    stimulus: Ints

    def rows(self, constraint: Constraint) -> Iterator[Row]:
        """Yield the rows of one constraint."""
        mask = self.blueprint.mask(constraint)
        name, lower, upper = _name(constraint, mask), constraint.lower, constraint.upper
        match constraint.type:
            case ConstraintType.NUMBER if constraint.per_stimulus:
                yield from self._per_stimulus(name, lower, upper)
            case ConstraintType.NUMBER if constraint.attribute:
                values = constraint.values(self._table(constraint))
                for value in sorted(values.dropna().unique()):
                    yield self._row(constraint, name, (values == value).to_numpy(float), lower, upper)
            case ConstraintType.NUMBER:
                yield self._row(constraint, name, mask, lower, upper)
            case ConstraintType.SUM:
                yield self._row(constraint, name, constraint.amounts(self._table(constraint)), lower, upper)
            case ConstraintType.ENEMY:
                yield self._row(constraint, name, mask, -np.inf, 1.0)
            case ConstraintType.INCLUDE:
                yield self._row(constraint, name, mask, mask.sum(), np.inf)
            case ConstraintType.EXCLUDE:
                yield self._row(constraint, name, mask, -np.inf, 0.0)
            case ConstraintType.ALL_OR_NONE if constraint.per_stimulus:
                size = np.bincount(self.stimulus[self.stimulus >= 0], minlength=self._count)
                yield from per_stimulus(name, self.stimulus, size.astype(float), size.astype(float))
            case ConstraintType.ALL_OR_NONE:
                members = np.flatnonzero(mask).tolist()
                for other in members[1:]:
                    tie = unit(mask.size, members[0]) - unit(mask.size, other)
                    yield self._row(constraint, name, tie, 0.0, 0.0)

    def order(self, what: str) -> Floats | None:
        """Return the attribute by which items or stimuli stand in order, None where nothing says so."""
        for constraint in self.blueprint.constraints:
            if constraint.on and constraint.type is ConstraintType.ORDER and constraint.what == what:
                values = constraint.values(self._table(constraint))
                return values.rank(method="dense").fillna(np.inf).to_numpy(float)
        return None

    @property
    def _count(self) -> int:
        return n_stimuli(self.stimulus)

    def _table(self, constraint: Constraint) -> pd.DataFrame:
        stimuli = self.blueprint.stimuli
        return stimuli if constraint.what == "stimulus" and stimuli is not None else self.blueprint.attributes

    def _row(
        self, constraint: Constraint, name: str, values: Floats | Bools, lower: float, upper: float
    ) -> Row:
        items, stimuli = np.zeros(self.stimulus.size), np.zeros(self._count)
        if constraint.what == "item":
            items = np.asarray(values, float)
        else:
            stimuli = np.asarray(values, float)[: self._count]
        return Row(name, items, stimuli, lower, upper)

    def _per_stimulus(self, name: str, lower: float, upper: float) -> Iterator[Row]:
        return per_stimulus(name, self.stimulus, np.full(self._count, lower), np.full(self._count, upper))


_SAYINGS = {
    ConstraintType.ENEMY: "at most 1",
    ConstraintType.INCLUDE: "all",
    ConstraintType.EXCLUDE: "none",
    ConstraintType.ALL_OR_NONE: "all or none",
}


def _name(constraint: Constraint, mask: Bools) -> str:
    """Return what a constraint says in one line, with the number of items it can draw on."""
    about = constraint.condition or f"every {constraint.what}"
    return f"{constraint.id} ({about}): {_amount(constraint)} of {mask.sum()}"


def _amount(constraint: Constraint) -> str:
    if constraint.type in _SAYINGS:
        return _SAYINGS[constraint.type]
    lower, upper = constraint.lower, constraint.upper
    if lower == upper:
        return f"{lower:g}"
    if np.isneginf(lower):
        return f"at most {upper:g}"
    return f"{lower:g} or more" if np.isposinf(upper) else f"{lower:g} to {upper:g}"


def _enemies(pool: ItemPool, n_stimuli: int) -> list[Row]:
    """Return a row for each pair of enemies that the pool's own column names."""
    table = pool.parameters.table
    if "enemies" not in table:
        return []
    place = {name: number for number, name in enumerate(pool.items)}
    pairs = {
        tuple(sorted((number, place[enemy])))
        for number, cell in enumerate(table["enemies"])
        for enemy in _names(cell)
        if enemy in place and place[enemy] != number
    }
    return [
        Row(
            f"enemies {pool.items[one]} and {pool.items[other]}",
            unit(len(pool), one) + unit(len(pool), other),
            np.zeros(n_stimuli),
            -np.inf,
            1.0,
        )
        for one, other in sorted(pairs)
    ]


def _names(cell: Any) -> list[str]:
    return [] if pd.isna(cell) else [name for name in re.split(r"\s*;\s*", str(cell).strip()) if name]


def _length(rows: list[Row], max_length: int, stimulus: Ints) -> list[Row]:
    """Return a row that fills the test where no condition says how many items there are in all."""
    every = np.ones(stimulus.size)
    told = any(np.array_equal(row.items, every) and not row.stimuli.any() for row in rows)
    name = f"{LONGEST}: {max_length} questions"
    return [Row(name, every, np.zeros(n_stimuli(stimulus)), 0.0 if told else max_length, max_length)]
