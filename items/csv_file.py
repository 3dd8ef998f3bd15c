"""CSV files of every kind that people hand in, read as tables."""

import os
from pathlib import Path
from typing import Any

import pandas as pd

from items.errors import BadInput

WORKBOOK = (b"PK\3\4", b"\xd0\xcf\x11\xe0")
"""How Excel's files begin, whatever they are called."""
UTF8 = "a CSV file in UTF-8, as spreadsheets save under “CSV UTF-8”"


def read_csv(path: str | os.PathLike[str], *, right: str, where: str = "", **options: Any) -> pd.DataFrame:
    """Read a table as `pandas.read_csv` does; `right` says what it should hold, `where` names it.

    Raises
    ------
    BadInput
        If there is no such file, or it is empty, a spreadsheet, in another encoding, or no table.
    """
    where = where or str(path)
    try:
        with Path(path).open("rb") as file:
            if file.read(4).startswith(WORKBOOK):
                raise BadInput("is a spreadsheet or an archive, no text", where=where, right=UTF8)
        table: pd.DataFrame = pd.read_csv(path, **options)
    except FileNotFoundError:
        raise BadInput("there is no such file", where=where, right=right) from None
    except pd.errors.EmptyDataError:
        raise BadInput("is empty", where=where, right=right) from None
    except UnicodeDecodeError:
        raise BadInput("is not UTF-8 text", where=where, right=UTF8) from None
    except (ValueError, OSError) as error:
        raise BadInput(f"is not a CSV file ({str(error).strip()})", where=where, right=right) from None
    return table
