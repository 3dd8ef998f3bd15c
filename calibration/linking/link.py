"""Link a new calibration to an old scale: constants, their standard errors, anchors that hold, parameters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.linking.anchors import Anchors, find_anchors
from calibration.linking.drift import drift_table
from calibration.linking.methods import METHODS, Method
from calibration.linking.transformation import Transformation
from engine._types import Bools
from engine.registry import nearest
from items.errors import BadInput
from items.parameters import ParameterSet

FEWEST = 3
"""Anchors that purification leaves at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """The result of linking.

    Attributes
    ----------
    method : str
        How A and B were found.
    transformation : Transformation
        θ_old = A θ_new + B.
    se_A, se_B : float
        Standard errors over the choice of anchors (jackknife); None with three anchors or fewer, or if not
        asked for.
    anchors : DataFrame
        One row an anchor: how far it has moved (see `calibration.drift`), and whether it was `used`.
    parameters : ParameterSet
        The new calibration on the old scale.
    """

    method: str
    transformation: Transformation
    se_A: float | None
    se_B: float | None
    anchors: pd.DataFrame
    parameters: ParameterSet

    def summary(self) -> dict[str, float | int | str | None]:
        """Return the constants as plain numbers, for a summary file."""
        used = int(self.anchors["used"].sum())
        return {
            "method": self.method, "A": self.transformation.A, "B": self.transformation.B,
            "se_A": self.se_A, "se_B": self.se_B, "anchors": len(self.anchors), "anchors_used": used,
        }  # fmt: skip


def link(
    new: ParameterSet,
    old: ParameterSet,
    *,
    method: str = "stocking-lord",
    anchors: Sequence[str] | None = None,
    purify: bool = False,
    errors: bool = True,
) -> Link:
    """Put the new calibration on the scale of the old one.

    Parameters
    ----------
    method : {"mean-mean", "mean-sigma", "haebara", "stocking-lord"}
        How the constants are found.
    anchors : sequence of item names, optional
        Which common items link the scales; all of them if not given.
    purify : bool
        Leave out anchors of drift class C, one at a time and the worst first, at least three remaining.
    errors : bool
        Whether to find standard errors of A and B, which takes a fit for each anchor.

    Raises
    ------
    BadInput
        If the method is unknown or fewer than two items are comparable.
    """
    if method not in METHODS:
        raise BadInput(f"unknown linking method '{method}'", right=nearest(method, METHODS))
    common = find_anchors(new, old, items=anchors)
    used = _hold(common, METHODS[method]) if purify else np.ones(len(common), bool)
    chosen = common.keep(used)
    line = METHODS[method](chosen)
    se_a, se_b = _jackknife(chosen, METHODS[method]) if errors else (None, None)
    return Link(method, line, se_a, se_b, drift_table(common, line).assign(used=used), line.apply(new))


def _hold(anchors: Anchors, method: Method) -> Bools:
    """Return which anchors (J,) hold when the worst is left out until none has drifted."""
    used = np.ones(len(anchors), bool)
    while used.sum() > FEWEST:
        table = drift_table(anchors, method(anchors.keep(used)))
        drifted = used & (table["class"] == "C").to_numpy()
        if not drifted.any():
            break
        used[np.argmax(np.where(drifted, table["displacement"].abs(), -1.0))] = False
    return used


def _jackknife(anchors: Anchors, method: Method) -> tuple[float | None, float | None]:
    """Return standard errors of A and B from leaving out one anchor at a time (Tukey 1958)."""
    n = len(anchors)
    if n <= FEWEST:
        return None, None
    lines = [method(anchors.keep(np.arange(n) != left_out)) for left_out in range(n)]
    values = np.array([(line.A, line.B) for line in lines])
    spread = np.sqrt((n - 1) / n * ((values - values.mean(axis=0)) ** 2).sum(axis=0))
    return float(spread[0]), float(spread[1])
