"""How far items have moved since the set in use: computed with the analysis of a set, read by pages."""

import pandas as pd

from calibration.linking import Link, Transformation, link
from dashboard.store.analyses import KeptAnalysis
from items.errors import BadInput
from items.parameters import ParameterSet
from items.storage.parameter_sets import StoredSet

METHOD = "stocking-lord"
MOVED = "C"
"""Class of an item that has moved too far to link with."""


def compared(new: ParameterSet, old: ParameterSet) -> Link | str:
    """Return a set put on the scale of another, drifted items left out; or why that cannot be done."""
    try:
        return link(new, old, method=METHOD, purify=True, errors=False)
    except BadInput as error:
        return error.what


def drift_since(new: ParameterSet, used: StoredSet | None) -> pd.DataFrame:
    """Return how far each common item moved since the set in use: `against` names it, `A, B` lead there."""
    found = "" if used is None else compared(new, used.parameters)
    if used is None or isinstance(found, str):
        return pd.DataFrame(columns=["item", "against", "class"])
    line = found.transformation
    return found.anchors.assign(against=used.id, A=line.A, B=line.B)


def kept_link(kept: KeptAnalysis | None, new: ParameterSet, old: int) -> Link | None:
    """Return the link to an old set that an analysis of the new one kept, None where it kept none."""
    told = pd.DataFrame() if kept is None else kept["drift"]
    if told.empty or "A" not in told or (told["against"] != old).any():
        return None
    line = Transformation(float(told["A"].iloc[0]), float(told["B"].iloc[0]))
    return Link(METHOD, line, None, None, told.drop(columns=["against", "A", "B"]), line.apply(new))


def moved_since(kept: KeptAnalysis | None, used: int | None) -> pd.DataFrame | None:
    """Return the items that have moved too far since the set in use, the farthest first; None if unknown."""
    told = pd.DataFrame() if kept is None else kept["drift"]
    if told.empty or used is None or (told["against"] != used).any():
        return None
    moved = told[told["class"] == MOVED]
    return moved.sort_values("displacement", key=abs, ascending=False, ignore_index=True)
