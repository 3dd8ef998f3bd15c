"""Compare groups on every item of a log by one method, purified on request, as one table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.dif.groups import Groups
from calibration.dif.methods import LEVEL, METHODS, Comparison, Settings, no_rows
from calibration.dif.purification import Purified, purify
from calibration.fit.multiple_testing import adjust
from calibration.not_enough import not_enough
from calibration.responses import ResponseMatrix
from engine._types import Bools, Ints
from engine.registry import nearest
from items.errors import BadInput
from items.parameters import ParameterSet

FEWEST = 50
"""Answers that each group needs on an item."""
UNDEFINED = "not defined: a group lacks a category, or cannot be calibrated alone"
UNMATCHED = ("lord", "raju", "lr", "andersen")


@dataclass(frozen=True, slots=True, eq=False)
class DifAnalysis:
    """A comparison of groups.

    Attributes
    ----------
    method, matched_on : str
        How; and on what people were matched: "sum score", "ability", or "" where nobody is matched.
    groups : Groups
        Who was compared, the reference group first.
    table : DataFrame
        One row an item; see `compare_groups`.
    anchors : tuple of texts
        The items that the last round took as equal for all.
    rounds, converged : int, bool
        Rounds of purification, and whether they settled.
    """

    method: str
    matched_on: str
    groups: Groups
    table: pd.DataFrame
    anchors: tuple[str, ...]
    rounds: int
    converged: bool


def compare_groups(
    responses: ResponseMatrix,
    groups: Groups,
    *,
    method: str = "mh",
    purified: bool = False,
    parameters: ParameterSet | None = None,
    model: str = "",
    minimum: int = FEWEST,
) -> DifAnalysis:
    """Look for items that are harder for one group than for equally able people of another.

    The table of "mh": `item, n, n_focal, chi2, p, p_adjusted, alpha_mh, delta_mh, se_delta, std_p_dif,
    ets_class, note`; with more than two groups χ² is of all at once and `focal` names the group to which the
    other numbers belong, the furthest from the reference. Other methods: `item, n, n_focal, statistic, df,
    p, p_adjusted, effect, kind, class, note`, with `effect` the gain in R² (logistic), the difference of the
    difficulties (lord, lr, andersen) or the signed area (raju); "andersen" adds `lr, lr_df, lr_p`, the test
    of all items at once; lord and raju add the error `se_effect`, logistic the uniform difference `shift` in
    logits with `se_shift`. Where a group gave too few answers, `note` says so.

    Parameters
    ----------
    method : {"mh", "logistic", "lord", "raju", "lr", "andersen"}
        How; "lr" is the likelihood-ratio test with all other items as anchors, "andersen" the conditional one
        of the Rasch model.
    purified : bool
        Leave out items found at 5 % from the matching or the anchors, until the same ones are found twice.
    parameters : ParameterSet, optional
        Item parameters for matching on ability where people met different items; calibrated if not given.
    model : str
        What is calibrated; "2pl" or "gpcm" by the number of categories if empty.
    minimum : int
        Answers that each group needs on an item.

    Raises
    ------
    BadInput
        If the method is unknown, or needs two groups and has more.
    """
    if method not in METHODS:
        raise BadInput(f"unknown DIF method '{method}'", right=nearest(method, METHODS))
    if purified and method == "andersen":
        raise BadInput("andersen compares all items at once", right="leave --purify out, or use mh or lr")
    n = _answers_by_group(responses, groups)
    usable = (n >= minimum).all(axis=1) & _varies(responses, groups)
    model = model or ("2pl" if responses.n_categories.max() == 2 else "gpcm")
    settings = Settings(responses.take_items(usable), groups, model, parameters)
    matched_on = "" if method in UNMATCHED else settings.matched_on
    if usable.any():
        found = _run(METHODS[method](settings), purified, int(usable.sum()))
    else:
        found = Purified(no_rows(method), np.zeros(0, bool), 0, converged=True)
    table = _complete(found.result, responses, n, usable, groups, minimum)
    kept = np.flatnonzero(usable)[found.anchor]
    names = tuple(responses.items[item] for item in kept)
    return DifAnalysis(method, matched_on, groups, table, names, found.rounds, found.converged)


def _run(compare: Comparison, purified: bool, n_items: int) -> Purified[pd.DataFrame]:
    if not purified:
        everything = np.ones(n_items, bool)
        return Purified(compare(everything), everything, 0, converged=True)
    return purify(compare, lambda frame: (frame["p"] < LEVEL).to_numpy(), n_items)


def _answers_by_group(responses: ResponseMatrix, groups: Groups) -> Ints:
    """Return how many people of each group answered each item (J, G)."""
    member = groups.index[responses.persons_index]
    known = member >= 0
    cell = responses.items_index[known].astype(np.int64) * len(groups.labels) + member[known]
    shape = (responses.n_items, len(groups.labels))
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)


def _varies(responses: ResponseMatrix, groups: Groups) -> Bools:
    """Return which items (J,) show more than one category among the people compared."""
    known = groups.index[responses.persons_index] >= 0
    width = int(responses.n_categories.max())
    cell = responses.items_index[known].astype(np.int64) * width + responses.category[known]
    counts = np.bincount(cell, minlength=responses.n_items * width).reshape(-1, width)
    return np.asarray(np.count_nonzero(counts, axis=1) > 1)


def _complete(
    found: pd.DataFrame, responses: ResponseMatrix, n: Ints, usable: Bools, groups: Groups, minimum: int
) -> pd.DataFrame:
    """Return the table of all items, those without numbers with a note."""
    found.index = pd.Index(np.flatnonzero(usable))
    table = found.reindex(range(responses.n_items))
    texts = [name for name in ("ets_class", "kind", "class", "focal") if name in table]
    table[texts] = table[texts].astype(object).fillna("")
    table.insert(list(table).index("p") + 1, "p_adjusted", adjust(table["p"].to_numpy(float)))
    table.insert(0, "n_focal", n[:, -1])
    table.insert(0, "n", n.sum(axis=1))
    table.insert(0, "item", responses.items)
    return table.assign(
        note=[
            _note(row, groups, minimum, ok) or ("" if number else UNDEFINED)
            for row, ok, number in zip(n, usable, table["p"].notna(), strict=True)
        ]
    )


def _note(n: Ints, groups: Groups, minimum: int, ok: bool) -> str:
    if ok:
        return ""
    fewest = int(np.argmin(n))
    reason = not_enough(int(n[fewest]), minimum)
    return f"{reason} in group {groups.labels[fewest]}" if reason else "all answers are in one category"
