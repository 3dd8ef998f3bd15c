"""What if the key were another: whose score and level would change, and by how much."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.scoring import score
from dashboard.answers import coded
from engine.scale import Scale
from items.parameters import ParameterSet


@dataclass(frozen=True, slots=True, eq=False)
class Rekeying:
    """The change, a row a candidate who met the item.

    Attributes
    ----------
    people : DataFrame
        `person, before, after, level_before, level_after`; scores on the reporting scale.
    """

    people: pd.DataFrame

    @property
    def changed(self) -> int:
        """Candidates whose score changes."""
        return int((self.people["before"] != self.people["after"]).sum())

    @property
    def levels(self) -> int:
        """Candidates whose level changes."""
        return int((self.people["level_before"] != self.people["level_after"]).sum())

    @property
    def sentence(self) -> str:
        """What changes, in words."""
        moved = self.people["after"] - self.people["before"]
        if not self.changed:
            return f"No score of the {len(self.people):,} candidates who met it would change."
        return (
            f"Of {len(self.people):,} candidates who met it, {self.changed:,} would get another score "
            f"({int(moved.min()):+d} to {int(moved.max()):+d} points, {moved.mean():+.1f} on average) "
            f"and {self.levels:,} another level."
        )


def rekey(
    log: pd.DataFrame,
    item: str,
    version: int,
    right: list[str],
    *,
    parameters: ParameterSet,
    scale: Scale,
) -> Rekeying:
    """Score everybody who met an item anew, as if the answers `right` were right and all others wrong.

    Parameters
    ----------
    log : DataFrame
        All answers, long: `person, item, version, response, score`.
    """
    here = (log["item"] == item) & (log["version"] == version)
    theirs = log[log["person"].isin(log.loc[here, "person"])].copy()
    before = _scores(theirs, parameters, scale)
    asked = (theirs["item"] == item) & (theirs["version"] == version)
    full = int(theirs.loc[asked, "score"].max()) or 1
    theirs.loc[asked, "score"] = np.where(theirs.loc[asked, "response"].isin(right), full, 0)
    after = _scores(theirs, parameters, scale)
    table = before.merge(after, on="person", suffixes=("_before", "_after"))
    table = table.rename(columns={"score_before": "before", "score_after": "after"})
    return Rekeying(table[["person", "before", "after", "level_before", "level_after"]])


def _scores(log: pd.DataFrame, parameters: ParameterSet, scale: Scale) -> pd.DataFrame:
    return score(coded(log, parameters), parameters, scale=scale)[["person", "score", "level"]]
