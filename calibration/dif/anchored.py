"""Likelihood-ratio and Wald tests of one item at a time, all anchors held equal in every group.

Both groups are calibrated at once, each with its own mean and SD. The studied item then gets parameters of
its own in each group: twice the gain in log-likelihood, or Wald's χ² of their difference, tells whether it
needs them. Items outside the anchors always have their own. Wald's statistic compares ln a, whose estimates
are nearer to normal than those of a: with a itself it falls short where the slope of a group is steep.

Thissen, Steinberg & Wainer (1993), in Holland & Wainer, Differential Item Functioning, ch. 4; Langer (2008).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from calibration.dif.groups import Groups
from calibration.linking.anchors import difficulties
from calibration.marginal import MarginalML
from calibration.responses import ResponseMatrix
from calibration.result import CalibrationResult
from engine._types import Bools, Floats
from engine.pool import Block, ItemPool
from items.parameters import ParameterSet

GROUP = "g_compared"


@dataclass(frozen=True, slots=True, eq=False)
class AnchoredDif:
    """Results of J items, each (J,): both statistics, degrees of freedom, probabilities; Δb as effect.

    Its error `se_effect` comes by the delta method from all parameters' covariance, NaN without Wald's test.
    """

    likelihood_ratio: Floats
    wald: Floats
    df: Floats
    p: Floats
    p_wald: Floats
    effect: Floats
    se_effect: Floats
    p_slope: Floats


def anchored_dif(
    responses: ResponseMatrix, groups: Groups, anchor: Bools, *, model: str = "2pl", wald: bool = False
) -> AnchoredDif:
    """Test each item, the anchors (J,) held equal.

    What is tested is NaN for an item whose parameters one group's answers alone do not yield.

    Parameters
    ----------
    wald : bool
        Compute Wald's statistic too, which needs standard errors in each calibration.
    """
    data = _grouped(responses, groups)
    outside = frozenset(np.flatnonzero(~anchor).tolist())
    base = _calibrate(data, outside, model)
    rows = [_test(data, item, outside, base, model, wald) for item in range(responses.n_items)]
    ratio, statistic, df, effect, error, p_slope = np.array(rows, float).T
    return AnchoredDif(
        ratio,
        statistic,
        df,
        np.asarray(chi2.sf(ratio, df)),
        np.asarray(chi2.sf(statistic, df)),
        effect,
        error,
        p_slope,
    )


def split_items(responses: ResponseMatrix, items: Iterable[int], group: str) -> ResponseMatrix:
    """Return the log with each of the items as one item for every group; their names carry the group's."""
    chosen = sorted(items)
    labels = list(dict.fromkeys(responses.groups[group]))
    member = pd.Categorical(responses.groups[group], categories=labels).codes.astype(np.int64)
    place = np.full(responses.n_items, -1)
    place[chosen] = np.arange(len(chosen))
    new = responses.n_items + place[responses.items_index] * len(labels) + member[responses.persons_index]
    index = np.where(place[responses.items_index] >= 0, new, responses.items_index)
    copies = np.repeat(chosen, len(labels)).astype(np.int64)
    names = tuple(f"{responses.items[item]} in {label}" for item in chosen for label in labels)
    wider = replace(
        responses,
        items=responses.items + names,
        versions=np.concatenate([responses.versions, responses.versions[copies]]),
        n_categories=np.concatenate([responses.n_categories, responses.n_categories[copies]]),
        levels=responses.levels + tuple(responses.levels[item] for item in copies),
        items_index=index.astype(np.int32),
    )
    kept = np.ones(wider.n_items, bool)
    kept[chosen] = False
    return wider.take_items(kept)


def _grouped(responses: ResponseMatrix, groups: Groups) -> ResponseMatrix:
    """Return the people of a known group, with that group as the only column."""
    known = groups.index >= 0
    labels = np.array(groups.labels, dtype=object)[groups.index[known]]
    return replace(responses.take_persons(known), groups=pd.DataFrame({GROUP: labels}))


def _calibrate(
    data: ResponseMatrix,
    split: frozenset[int],
    model: str,
    *,
    start: ParameterSet | None = None,
    errors: bool = False,
) -> CalibrationResult:
    settings = MarginalML(
        model=model,
        group=GROUP,
        start=start,
        standard_errors="observed" if errors else "none",
        full_covariance=errors,
    )
    return settings.fit(split_items(data, split, GROUP))


