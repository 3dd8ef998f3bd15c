"""The whole analysis of a log in one call: tables, figures' numbers and flags.

Without parameters a 2PL (a GPCM where an item has more categories) is calibrated first. Items that cannot be
analysed, because all answers are alike or because they have no parameters, stay in the item table with the
reason. What chance alone does is simulated once and serves all statistics that need it. The matrices are many
and small: linear algebra runs on one thread, which is faster and leaves the other processors alone.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from calibration.abilities import Abilities
from calibration.classical import item_statistics, reliability, score_distribution
from calibration.classical.items import item_rest
from calibration.classical.reliability import Reliability
from calibration.classical.standing import is_common_form
from calibration.dependence import cutoff_by_chance, dependence_table, largest_excess
from calibration.dif.every_group import compare_every_group
from calibration.dimensionality import Dimensions, dimensions
from calibration.fit import ModelFit, deviations_and_scores, fit_table, model_fit, observed_curves
from calibration.fit.replicates import Statistic, reference
from calibration.flags import Evidence, Policy, collect_flags, person_flags
from calibration.item_reasons import Usable, usable_items
from calibration.not_enough import not_enough
from calibration.options import has_options, option_curves, option_table
from calibration.person_fit import person_table
from calibration.person_fit.copying import copying_table
from calibration.person_fit.likelihood import lz_at_mean
from calibration.response_time import fit_times, item_times, person_times
from calibration.responses import ResponseMatrix
from calibration.subscores import subscore_table
from calibration.whole_test import remarks, whole_table
from engine._types import Floats
from items.parameters import ParameterSet, write_whole

REPLICATES = 50
MANY = 1_000_000
"""Answers beyond which a fifth of the replicates must do."""
NOTHING = pd.DataFrame()


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What an analysis found.

    Attributes
    ----------
    items, options, fit, dependence, dimensions, persons, flags : DataFrame
        The tables of `itemwise analyse`; `options` is empty without raw answers.
    curves, option_curves, scores : DataFrame
        Numbers of figures: observed and expected scores along ability, shares of the options, distribution of
        the totals.
    subscores : DataFrame
        Value of reporting each skill; empty without skills.
    dif, dif_curves : mapping
        Mantel–Haenszel table, and mean scores along standing, by group column.
    copying : DataFrame
        Answer copying in the pairs of people that were named; empty without any.
    test : DataFrame
        Every number of the whole test: `statistic, value, note`.
    reliability, model_fit, dimensionality : records
        Results for the whole test; each says why where it is not defined.
    parameters : ParameterSet
        What was analysed with: given, or calibrated here.
    n_persons, n_responses : int
    notes : tuple of texts
        What a reader should know: messages of the reader, items left out, statistics not defined.
    """

    items: pd.DataFrame
    options: pd.DataFrame
    fit: pd.DataFrame
    dependence: pd.DataFrame
    dimensions: pd.DataFrame
    persons: pd.DataFrame
    flags: pd.DataFrame
    curves: pd.DataFrame
    option_curves: pd.DataFrame
    scores: pd.DataFrame
    subscores: pd.DataFrame
    dif: Mapping[str, pd.DataFrame]
    dif_curves: Mapping[str, pd.DataFrame]
    copying: pd.DataFrame
    test: pd.DataFrame
    reliability: Reliability
    model_fit: ModelFit
    dimensionality: Dimensions
    parameters: ParameterSet
    n_persons: int
    n_responses: int
    notes: tuple[str, ...] = field(default=())

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by file name, without those that are empty for want of data."""
        named = {
            "items": self.items,
            "options": self.options,
            "fit": self.fit,
            "dependence": self.dependence,
            "dimensions": self.dimensions,
            "persons": self.persons,
            "flags": self.flags,
            "curves": self.curves,
            "option_curves": self.option_curves,
            "scores": self.scores,
            "subscores": self.subscores,
            "copying": self.copying,
            "test": self.test,
            **{f"dif_{name.removeprefix('g_')}": table for name, table in self.dif.items()},
            **{f"dif_curves_{name.removeprefix('g_')}": table for name, table in self.dif_curves.items()},
        }
        always = ("items", "options", "fit", "dependence", "dimensions", "persons", "flags")
        return {name: table for name, table in named.items() if len(table.columns) or name in always}

    def write(self, folder: Path) -> list[Path]:
        """Write every table as CSV into a folder, which is made if missing; return the files."""
        folder.mkdir(parents=True, exist_ok=True)
        files = []
        for name, table in self.tables().items():
            files.append(folder / f"{name}.csv")
            write_whole(files[-1], table.to_csv(index=False, float_format="%.6g"))
        return files


def analyse(
    responses: ResponseMatrix,
    parameters: ParameterSet | None = None,
    *,
    policy: Policy | None = None,
    skills: Mapping[str, str] | None = None,
    offered: Mapping[str, Collection[str]] | None = None,
    pairs: Sequence[tuple[str, str]] = (),
    rng: np.random.Generator | None = None,
    replicates: int = REPLICATES,
) -> Analysis:
    """Analyse a log.

    Parameters
    ----------
    responses : ResponseMatrix
    parameters : ParameterSet, optional
        Known item parameters; calibrated from the log if not given.
    policy : Policy, optional
        When items and persons are flagged; the project's own if not given.
    skills : mapping, optional
        The skill of each item, for sub-scores; by default the parameters' column `skill` or `content`.
    offered : mapping, optional
        The options that each item offers, none for typed answers; by default what the log shows.
    pairs : sequence of (source, copier)
        People suspected of copying, who from whom.
    rng : Generator, optional
        Source of the simulated references; by default one that the answers themselves determine, so that the
        same log gives the same numbers.
    replicates : int
        Simulated data sets.

    Raises
    ------
    BadInput
        If no item can be analysed, log and parameters do not fit each other, or a person of a pair is not in
        the log.
    """
    policy = policy or Policy.read()
    rng = rng or np.random.default_rng(zlib.crc32(responses.category.tobytes()))
    with threadpool_limits(limits=1, user_api="blas"):
        return _analyse(responses, parameters, policy, skills, offered, pairs, rng, replicates)


def _analyse(
    responses: ResponseMatrix,
    parameters: ParameterSet | None,
    policy: Policy,
    skills: Mapping[str, str] | None,
    offered: Mapping[str, Collection[str]] | None,
    pairs: Sequence[tuple[str, str]],
    rng: np.random.Generator,
    replicates: int,
) -> Analysis:
    usable = usable_items(responses, parameters)
    abilities = Abilities.of(usable.responses, usable.pool)
    simulated = _simulate(abilities, rng, replicates)
    timed = usable.responses.time_s is not None and bool((np.nan_to_num(usable.responses.time_s) > 0).any())
    times = fit_times(usable.responses) if timed else None
    by_item = NOTHING if times is None else item_times(abilities, times)
    raw = has_options(usable.responses)
    options = option_table(abilities, offered) if raw else NOTHING
    whole = reliability(usable.responses)
    items = _item_table(abilities, whole, simulated["rir"], by_item, usable, policy.minimum.item)
    fit = fit_table(abilities, simulated["chi2"], minimum=policy.minimum.item)
    dependence = dependence_table(abilities, cutoff=cutoff_by_chance(simulated["q3"]))
    groups = compare_every_group(usable.responses, usable.parameters, minimum=policy.minimum.group)
    evidence = Evidence(responses.n_persons, items, options, fit, dependence, by_item, groups.tables)
    flags = collect_flags(evidence, policy)
    people = person_table(abilities, simulated=simulated.get("lz"), minimum=policy.minimum.person)
    if times is not None:
        people = pd.concat([people, person_times(abilities, times)], axis=1)
    dimensionality = dimensions(usable.responses, rng=rng)
    fit_of_model = model_fit(abilities)
    test = whole_table(whole, fit_of_model, dimensionality)
    return Analysis(
        items=items.assign(flags=[" ".join(flags["flag"][flags["item"] == item]) for item in items["item"]]),
        options=options,
        fit=fit,
        dependence=dependence,
        dimensions=dimensionality.table,
        persons=people.assign(flags=person_flags(people, policy)),
        flags=flags,
        curves=observed_curves(abilities),
        option_curves=option_curves(abilities) if raw else NOTHING,
        scores=score_distribution(abilities) if is_common_form(usable.responses) else NOTHING,
        subscores=_subscores(abilities, skills, usable.parameters),
        dif=groups.tables,
        dif_curves=groups.curves,
        copying=copying_table(abilities, pairs) if pairs else NOTHING,
        test=test,
        reliability=whole,
        model_fit=fit_of_model,
        dimensionality=dimensionality,
        parameters=usable.parameters,
        n_persons=responses.n_persons,
        n_responses=responses.n_responses,
        notes=(*remarks(responses, usable.left_out, test, raw), *groups.notes),
    )


def _simulate(abilities: Abilities, rng: np.random.Generator, replicates: int) -> dict[str, Floats]:
    """Return what chance alone does: item-rest correlations, χ²*, largest Q3, and l_z in adaptive logs."""
    statistics: dict[str, Statistic] = {"rir": item_rest, "chi2": deviations_and_scores, "q3": largest_excess}
    if not is_common_form(abilities.responses):
        statistics["lz"] = lz_at_mean
    count = replicates if abilities.responses.n_responses <= MANY else max(replicates // 5, 5)
    return dict(
        zip(statistics, reference(abilities, list(statistics.values()), rng, replicates=count), strict=True)
    )


def _item_table(
    abilities: Abilities,
    whole: Reliability,
    simulated_rir: Floats,
    times: pd.DataFrame,
    usable: Usable,
    minimum: int,
) -> pd.DataFrame:
    """Return the table of all items of the log, with parameters, times, and a note where there is none."""
    table = item_statistics(abilities, expected_rir=_mean_of_known(simulated_rir))
    table["alpha_if_dropped"] = whole.alpha_if_dropped
    known = usable.parameters.table.set_index("item").loc[list(table["item"])].reset_index(drop=True)
    columns = ["model", *usable.parameters.parameter_columns()]
    table = pd.concat([table, known[columns], times.drop(columns="item", errors="ignore")], axis=1)
    table["note"] = [not_enough(int(n), minimum) for n in table["n"]]
    few = table["note"] != ""
    table.loc[few, [c for c in table.select_dtypes("float") if c not in columns]] = np.nan
    left_out = usable.left_out_table()
    if not len(left_out):
        return table
    place = {item: row for row, item in enumerate(usable.whole.items)}
    everything: pd.DataFrame = pd.concat([table, left_out], ignore_index=True)
    return everything.sort_values("item", key=lambda names: names.map(place), ignore_index=True)


def _mean_of_known(values: Floats) -> Floats:
    """Return the mean over the replicates (B, J) that have a value; NaN where none has."""
    known = np.isfinite(values)
    total, count = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
    return np.asarray(np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0))


def _subscores(
    abilities: Abilities, skills: Mapping[str, str] | None, parameters: ParameterSet
) -> pd.DataFrame:
    table = parameters.table
    column = next((name for name in ("skill", "content") if name in table), None)
    if skills is None and column is not None:
        skills = dict(zip(table["item"], table[column].fillna("").astype(str), strict=True))
    return NOTHING if not skills or len(set(skills.values())) < 2 else subscore_table(abilities, skills)
