"""Options: who chooses what, when raw answers and a key are at hand.

A good key is chosen more often the more people know, every other option less often. An option that does what
only the key should do is the first sign of a wrong key or of two right answers.

    share         of the item's people who chose it
    mean_theta    their ability, as the rest of the test shows it
    rpb           correlation of choosing it with standing on the rest of the test (point-biserial)
    share_top     share among the best third; `share_bottom` among the weakest third
    slope         of the nominal model: how its log-odds against the average option change with ability
    lead          how much better its choosers stand than those who chose the key, in standard errors

Haladyna & Rodriguez (2013), Developing and Validating Test Items, ch. 18; nominal model: Bock (1972).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from calibration.abilities import Abilities
from calibration.classical.standing import rest_abilities, standing
from calibration.coding import RESERVED
from calibration.fit.pseudo_counts import gathering_points
from calibration.nominal_curves import fit_nominal, nominal_shares
from calibration.responses import ANSWERED, ResponseMatrix
from engine._types import Bools, Floats, Ints
from items.errors import BadInput

THIRD = 1 / 3
USUAL = 0.8
"""A label that this share of the items uses is offered by every item whose key is such a label."""
RARE = 5
"""Choosers below which an option has no curve of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Answers by option: `option` (R,) is the row of each in `item` and `label` (M,), one row an option.

    `offered` (M,) tells what candidates could choose from what they typed or put together.
    """

    option: Ints
    item: Ints
    label: tuple[str, ...]
    key: Bools
    answered: Bools
    offered: Bools


def option_table(abilities: Abilities, offered: Mapping[str, Collection[str]] | None = None) -> pd.DataFrame:
    """Return one row an item and option, in the order of the items and labels.

    Columns: `item, option, key, answered` (false for "omit", "idk"), `offered` (false for what was typed),
    `n, share, mean_theta, rpb, share_top, share_bottom, slope, lead`. Offered options that nobody chose have
    n = 0. What each item offers is `offered` if given; else it is what the log shows.

    Raises
    ------
    BadInput
        If the log has no raw answers.
    """
    responses = abilities.responses
    chosen = find_options(responses, offered)
    count = len(chosen.label)
    n = np.bincount(chosen.option, minlength=count)
    theta, rest = rest_abilities(abilities), standing(abilities)
    people = np.bincount(responses.items_index, minlength=responses.n_items)[chosen.item]
    third = _thirds(responses, rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {
            "n": n,
            "share": n / people,
            "mean_theta": np.bincount(chosen.option, theta, minlength=count) / n,
            "rpb": _point_biserial(responses, chosen, rest, n, people),
            "share_top": _share_within(responses, chosen, third == 1),
            "share_bottom": _share_within(responses, chosen, third == -1),
            "slope": _slopes(abilities, chosen, n),
            "lead": _lead(chosen, theta, n),
        }
    names = np.array(responses.items, dtype=object)
    table = {
        "item": names[chosen.item],
        "option": chosen.label,
        "key": chosen.key,
        "answered": chosen.answered,
        "offered": chosen.offered,
    }
    return pd.DataFrame({**table, **columns})


def option_curves(abilities: Abilities) -> pd.DataFrame:
    """Return shares of the options along ability, one row an item, option and point.

    Columns: `item, option, theta, n` (people gathered), `share`, `model` (nominal model; empty for options
    with fewer than five choosers).
    """
    responses = abilities.responses
    chosen = find_options(responses)
    counts = _counts(abilities, chosen)
    theta, nearest = gathering_points(abilities)
    gathered = counts @ nearest
    people = np.zeros((responses.n_items, theta.size))
    np.add.at(people, chosen.item, gathered)
    model = fitted_options(abilities, chosen, theta)
    row, point = np.nonzero(people[chosen.item] >= 1)
    n = people[chosen.item][row, point]
    names = np.array(responses.items, dtype=object)
    return pd.DataFrame(
        {
            "item": names[chosen.item[row]],
            "option": np.array(chosen.label, dtype=object)[row],
            "theta": theta[point],
            "n": n,
            "share": gathered[row, point] / n,
            "model": model[row, point],
        }
    )


def has_options(responses: ResponseMatrix) -> bool:
    """Return whether the log holds raw answers that say more than the scores."""
    if responses.raw is None:
        return False
    pairs = {(responses.options[raw], int(k)) for raw, k in _distinct(responses) if raw >= 0}
    return any(label.lower() not in RESERVED and label != str(category) for label, category in pairs)


def _distinct(responses: ResponseMatrix) -> list[tuple[int, int]]:
    """Return the pairs of raw answer and category that occur."""
    assert responses.raw is not None
    width = int(responses.n_categories.max())
    pairs = np.unique((responses.raw.astype(np.int64) + 1) * width + responses.category)
    return [(int(pair // width) - 1, int(pair % width)) for pair in pairs]


def fitted_options(abilities: Abilities, chosen: Chosen, theta: Floats) -> Floats:
    """Return the nominal model's shares of the options at abilities θ: (M, *S); NaN for rare options."""
    counts = _counts(abilities, chosen)
    model = np.full((len(chosen.label), *np.shape(theta)), np.nan)
    for rows in _frequent(chosen, np.bincount(chosen.option, minlength=len(chosen.label))):
        model[rows] = nominal_shares(fit_nominal(counts[rows], abilities.nodes), theta)
    return model


