"""Blueprint: what a test must hold, as data: content areas, enemies, stimulus sets, numeric limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from items.blueprint.conditions import Mask
from items.blueprint.constraints import Constraint, read_constraints
from items.blueprint.table_source import name_of, open_table
from items.errors import BadInput


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Constraints, and the attributes of items and stimuli that they speak of.

    Attributes
    ----------
    constraints : tuple of Constraint
        Those in force and those switched off, in the file's order.
    attributes : DataFrame
        One row an item; the first column holds the item's id.
    stimuli : DataFrame or None
        One row a stimulus; the first column holds its id.
    """

    constraints: tuple[Constraint, ...]
    attributes: pd.DataFrame
    stimuli: pd.DataFrame | None = None

    @classmethod
    def read(
        cls, constraints: Path | str, attributes: Path | str, *, stimuli: Path | str | None = None
    ) -> "Blueprint":
        """Read the tables and check that every condition can be looked up.

        Raises
        ------
        BadInput
            If a file cannot be read or a condition names an attribute that is not there.
        """
        told = cls(
            read_constraints(constraints),
            read_attributes(attributes),
            read_attributes(stimuli) if stimuli else None,
        )
        for constraint in told.constraints:
            told.mask(constraint)
        return told

    def mask(self, constraint: Constraint) -> Mask:
        """Return which items, or which stimuli, a constraint is about; raises BadInput as its mask does."""
        if constraint.what == "item":
            return constraint.mask(self.attributes)
        if self.stimuli is None:
            right = "give a table of stimuli"
            raise BadInput("is about stimuli, and there are none", where=constraint.where, right=right)
        return constraint.mask(self.stimuli)

    def align(self, items: Sequence[str]) -> "Blueprint":
        """Return the blueprint with its attributes in the order of these items.

        Raises
        ------
        BadInput
            If an item has no attributes.
        """
        rows = {str(id): row for row, id in enumerate(self.attributes.iloc[:, 0])}
        if absent := [item for item in items if item not in rows]:
            right = "give each item of the pool a row"
            raise BadInput(f"item {absent[0]!r} has no row in the attribute table", right=right)
        aligned = self.attributes.iloc[[rows[item] for item in items]].reset_index(drop=True)
        return Blueprint(self.constraints, aligned, self.stimuli)


def read_attributes(path: Path | str) -> pd.DataFrame:
    """Read a table of item or stimulus attributes; the first column is the id, empty and ``NA`` are missing.

    `path` may be the table's text.

    Raises
    ------
    BadInput
        If the file cannot be read, or an id is missing or given twice.
    """
    name = name_of(path)
    try:
        with open_table(path) as file:
            table = pd.read_csv(file, na_values=["", "NA"], keep_default_na=False)
    except BadInput:
        raise
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be read as CSV: {error}", where=name, right="name a CSV file") from None
    ids = table.iloc[:, 0]
    for row, wrong in enumerate(ids.isna() | ids.duplicated()):
        if wrong:
            said = "has no id" if pd.isna(ids[row]) else f"repeats the id {ids[row]!r}"
            raise BadInput(said, where=f"{name}, line {row + 2}", right="give each row its own id")
    return table.assign(**{str(ids.name): ids.astype(str)})
