"""Compare groups on every item of a log by one method, purified on request, as one table."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.abilities import Abilities
from calibration.classical.standing import is_common_form
from calibration.dif.anchored import anchored_dif
from calibration.dif.groups import Groups
from calibration.dif.logistic import logistic_dif
from calibration.dif.lord import lord
from calibration.dif.mantel_haenszel import generalised_chi_squared, mantel_haenszel
from calibration.dif.matching import Match, Strata, by_ability, by_sum_score, cross_tables
from calibration.dif.purification import Purified, purify
from calibration.dif.raju import raju
from calibration.fit.multiple_testing import adjust
from calibration.marginal import MarginalML
from calibration.not_enough import not_enough
from calibration.responses import ResponseMatrix
from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from engine.registry import nearest
from items.errors import BadInput
from items.parameters import ParameterSet

LEVEL = 0.05
FEWEST = 50
"""Answers that each group needs on an item."""
Comparison = Callable[[Bools], pd.DataFrame]


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
    difficulties (lord, lr) or the signed area (raju). Where a group gave too few answers, `note` says so.

    Parameters
    ----------
    method : {"mh", "logistic", "lord", "raju", "lr"}
        How; "lr" is the likelihood-ratio test with all other items as anchors.
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
    n = _answers_by_group(responses, groups)
    usable = (n >= minimum).all(axis=1) & _varies(responses, groups)
    model = model or ("2pl" if responses.n_categories.max() == 2 else "gpcm")
    settings = _Settings(responses.take_items(usable), groups, model, parameters)
    matched_on = "" if method in ("lord", "raju", "lr") else settings.matched_on
    found = _run(METHODS[method](settings) if usable.any() else None, purified, int(usable.sum()))
    table = _complete(found.result, responses, n, usable, groups, minimum)
    kept = np.flatnonzero(usable)[found.anchor]
    names = tuple(responses.items[item] for item in kept)
    return DifAnalysis(method, matched_on, groups, table, names, found.rounds, found.converged)


@dataclass(frozen=True, slots=True, eq=False)
class _Settings:
    """What a comparison works on: usable items only."""

    responses: ResponseMatrix
    groups: Groups
    model: str
    parameters: ParameterSet | None

    @property
    def matched_on(self) -> str:
        return "sum score" if is_common_form(self.responses) else "ability"

    def match(self) -> Match:
        if is_common_form(self.responses):
            return by_sum_score(self.responses)
        parameters = self.parameters
        if parameters is None:
            calibration = MarginalML(model=self.model, standard_errors="none").fit(self.responses)
            parameters = calibration.parameter_set()
        abilities = Abilities.of(self.responses, ItemPool.from_parameters(parameters))
        return by_ability(self.responses, lambda anchor: abilities.without(~anchor).theta)

    def tables(self, strata: Strata) -> Ints:
        return cross_tables(self.responses, strata, self.groups.index)


def _mantel_haenszel(settings: _Settings) -> Comparison:
    match, several = settings.match(), len(settings.groups.labels) > 2

    def compare(anchor: Bools) -> pd.DataFrame:
        tables = settings.tables(match(anchor))
        pairs = [
            _mh_frame(
                tables[:, :, [0, focal]], settings.responses.n_categories, settings.groups.labels[focal]
            )
            for focal in range(1, tables.shape[2])
        ]
        if not several:
            return pd.DataFrame(pairs[0].drop(columns="focal"))
        furthest = np.nanargmax([np.nan_to_num(pair["delta_mh"].abs(), nan=-1) for pair in pairs], axis=0)
        chosen = pd.concat([pairs[pair].iloc[[item]] for item, pair in enumerate(furthest)])
        chi2, p = generalised_chi_squared(tables)
        return pd.DataFrame(chosen.assign(chi2=chi2, p=p).reset_index(drop=True))

    return compare


def _mh_frame(tables: Ints, n_categories: Ints, focal: str) -> pd.DataFrame:
    found = mantel_haenszel(tables, n_categories)
    return pd.DataFrame(
        {
            "chi2": found.chi2,
            "p": found.p,
            "alpha_mh": found.alpha,
            "delta_mh": found.delta,
            "se_delta": found.se_delta,
            "std_p_dif": found.std_p_dif,
            "ets_class": found.ets_class,
            "focal": focal,
        }
    )


def _logistic(settings: _Settings) -> Comparison:
    match = settings.match()

    def compare(anchor: Bools) -> pd.DataFrame:
        strata = match(anchor)
        found = logistic_dif(settings.tables(strata), strata.values, settings.responses.n_categories)
        return _test_frame(found.both, found.df, found.p, found.effect, found.kind, found.letters).assign(
            shift=found.shift
        )

    return compare


def _lord(settings: _Settings) -> Comparison:
    reference, focal = _two_calibrations(settings)

    def compare(anchor: Bools) -> pd.DataFrame:
        found = lord(reference, focal, anchor)
        return _test_frame(found.statistic, found.df, found.p, found.effect, found.kind)

    return compare


def _raju(settings: _Settings) -> Comparison:
    reference, focal = _two_calibrations(settings)

    def compare(anchor: Bools) -> pd.DataFrame:
        found = raju(reference, focal, anchor)
        frame = _test_frame(found.statistic, found.df, found.p, found.effect, found.kind)
        return frame.assign(unsigned_area=found.unsigned)

    return compare


def _likelihood_ratio(settings: _Settings) -> Comparison:
    def compare(anchor: Bools) -> pd.DataFrame:
        found = anchored_dif(settings.responses, settings.groups, anchor, model=settings.model, wald=True)
        kind = ["non-uniform" if p < LEVEL else "uniform" for p in found.p_slope]
        frame = _test_frame(found.likelihood_ratio, found.df, found.p, found.effect, kind)
        return frame.assign(wald=found.wald, p_wald=found.p_wald)

    return compare


METHODS: dict[str, Callable[[_Settings], Comparison]] = {
    "mh": _mantel_haenszel,
    "logistic": _logistic,
    "lord": _lord,
    "raju": _raju,
    "lr": _likelihood_ratio,
}


def _test_frame(
    statistic: Floats,
    df: Floats | int,
    p: Floats,
    effect: Floats,
    kind: list[str],
    letters: list[str] | str = "",
) -> pd.DataFrame:
    return pd.DataFrame(
        {"statistic": statistic, "df": df, "p": p, "effect": effect, "kind": kind, "class": letters}
    )


def _two_calibrations(settings: _Settings) -> tuple[ParameterSet, ParameterSet]:
    """Return the calibrations of the two groups; refuses more groups, and items that fail in one."""
    groups, responses = settings.groups, settings.responses
    if len(groups.labels) != 2:
        raise BadInput(
            f"{groups.name} holds {len(groups.labels)} groups; this method compares two",
            right="name one with --focal, or use mh, logistic or lr",
        )
    found = []
    for index, label in enumerate(groups.labels):
        result = MarginalML(model=settings.model).fit(responses.take_persons(groups.index == index))
        lost = result.items[result.items["status"] != "ok"]
        if len(lost):
            row = lost.iloc[0]
            raise BadInput(
                f"item '{row['item']}' cannot be calibrated in group {label}: {row['status']}",
                right="leave the item out, or use mh or logistic",
            )
        found.append(result.parameter_set())
    return found[0], found[1]


def _run(compare: Comparison | None, purified: bool, n_items: int) -> Purified[pd.DataFrame]:
    everything = np.ones(n_items, bool)
    if compare is None:
        return Purified(pd.DataFrame(), everything, 0, converged=True)
    if not purified:
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
    table[texts] = table[texts].fillna("")
    if "p" in table:
        table.insert(list(table).index("p") + 1, "p_adjusted", adjust(table["p"].to_numpy(float)))
    table.insert(0, "n_focal", n[:, -1])
    table.insert(0, "n", n.sum(axis=1))
    table.insert(0, "item", responses.items)
    return table.assign(note=[_note(row, groups, minimum, ok) for row, ok in zip(n, usable, strict=True)])


def _note(n: Ints, groups: Groups, minimum: int, ok: bool) -> str:
    if ok:
        return ""
    fewest = int(np.argmin(n))
    reason = not_enough(int(n[fewest]), minimum)
    return f"{reason} in group {groups.labels[fewest]}" if reason else "all answers are in one category"
