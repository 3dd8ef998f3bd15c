"""Abilities of everybody in a log, by any registered estimator.

Persons are scored in batches of similar length, so that one long test does not widen the arrays of all.
"""

import inspect
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from calibration.responses import ResponseMatrix
from calibration.versions import pool_of_versions, positions
from engine._types import Floats, Ints
from engine.estimation.base import STATUSES, Answers, Estimator, estimators, status
from engine.pool import ItemPool
from engine.priors import Normal, Points, Prior
from engine.quadrature import grid
from engine.scale import Scale
from engine.tables import Tables
from items.errors import BadInput
from items.parameters import ParameterSet

BATCH = 5_000


def score(
    responses: ResponseMatrix,
    parameters: ParameterSet,
    *,
    method: str = "eap",
    population: tuple[float, float] | None = None,
    bounds: tuple[float, float] = (-6.0, 6.0),
    min_answers: int = 1,
    scale: Scale | None = None,
) -> pd.DataFrame:
    """Score a log: one row a person, `person, theta, se, status, n_items`.

    Parameters
    ----------
    responses : ResponseMatrix
        Coded as the parameters expect: read it with `levels=known_levels(parameters)`.
    method : str
        A registered estimator: mle, wle, map, eap.
    population : (mean, SD), optional
        Prior of MAP and EAP (logits); by default the population of the parameter set, by group where the log
        names the groups.
    bounds : pair of float
        Where MLE and WLE end (logits); an estimate at a bound has no standard error.
    min_answers : int
        With fewer answers the status is `not_enough_answers`.
    scale : Scale, optional
        Adds `score, score_low, score_high, level`.

    Raises
    ------
    BadInput
        If the method is unknown or an item of the log has no parameters.
    """
    estimator = _estimator(method, bounds)
    pool = pool_of_versions(parameters)
    where = _places(responses, pool)
    tables = Tables.of(pool, _nodes(parameters, bounds))
    prior = _prior(responses, parameters, population)
    theta, se = np.full(responses.n_persons, np.nan), np.full(responses.n_persons, np.nan)
    word = np.full(responses.n_persons, STATUSES.index("no_answers"))
    order = np.argsort(responses.answers_per_person, kind="stable")
    for start in range(0, responses.n_persons, BATCH):
        rows = order[start : start + BATCH]
        answers = Answers.of(pool, tables, *_padded(responses, where, rows), prior.take(rows))
        estimate = estimator.estimate(answers)
        theta[rows], se[rows] = estimate.theta, estimate.se
        word[rows] = status(answers, estimate, min_answers=min_answers)
    enough = word != STATUSES.index("not_enough_answers")
    theta, se = np.where(enough, theta, np.nan), np.where(enough, se, np.nan)
    table = pd.DataFrame(
        {
            "person": responses.persons,
            "theta": theta,
            "se": se,
            "status": np.array(STATUSES)[word],
            "n_items": responses.answers_per_person,
        }
    )
    return table if scale is None else _with_scores(table, scale)


def known_levels(parameters: ParameterSet) -> dict[str, Sequence[int]]:
    """Return the numbers that stand for each item's categories: those the calibration met, else 0..K-1."""
    pool = pool_of_versions(parameters)
    met: Mapping[str, Sequence[int]] = parameters.provenance.get("levels", {})
    return {
        item: met[item] if len(met.get(item, ())) == k else tuple(range(int(k)))
        for item, k in zip(pool.items, pool.n_categories, strict=True)
    }


def _estimator(method: str, bounds: tuple[float, float]) -> Estimator:
    try:
        known = inspect.signature(estimators[method]).parameters
        limits = {"lower": bounds[0], "upper": bounds[1]} if "lower" in known else {}
        return estimators.build(method, limits)
    except ValueError as error:
        raise BadInput(str(error), where="score") from None


def _places(responses: ResponseMatrix, pool: ItemPool) -> Ints:
    """Return the pool's row of each item of the log (J,)."""
    places = positions(pool, responses.identities)
    for j, row in enumerate(places):
        if responses.n_categories[j] > pool.n_categories[row]:
            raise BadInput(
                f"has {responses.n_categories[j]} categories in the log, "
                f"{pool.n_categories[row]} in the parameters",
                where=f"item {responses.items[j]}",
                right="the same scoring in both",
            )
    return places


def _padded(responses: ResponseMatrix, where: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return pool rows and categories (n, L) of the answers of some persons, −1 beyond a person's last."""
    chosen = responses.take_persons(rows)
    lengths = chosen.answers_per_person
    place = np.arange(chosen.n_responses) - np.repeat(chosen.indptr[:-1], lengths)
    items, categories = (np.full((rows.size, max(int(lengths.max(initial=0)), 1)), -1) for _ in range(2))
    items[chosen.persons_index, place] = where[chosen.items_index]
    categories[chosen.persons_index, place] = chosen.category
    return items, categories


def _nodes(parameters: ParameterSet, bounds: tuple[float, float]) -> Floats:
    """Return the calibration's grid, or the reference grid, wide enough for the bounds."""
    known = parameters.provenance.get("quadrature", {})
    if "weights" in known:
        return np.linspace(known["lower"], known["upper"], known["nodes"])
    step = (known["upper"] - known["lower"]) / (known["nodes"] - 1) if known else grid()[1] - grid()[0]
    reach = max(6.0, abs(known.get("lower", 0.0)), *(abs(bound) for bound in bounds))
    return grid(2 * int(np.ceil(reach / step - 1e-9)) + 1, bound=float(np.ceil(reach / step - 1e-9) * step))


def _prior(
    responses: ResponseMatrix, parameters: ParameterSet, population: tuple[float, float] | None
) -> Prior:
    """Return the population that MAP and EAP take for granted."""
    if population is not None:
        if not population[1] > 0:
            raise BadInput(f"the population's SD is {population[1]:g}", where="score", right="above 0")
        return Normal(*population)
    known, group = parameters.population, parameters.provenance.get("settings", {}).get("group")
    if len(known) == 1:
        ((name, (mean, sd)),) = known.items()
        weights = parameters.provenance.get("quadrature", {}).get("weights", {}).get(name)
        return (
            Normal(mean, sd)
            if weights is None
            else Points(tuple(_nodes(parameters, (0, 0))), tuple(np.maximum(weights, 1e-300)))
        )
    if group not in responses.groups or not set(responses.groups[group].astype(str)) <= set(known):
        raise BadInput(
            f"the parameters know the groups {', '.join(known)}, the log does not name them in '{group}'",
            where="score",
            right="that column, or --population MEAN,SD",
        )
    moments = np.array([known[label] for label in responses.groups[group].astype(str)])
    return Normal(moments[:, 0], moments[:, 1])  # type: ignore[arg-type]


def _with_scores(table: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Return the table with the columns of the reporting scale."""
    report = scale.report(table["theta"].to_numpy(), table["se"].to_numpy())
    return table.assign(score=report.score, score_low=report.low, score_high=report.high, level=report.level)