def find_options(responses: ResponseMatrix, offered: Mapping[str, Collection[str]] | None = None) -> Chosen:
    """Return the options of each item; raises BadInput where the log has no raw answers."""
    if responses.raw is None:
        raise BadInput(
            "the log has no raw answers beside its scores", right="a log of chosen options and a key (--key)"
        )
    unseen = {label for of_item in (offered or {}).values() for label in of_item} - set(responses.options)
    labels = (*responses.options, *sorted(unseen), "")
    pairs = responses.items_index.astype(np.int64) * len(labels) + responses.raw % len(labels)
    full = responses.category == responses.n_categories[responses.items_index] - 1
    seen, option = np.unique(pairs, return_inverse=True)
    key = np.bincount(option, full) > 0
    answered = np.bincount(option, responses.code == ANSWERED) > 0
    known = (
        _offered_by_habit(seen[answered], seen[answered & key], len(labels), responses.n_items)
        if offered is None
        else _pairs(offered, responses.items, labels)
    )
    missing = np.setdiff1d(known, seen)
    every = np.concatenate([seen, missing])
    item, label = np.divmod(every, len(labels))
    order = np.lexsort(([labels[i] for i in label], item))
    nothing = np.zeros(missing.size, bool)
    return Chosen(
        option=np.argsort(order)[option],
        item=item[order],
        label=tuple(labels[i] for i in label[order]),
        key=np.concatenate([key, nothing])[order],
        answered=np.concatenate([answered, ~nothing])[order],
        offered=np.isin(every, known)[order],
    )


def _pairs(offered: Mapping[str, Collection[str]], items: tuple[str, ...], labels: tuple[str, ...]) -> Ints:
    """Return the pairs of item and label that are offered."""
    place = {label: number for number, label in enumerate(labels)}
    return np.array(
        [
            row * len(labels) + place[label]
            for row, item in enumerate(items)
            for label in offered.get(item, ())
        ],
        np.int64,
    )


