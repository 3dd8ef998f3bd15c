"""The methods that compare groups, each as a function from the anchors to a table of all items."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.abilities import Abilities
from calibration.classical.standing import is_common_form
from calibration.dif.anchored import anchored_dif
from calibration.dif.andersen import andersen
from calibration.dif.groups import Groups
from calibration.dif.logistic import logistic_dif
from calibration.dif.lord import lord
from calibration.dif.mantel_haenszel import generalised_chi_squared, mantel_haenszel
from calibration.dif.matching import Match, Strata, by_ability, by_sum_score, cross_tables
from calibration.dif.raju import raju
from calibration.marginal import MarginalML
from calibration.responses import ResponseMatrix
from engine._types import Bools, Floats, Ints
from engine.pool import ItemPool
from items.errors import BadInput
from items.parameters import ParameterSet

LEVEL = 0.05
Comparison = Callable[[Bools], pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """What a comparison works on: usable items only."""

    responses: ResponseMatrix
    groups: Groups
    model: str
    parameters: ParameterSet | None

    @property
    def matched_on(self) -> str:
        """On what people are matched."""
        return "sum score" if is_common_form(self.responses) else "ability"

    def match(self) -> Match:
        """Return the strata for a set of anchors: by sum score on a common form, else by ability."""
        if is_common_form(self.responses):
            return by_sum_score(self.responses)
        parameters = self.parameters
        if parameters is None:
            calibration = MarginalML(model=self.model, standard_errors="none").fit(self.responses)
            parameters = calibration.parameter_set()
        abilities = Abilities.of(self.responses, ItemPool.from_parameters(parameters))
        return by_ability(self.responses, lambda anchor: abilities.without(~anchor).theta)

    def tables(self, strata: Strata) -> Ints:
        """Return the counts by item, stratum, group and category (J, S, G, K)."""
        return cross_tables(self.responses, strata, self.groups.index)


def _mantel_haenszel(settings: Settings) -> Comparison:
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


def no_rows(method: str) -> pd.DataFrame:
    """Return the table of a method without rows: where no item has enough answers."""
    if method == "mh":
        return _mh_frame(np.zeros((0, 1, 2, 2), np.int64), np.zeros(0, np.int64), "").drop(columns="focal")
    nothing = np.zeros(0)
    return _test_frame(nothing, nothing, nothing, nothing, [])


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


def _logistic(settings: Settings) -> Comparison:
    match = settings.match()

    def compare(anchor: Bools) -> pd.DataFrame:
        strata = match(anchor)
        found = logistic_dif(settings.tables(strata), strata.values, settings.responses.n_categories)
        return _test_frame(found.both, found.df, found.p, found.effect, found.kind, found.letters).assign(
            effect_low=found.effect_low,
            effect_high=found.effect_high,
            shift=found.shift,
            se_shift=found.se_shift,
        )

    return compare


def _lord(settings: Settings) -> Comparison:
    reference, focal = _two_calibrations(settings)

    def compare(anchor: Bools) -> pd.DataFrame:
        found = lord(reference, focal, anchor)
        frame = _test_frame(found.statistic, found.df, found.p, found.effect, found.kind)
        return frame.assign(se_effect=found.se_effect)

    return compare


def _raju(settings: Settings) -> Comparison:
    reference, focal = _two_calibrations(settings)

    def compare(anchor: Bools) -> pd.DataFrame:
        found = raju(reference, focal, anchor)
        frame = _test_frame(found.statistic, found.df, found.p, found.effect, found.kind)
        return frame.assign(se_effect=found.se_effect, unsigned_area=found.unsigned)

    return compare


def _likelihood_ratio(settings: Settings) -> Comparison:
    def compare(anchor: Bools) -> pd.DataFrame:
        found = anchored_dif(settings.responses, settings.groups, anchor, model=settings.model, wald=True)
        kind = ["non-uniform" if p < LEVEL else "uniform" for p in found.p_slope]
        frame = _test_frame(found.likelihood_ratio, found.df, found.p, found.effect, kind)
        return frame.assign(se_effect=found.se_effect, wald=found.wald, p_wald=found.p_wald)

    return compare


def _andersen(settings: Settings) -> Comparison:
    def compare(anchor: Bools) -> pd.DataFrame:
        found = andersen(settings.responses, settings.groups)
        df = len(settings.groups.labels) - 1
        frame = _test_frame(found.wald, df, found.p_wald, found.effect, ["uniform"] * found.wald.size)
        return frame.assign(se_effect=found.se_effect, lr=found.statistic, lr_df=found.df, lr_p=found.p)

    return compare


METHODS: dict[str, Callable[[Settings], Comparison]] = {
    "mh": _mantel_haenszel,
    "logistic": _logistic,
    "lord": _lord,
    "raju": _raju,
    "lr": _likelihood_ratio,
    "andersen": _andersen,
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


def _two_calibrations(settings: Settings) -> tuple[ParameterSet, ParameterSet]:
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
