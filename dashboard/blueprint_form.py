"""A blueprint as a form: how many questions of each skill a test has at least and at most."""

import csv
import io
import re
from typing import Any

import pandas as pd

COLUMNS = ("CONSTRAINT_ID", "TYPE", "WHAT", "CONDITION", "LB", "UB", "ONOFF")
_OF_SKILL = re.compile(r'skill == "(.*)"')


def written(shares: pd.DataFrame) -> str:
    """Return the constraint table of `skill`, `least` and `most`; a skill without bounds has no row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, row in enumerate(shares.to_dict("records"), start=1):
        bounds = ["" if pd.isna(row[name]) else int(row[name]) for name in ("least", "most")]
        if bounds != ["", ""]:
            writer.writerow([f"S{number}", "Number", "Item", f'skill == "{row["skill"]}"', *bounds, ""])
    return text.getvalue()


def understood(text: str, available: "pd.Series[Any]") -> pd.DataFrame | None:
    """Return `skill`, `available`, `least`, `most` of a table that `written` made; None for any other.

    Parameters
    ----------
    available : Series
        How many items each skill has, by skill.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    bounds: dict[str, tuple[int | None, int | None]] = {}
    for row in rows:
        found = _OF_SKILL.fullmatch((row.get("CONDITION") or "").strip())
        plain = (row.get("TYPE"), row.get("WHAT"), row.get("ONOFF") or "") == ("Number", "Item", "")
        if not found or not plain or found[1] in bounds or found[1] not in available.index:
            return None
        low, high = row.get("LB") or "", row.get("UB") or ""
        if not all(part.isdigit() for part in (low, high) if part):
            return None
        bounds[found[1]] = (int(low) if low else None, int(high) if high else None)
    table = pd.DataFrame({"skill": available.index, "available": available.to_numpy()})
    for place, name in enumerate(("least", "most")):
        values = [bounds.get(skill, (None, None))[place] for skill in available.index]
        table[name] = pd.array(values, dtype="Int64")
    return table
