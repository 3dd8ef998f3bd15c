"""Which items of a log can be analysed, under which parameters, and why the others cannot."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.marginal import MarginalML
from calibration.responses import ResponseMatrix
from engine.pool import ItemPool
from items.errors import BadInput
from items.parameters import ParameterSet


@dataclass(frozen=True, slots=True, eq=False)
class Usable:
    """The items that can be analysed.

    Attributes
    ----------
    whole : ResponseMatrix
        The log as it was.
    responses : ResponseMatrix
        The answers to usable items.
    parameters : ParameterSet
        Theirs, given or calibrated.
    pool : ItemPool
    left_out : dict
        The other items, and why.
    """

    whole: ResponseMatrix
    responses: ResponseMatrix
    parameters: ParameterSet
    pool: ItemPool
    left_out: dict[str, str]

    def left_out_table(self) -> pd.DataFrame:
        """Return `item, n, points, mean, p, note` of the items left out."""
        whole = self.whole
        n = np.bincount(whole.items_index, minlength=whole.n_items)
        total = np.bincount(whole.items_index, whole.category, minlength=whole.n_items)
        rows = [whole.items.index(item) for item in self.left_out]
        mean = np.divide(total[rows], n[rows], out=np.full(len(rows), np.nan), where=n[rows] > 0)
        return pd.DataFrame(
            {
                "item": list(self.left_out),
                "n": n[rows],
                "points": whole.n_categories[rows] - 1,
                "mean": mean,
                "p": mean / np.maximum(whole.n_categories[rows] - 1, 1),
                "note": list(self.left_out.values()),
            }
        )


def usable_items(responses: ResponseMatrix, parameters: ParameterSet | None) -> Usable:
    """Sort the items of a log, calibrating them where no parameters are given.

    Raises
    ------
    BadInput
        If no item is left.
    """
    if parameters is None:
        model = "2pl" if responses.n_categories.max(initial=2) == 2 else "gpcm"
        result = MarginalML(model=model).fit(responses)
        parameters = result.parameter_set()
        reasons = {str(row.item): str(row.status) for row in result.items.itertuples() if row.status != "ok"}
    else:
        held = set(parameters.table["item"])
        reasons = {item: "no parameters" for item in responses.items if item not in held}
    kept = np.array([item not in reasons for item in responses.items])
    if not kept.any():
        item, why = next(iter(reasons.items()))
        raise BadInput(
            f"no item can be analysed ({item}: {why})", right="a log and parameters of the same items"
        )
    chosen = responses.take_items(kept)
    pool = ItemPool.from_parameters(parameters)
    pool = pool.subset(pool.positions(chosen.items))
    return Usable(responses, chosen, pool.parameters, pool, reasons)
