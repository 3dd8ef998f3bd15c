"""A calibration posed: which items and groups, which parameters are free, where to start.

Everything that depends on the settings and the log is settled here; the estimation that follows sees an
objective and a start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from calibration import identification
from calibration.em import EStep
from calibration.item_models import ItemModels
from calibration.objective import Objective
from calibration.parameter_map import ParameterMap, parameter_map
from calibration.population import Population
from calibration.priors import ItemPrior, default_prior, no_prior
from calibration.responses import ResponseMatrix
from calibration.versions import pool_of_versions
from engine._types import Floats, Ints
from engine.models import model as model_named
from engine.models.base import ItemModel
from engine.quadrature import grid
from items.errors import BadInput
from items.parameters import ParameterSet


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What is to be estimated from which answers.

    Attributes
    ----------
    responses : ResponseMatrix
        The answers to the items that can be calibrated.
    models : models of these items
    anchored : (J,) bool
        Items held at given values.
    objective : Objective
    start : (F,)
    messages : what was left out or rests on an assumption
    """

    responses: ResponseMatrix
    models: tuple[ItemModel, ...]
    anchored: np.ndarray[tuple[int], np.dtype[np.bool_]]
    objective: Objective
    start: Floats
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The settings that shape the problem; see `MarginalML`."""

    models: ItemModels
    nodes: int
    bound: float
    group: str | None
    anchors: ParameterSet | None
    histogram: bool
    free_population: bool | None
    default_priors: bool
    start: ParameterSet | None
    random_groups: bool
    threads: int | None


def pose(choices: Choices, responses: ResponseMatrix) -> Problem:
    """Return the problem for the items of `responses`, all of which can be calibrated.

    Raises
    ------
    BadInput
        If groups are too small or unknown, anchors do not fit the log, or the items do not hang together.
    """
    held = _anchors(choices.anchors, responses)
    responses = _with_anchor_categories(responses, held)
    models = _models(choices, responses, held)
    labels, group = groups_of(responses, choices.group)
    separate = len(labels) > 1
    link = ""
    if not held:
        link = identification.check_links(
            responses, group, separate=separate, random_groups=choices.random_groups
        )
    fixed = {j: working for j, (_, working) in held.items()} | choices.models.held(responses.items, models)
    items = parameter_map(
        models, responses.n_categories, fixed=fixed, tied_slopes=choices.models.tied(responses.items)
    )
    population = _population(choices, labels, models, anchored=bool(held))
    priors: list[ItemPrior] = [
        default_prior(b) if choices.default_priors else no_prior() for b in items.blocks
    ]
    objective = Objective(
        EStep(responses, group, threads=choices.threads), responses.offsets, items, population, priors
    )
    start = np.concatenate(
        [items.free_start(start_values(items, responses, choices.start)), population.start()]
    )
    anchored = np.array([j in held for j in range(responses.n_items)])
    return Problem(responses, tuple(models), anchored, objective, start, (link,) if link else ())


def _models(
    choices: Choices, responses: ResponseMatrix, held: dict[int, tuple[ItemModel, Floats]]
) -> list[ItemModel]:
    """Return each item's model: an anchor's own, else the chosen one."""
    free = [item for j, item in enumerate(responses.items) if j not in held]
    chosen = iter(choices.models.models(free))
    models = [held[j][0] if j in held else next(chosen) for j in range(responses.n_items)]
    for item, model, k in zip(responses.items, models, responses.n_categories, strict=True):
        if model.dichotomous and k != 2:
            raise BadInput(
                f"has {k} categories, the model {model.key} takes 2",
                where=f"item {item}",
                right="grm, gpcm, pcm or nrm for it (a model file may mix models), a key, or --use-score",
            )
    return models


def _anchors(anchors: ParameterSet | None, responses: ResponseMatrix) -> dict[int, tuple[ItemModel, Floats]]:
    """Return model and working parameters of the items that the anchor file holds, by place."""
    if anchors is None:
        return {}
    known = {identity: row for row, identity in enumerate(anchors.identities())}
    places = [(j, known[pair]) for j, pair in enumerate(responses.identities) if pair in known]
    if not places:
        raise BadInput("none of the anchors was answered in this log", where="anchors", right="common items")
    pool = pool_of_versions(
        replace(anchors, table=anchors.table.iloc[[row for _, row in places]]), where="anchors"
    )
    held = {}
    for block in pool.blocks:
        for row, working in zip(block.index, block.working, strict=True):
            held[places[row][0]] = (model_named(str(pool.parameters.table["model"][row])), working)
    return held


def _with_anchor_categories(
    responses: ResponseMatrix, held: dict[int, tuple[ItemModel, Floats]]
) -> ResponseMatrix:
    """Return the responses with each anchor's own number of categories."""
    n_categories = responses.n_categories.copy()
    for j, (model, working) in held.items():
        n_categories[j] = model.n_categories(working.size)
        counted_from_0 = responses.levels[j] == tuple(range(responses.n_categories[j]))
        if n_categories[j] < responses.n_categories[j] or (
            n_categories[j] > responses.n_categories[j] and not counted_from_0
        ):
            raise BadInput(
                f"has {responses.n_categories[j]} categories in the log, {n_categories[j]} in the anchors",
                where=f"item {responses.items[j]}",
                right="the same scoring in both",
            )
    return replace(responses, n_categories=n_categories)


