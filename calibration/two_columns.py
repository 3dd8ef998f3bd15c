"""Small tables with two columns of texts: the skill of each item, pairs of people."""

import os

from items.csv_file import read_csv
from items.errors import BadInput


def read_two_columns(path: str | os.PathLike[str], one: str, other: str) -> list[tuple[str, str]]:
    """Return the rows of a CSV file with the columns `one` and `other`.

    Raises
    ------
    BadInput
        If there is no such file, it is not CSV, a column is missing, or a cell is empty.
    """
    right = f"CSV with the columns {one},{other}"
    table = read_csv(path, right=right, dtype=str, keep_default_na=False)
    for column in (one, other):
        if column not in table:
            raise BadInput(f"has no column '{column}'", where=str(path), right=right)
    cells = table[[one, other]].apply(lambda column: column.str.strip())
    empty = (cells == "").any(axis=1)
    if empty.any():
        line = int(empty.to_numpy().argmax()) + 2
        raise BadInput("a cell is empty", where=f"{path}, line {line}", right=right)
    return list(cells.itertuples(index=False, name=None))