def _test(
    data: ResponseMatrix, item: int, outside: frozenset[int], base: CalibrationResult, model: str, wald: bool
) -> tuple[float, float, float, float, float, float]:
    """Return likelihood ratio, Wald's χ² (or NaN), degrees of freedom, Δb, its error, and the p of Δa.

    All are NaN where one of the two calibrations leaves out an item that the other holds, as one whose slope
    has no end in a group's answers alone.
    """
    other = outside ^ {item}
    start = _start(base, data, item)
    changed = _calibrate(data, other, model, start=start, errors=wald and item not in outside)
    freed, held = (base, changed) if item in outside else (changed, base)
    if wald and item in outside:
        freed = _calibrate(data, outside, model, start=start, errors=True)
    names = set(_names(data, item))
    if set(freed.parameters["item"]) ^ names != set(held.parameters["item"]) ^ {data.items[item]}:
        return (float("nan"),) * 6
    ratio = 2 * (freed.log_likelihood - held.log_likelihood)
    df = freed.n_parameters - held.n_parameters
    effect, error, statistic, p_slope = _difference(freed, data, item)
    return max(ratio, 0.0), statistic, float(df), effect, error, p_slope


def _start(base: CalibrationResult, data: ResponseMatrix, item: int) -> ParameterSet:
    """Return the base's parameters, the studied item's under every name that it may have."""
    table, names = base.parameters, [data.items[item], *_names(data, item)]
    own = table["item"].isin(names)
    copies = [table[own].iloc[:1].assign(item=name) for name in names]
    return ParameterSet(pd.concat([table[~own], *copies], ignore_index=True), base.population)


def _names(data: ResponseMatrix, item: int) -> list[str]:
    """Return the item's names in the groups."""
    return [f"{data.items[item]} in {label}" for label in dict.fromkeys(data.groups[GROUP])]


def _difference(
    freed: CalibrationResult, data: ResponseMatrix, item: int
) -> tuple[float, float, float, float]:
    """Return last − first group's difficulty, its error, Wald's χ² of all differences, the slopes' p."""
    names = _names(data, item)
    pool = ItemPool.from_parameters(freed.parameters)
    rows = pool.positions(names)
    b = np.nanmean(difficulties(pool), axis=1)[rows]
    effect = float(b[-1] - b[0])
    if freed.covariance is None:
        return effect, float("nan"), float("nan"), float("nan")
    block = next(block for block in pool.blocks if rows[0] in block.index)
    labels = block.model.working_names(block.n_categories)
    free = [place for place, label in enumerate(labels) if f"{names[0]}:{label}" in freed.covariance.index]
    whole = np.stack([block.working[np.flatnonzero(block.index == row)[0]] for row in rows])
    working = whole[:, free]
    entries = [f"{name}:{labels[place]}" for name in names for place in free]
    covariance = freed.covariance.loc[entries, entries].to_numpy(float)
    error = _error_of_last_less_first(block, whole, free, covariance)
    slope = next((place for place, at in enumerate(free) if labels[at] == "a"), None)
    if slope is not None and (working[:, slope] > 0).all():
        covariance = _to_log(covariance, working, slope)
        working[:, slope] = np.log(working[:, slope])
    contrast = np.kron(np.column_stack([-np.ones(len(names) - 1), np.eye(len(names) - 1)]), np.eye(len(free)))
    delta, spread = contrast @ working.ravel(), contrast @ covariance @ contrast.T
    z = np.nan if slope is None else abs(delta[slope]) / np.sqrt(spread[slope, slope])
    return effect, error, float(delta @ np.linalg.solve(spread, delta)), float(2 * norm.sf(z))


def _error_of_last_less_first(block: Block, working: Floats, free: list[int], covariance: Floats) -> float:
    """Return the error of the last group's mean difficulty less the first's, by the delta method.

    From the working parameters (G, P) of an item in each group and the covariance of the free ones.
    """
    names = [one.name for one in block.model.parameters(block.n_categories)]
    steps = [place for place, name in enumerate(names) if name.startswith("b")]
    slopes = block.model.natural_jacobian(working)[:, steps].mean(axis=1)[:, free]
    slopes[0] *= -1
    slopes[1:-1] = 0
    return float(np.sqrt(slopes.ravel() @ covariance @ slopes.ravel()))


def _to_log(covariance: Floats, working: Floats, slope: int) -> Floats:
    """Return the covariance (G·F, G·F) of the parameters (G, F) with ln a in place of a."""
    scale = np.ones_like(working)
    scale[:, slope] = 1 / working[:, slope]
    return np.asarray(covariance * np.outer(scale, scale))