def groups_of(responses: ResponseMatrix, name: str | None) -> tuple[tuple[str, ...], Ints]:
    """Return the groups' labels and each person's group (N,); the first label in order is the reference.

    Raises
    ------
    BadInput
        If the log has no such column, a person has no group, or a group is too small.
    """
    if name is None:
        return ("all",), np.zeros(responses.n_persons, np.int64)
    if name not in responses.groups:
        known = ", ".join(map(str, responses.groups)) or "none"
        raise BadInput(
            f"has no column '{name}'", where="responses", right=f"a group column of the log: {known}"
        )
    column = responses.groups[name]
    if column.isna().any():
        person = responses.persons[int(np.argmax(column.isna()))]
        raise BadInput(f"person {person} has no {name}", where="responses", right="a group for each person")
    group, labels = pd.factorize(column.astype(str), sort=True)
    answered = np.bincount(group[responses.answers_per_person > 0], minlength=len(labels))
    if answered.min() < identification.FEWEST_PERSONS:
        small = int(np.argmin(answered))
        raise BadInput(
            f"{name} = {labels[small]} has {answered[small]} persons",
            where="responses",
            right=f"at least {identification.FEWEST_PERSONS} persons a group",
        )
    return tuple(map(str, labels)), np.asarray(group, np.int64)


def _population(
    choices: Choices, labels: Sequence[str], models: Sequence[ItemModel], *, anchored: bool
) -> Population:
    """Return the population: the reference group sets the scale unless anchors or fixed slopes do."""
    n = len(labels)
    free_variance = any(model.population == "free_variance" for model in models)
    free_mean, free_sd, held_moments = np.arange(n) > 0, np.arange(n) > 0, np.zeros(n, np.int64)
    if choices.free_population if choices.free_population is not None else anchored:
        free_mean[:], free_sd[:] = True, True
    elif free_variance and choices.free_population is None:
        free_sd[:], held_moments[0] = True, 1
    else:
        held_moments[0] = 2
    return Population(
        grid(choices.nodes, bound=choices.bound),
        tuple(labels),
        free_mean,
        free_sd,
        np.zeros(n),
        np.ones(n),
        choices.histogram,
        held_moments,
    )


def start_values(items: ParameterMap, responses: ResponseMatrix, known: ParameterSet | None) -> Floats:
    """Return working start values (W,): the models' own, or known parameters where there are any."""
    counts = responses.category_counts() + 0.5
    working = np.zeros(items.base.size)
    for block in items.blocks:
        shares = counts[block.items, : block.n_categories]
        working[block.rows] = block.model.start(shares / shares.sum(axis=1, keepdims=True)).ravel()
    if known is not None:
        _warm(items, responses, known, working)
    return working


def _warm(items: ParameterMap, responses: ResponseMatrix, known: ParameterSet, working: Floats) -> None:
    """Overwrite start values by known parameters of the same model and number of categories."""
    pool, identities = pool_of_versions(known, where="start"), known.identities()
    place = {
        (identities[i], str(known.table["model"][i])): (block, row)
        for block in pool.blocks
        for row, i in enumerate(block.index)
    }
    identities_here = responses.identities
    for block in items.blocks:
        rows = block.of(working)
        for j, item in enumerate(block.items):
            found = place.get((identities_here[item], block.model.key))
            if found and found[0].n_categories == block.n_categories:
                rows[j] = found[0].working[found[1]]
