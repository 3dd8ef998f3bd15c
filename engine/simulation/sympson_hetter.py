"""The calibration run of the Sympson-Hetter method: exposure parameters found by repeated simulation."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.selection.constraints.sympson_hetter import SympsonHetter
from engine.simulation.run import simulate
from engine.simulation.study import Study
from items.errors import BadInput

ROUNDS, PEOPLE, IN_A_BAND = 20, 5000, 1500
"""Simulations of a run, and the people who take part: so many, or so many for each band if that is more."""


def calibrate_exposure(
    pool: ItemPool,
    rules: CatRules,
    theta: Floats,
    *,
    rng: np.random.Generator,
    rounds: int = ROUNDS,
    people: int = PEOPLE,
    progress: Callable[[int], None] = lambda done: None,
) -> CatRules:
    """Return the rules with the parameters K of their Sympson-Hetter method.

    Each round gives the test to the same people, with new luck, and counts how often an item was asked, P(A).
    Its K takes no part in whether it is selected, so P(S) = P(A) / K. K is r / P(S) where that exceeds r, and
    1 elsewhere, with the mean of P(S) over all rounds: rates of a single round differ by chance, and the
    largest of them most. The first round has K = r for all, as if every item were always selected. K is never
    below r, so a test does not run dry where r can be held at all.

    Where the rules name bands of ability, P(S) is taken among those whose tests end in each, and the largest
    counts. Every band then gets about the same number of people, who are weighted back to the population.

    Parameters
    ----------
    theta : (N,)
        Abilities of the population for which the limit shall hold; those who take part are drawn from them.
    rounds, people : int
        Simulations, and the fewest who take part in each.
    progress : callable
        Told after each round how many are done.

    Raises
    ------
    BadInput
        If the rules' exposure method is another one.

    References
    ----------
    Sympson & Hetter (1985), Proceedings of the 27th Annual Meeting of the Military Testing Association.
    Stocking & Lewis (1998), Journal of Educational and Behavioral Statistics 23, 57-75, for bands.
    Robbins & Monro (1951), Annals of Mathematical Statistics 22, 400-407, for the mean.
    """
    method = rules.exposure
    if not isinstance(method, SympsonHetter):
        right = 'write method = "sympson_hetter" in [exposure]'
        raise BadInput("the exposure method needs no calibration run", where="[exposure]", right=right)
    size = max(people, IN_A_BAND * (len(method.bands) + 1))
    theta, weight = _evenly(theta, method.cuts(), size, rng)
    selected = np.ones(len(pool))
    for done in range(1, rounds + 1):
        chance = parameters(selected, method.max_rate)
        study = simulate(pool, with_parameters(rules, method, pool, chance), theta, rng=rng)
        now = np.minimum(rates_by_band(study, weight).max(axis=0) / chance, 1.0)
        selected = selected + (now - selected) / done
        progress(done)
    return with_parameters(rules, method, pool, parameters(selected, method.max_rate))


def made_ready(
    pool: ItemPool,
    rules: CatRules,
    theta: Floats,
    *,
    rng: np.random.Generator,
    progress: Callable[[int], None] = lambda done: None,
) -> CatRules:
    """Return rules that can be used: after a calibration run where they need one and have not had it."""
    if is_ready(rules):
        return rules
    return calibrate_exposure(pool, rules, theta, rng=rng, progress=progress)


def is_ready(rules: CatRules) -> bool:
    """Return whether rules can be used without a calibration run."""
    return not isinstance(rules.exposure, SympsonHetter) or rules.exposure.calibrated


def rates_by_band(study: Study, weight: Floats) -> Floats:
    """Return the share of the tests ending in each band that held each item of the pool, (B, J).

    Parameters
    ----------
    weight : (N,)
        How many people of the population each simulee stands for.
    """
    n_items, cuts, tests = len(study.design.pool), study.design.cuts, study.tests
    band = np.searchsorted(cuts, tests.theta, side="right")
    rates = np.zeros((cuts.size + 1, n_items))
    for number in range(len(rates)):
        own = band == number
        asked = (tests.items[own] >= 0) & (tests.items[own] < n_items)
        person, place = np.nonzero(asked)
        held = np.bincount(tests.items[own][person, place], weight[own][person], minlength=n_items)
        rates[number] = held / max(weight[own].sum(), 1e-12)
    return rates


def parameters(selected: Floats, max_rate: float) -> Floats:
    """Return the parameters K (J,) from how often each item was selected."""
    return np.minimum(1.0, max_rate / np.maximum(selected, max_rate))


def with_parameters(rules: CatRules, method: SympsonHetter, pool: ItemPool, chance: Floats) -> CatRules:
    """Return the rules, and their document, with these parameters (J,) of the method, to four digits."""
    rounded = np.maximum(np.round(chance, 4), 1e-4).tolist()
    found = dict(zip(pool.items, rounded, strict=True))
    table = {**rules.document.get("exposure", {}), "parameters": found}
    return replace(
        rules,
        exposure=replace(method, parameters=found),
        document={**rules.document, "exposure": table},
    )


def _evenly(theta: Floats, cuts: Floats, size: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return abilities (size,), as many drawn from each band that has any, and their weights."""
    band = np.searchsorted(cuts, theta, side="right")
    chance = 1.0 / np.bincount(band)[band]
    chance /= chance.sum()
    row = rng.choice(theta.size, size, p=chance)
    return theta[row], 1.0 / (theta.size * chance[row])