def _offered_by_habit(answered: Ints, key: Ints, n_labels: int, n_items: int) -> Ints:
    """Return the pairs of item and label that a log shows to be offered, from the pairs that occur.

    An item whose key is a label of nearly all items, as "A", offers those labels and what else was answered.
    """
    item, label = np.divmod(answered, n_labels)
    usual = np.flatnonzero(np.bincount(label, minlength=n_labels) >= USUAL * n_items)
    if n_items < 2:
        return np.zeros(0, np.int64)
    of_choice = np.unique(key[np.isin(key % n_labels, usual)] // n_labels)
    every = (of_choice[:, None] * n_labels + usual).ravel()
    return np.union1d(every, answered[np.isin(item, of_choice)])


def _point_biserial(responses: ResponseMatrix, chosen: Chosen, rest: Floats, n: Ints, people: Ints) -> Floats:
    """Return the correlation of choosing each option with the rest of the test, among the item's people."""
    total = np.bincount(responses.items_index, minlength=responses.n_items)
    mean = np.bincount(responses.items_index, rest, minlength=total.size) / total
    deviation = rest - mean[responses.items_index]
    spread = np.sqrt(np.bincount(responses.items_index, deviation**2, minlength=total.size) / total)[
        chosen.item
    ]
    among = np.bincount(chosen.option, deviation, minlength=n.size) / n
    share = n / people
    known = (n > 0) & (share < 1) & (spread > 0)
    return np.where(known, among / spread * np.sqrt(share / (1 - share)), np.nan)


def _thirds(responses: ResponseMatrix, rest: Floats) -> Ints:
    """Return, for each answer, 1 for the best and −1 for the weakest third of the item's people, else 0."""
    order = np.lexsort((rest, responses.items_index))
    n = np.bincount(responses.items_index, minlength=responses.n_items)
    first = np.concatenate([[0], np.cumsum(n)])[:-1]
    rank = np.empty(rest.size)
    rank[order] = (np.arange(rest.size) - np.repeat(first, n) + 0.5) / np.repeat(n, n)
    return np.asarray((rank > 1 - THIRD).astype(int) - (rank < THIRD).astype(int))


def _share_within(responses: ResponseMatrix, chosen: Chosen, within: Bools) -> Floats:
    """Return the share of each option among the marked answers to its item."""
    people = np.bincount(responses.items_index[within], minlength=responses.n_items)[chosen.item]
    return np.asarray(np.bincount(chosen.option[within], minlength=people.size) / people)


def _lead(chosen: Chosen, theta: Floats, n: Ints) -> Floats:
    """Return how much better each option's choosers stand than the key's (z of the difference of means)."""
    mean = np.bincount(chosen.option, theta, minlength=n.size) / n
    variance = np.bincount(chosen.option, (theta - mean[chosen.option]) ** 2, minlength=n.size) / (n - 1)
    weight = np.where(chosen.key & (n > 1), n, 0)
    keyed = np.bincount(chosen.item, weight)
    mean_key = (np.bincount(chosen.item, np.where(weight > 0, weight * mean, 0)) / keyed)[chosen.item]
    error_key = (np.bincount(chosen.item, np.where(weight > 0, weight * variance, 0)) / keyed**2)[chosen.item]
    lead = (mean - mean_key) / np.sqrt(variance / n + error_key)
    return np.where(chosen.key | (n < 2), np.nan, lead)


def _counts(abilities: Abilities, chosen: Chosen) -> Floats:
    """Return the expected number of choosers of each option at each node (M, Q)."""
    shape = (abilities.responses.n_persons, len(chosen.label))
    ones = np.ones(chosen.option.size)
    picked = sparse.csr_array((ones, chosen.option, abilities.responses.indptr), shape=shape)
    return np.asarray(picked.T @ abilities.posterior)


def _frequent(chosen: Chosen, n: Ints) -> list[Ints]:
    """Return each item's options with enough choosers for a curve, where it has at least two of them."""
    rows = [np.flatnonzero((chosen.item == item) & (n >= RARE)) for item in np.unique(chosen.item)]
    return [row for row in rows if row.size > 1]


def _slopes(abilities: Abilities, chosen: Chosen, n: Ints) -> Floats:
    """Return the slopes of the nominal model, centred within each item; NaN for rare options."""
    counts = _counts(abilities, chosen)
    slopes = np.full(n.size, np.nan)
    for rows in _frequent(chosen, n):
        slopes[rows] = fit_nominal(counts[rows], abilities.nodes)[:, 0]
    return slopes
