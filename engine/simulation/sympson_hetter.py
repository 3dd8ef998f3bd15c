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

ROUNDS, PEOPLE = 20, 5000
"""Simulations of a run, and the most people who take part where nothing else is said."""


def calibrate_exposure(
    pool: ItemPool,
    rules: CatRules,
    theta: Floats,
    *,
    rng: np.random.Generator,
    rounds: int = ROUNDS,
    progress: Callable[[int], None] = lambda done: None,
) -> CatRules:
    """Return the rules with the parameters K of their Sympson-Hetter method.

    Each round gives the test to the same people and counts how often an item was asked, P(A). Its K takes no
    part in whether it is selected, so P(S) = P(A) / K, and the next K is r / P(S) where P(S) exceeds r, else
    1. The items of largest K, as many as the test is long, keep K = 1, so that no test runs dry. The
    parameters of the round whose busiest item was asked least are returned; a round that holds is the last.

    Where the rules name bands of ability, the same is done within each: among those whose tests end there,
    as that is what is known of candidates. Every band then gets the same number of people.

    Parameters
    ----------
    theta : (N,)
        Abilities of the population for which the limit shall hold.
    rounds : int
        Simulations, each of N people.
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
    """
    method = rules.exposure
    if not isinstance(method, SympsonHetter):
        right = 'write method = "sympson_hetter" in [exposure]'
        raise BadInput("the exposure method needs no calibration run", where="[exposure]", right=right)
    seed, theta = int(rng.integers(2**62)), _evenly(theta, method.cuts(), rng)
    chance = best = np.ones((len(method.bands) + 1, len(pool)))
    least = np.inf
    for done in range(1, rounds + 1):
        trial = with_parameters(rules, method, pool, chance)
        study = simulate(pool, trial, theta, rng=np.random.default_rng(seed))
        rates = rates_by_band(study)
        if rates.max() < least:
            best, least = chance, rates.max()
        progress(done)
        if least <= method.max_rate:
            break
        length = study.design.max_length
        selected = zip(rates, chance, strict=True)
        chance = np.stack([next_parameters(rate / k, method.max_rate, length) for rate, k in selected])
    return with_parameters(rules, method, pool, best)


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
    return calibrate_exposure(pool, rules, theta[:PEOPLE], rng=rng, progress=progress)


def is_ready(rules: CatRules) -> bool:
    """Return whether rules can be used without a calibration run."""
    return not isinstance(rules.exposure, SympsonHetter) or rules.exposure.calibrated


def rates_by_band(study: Study) -> Floats:
    """Return the share of the tests ending in each band that held each item of the pool, (B, J)."""
    n_items, cuts, tests = len(study.design.pool), study.design.cuts, study.tests
    band = np.searchsorted(cuts, tests.theta, side="right")
    rates = np.zeros((cuts.size + 1, n_items))
    for number in range(len(rates)):
        held = tests.items[band == number]
        asked = held[(held >= 0) & (held < n_items)]
        rates[number] = np.bincount(asked, minlength=n_items) / max(len(held), 1)
    return rates


def next_parameters(selected: Floats, max_rate: float, length: int) -> Floats:
    """Return the parameters K (J,) from how often each item was selected."""
    chance = np.minimum(1.0, max_rate / np.maximum(selected, 1e-12))
    chance[np.argsort(-chance, kind="stable")[:length]] = 1.0
    return chance


def with_parameters(rules: CatRules, method: SympsonHetter, pool: ItemPool, chance: Floats) -> CatRules:
    """Return the rules, and their document, with these parameters (B, J) of the method, to four digits."""
    rounded = np.maximum(np.round(chance, 4), 1e-4).T.tolist()
    by_item = zip(pool.items, rounded, strict=True)
    parameters = {item: values if len(values) > 1 else values[0] for item, values in by_item}
    table = {**rules.document.get("exposure", {}), "parameters": parameters}
    known = {item: tuple(value) if isinstance(value, list) else value for item, value in parameters.items()}
    return replace(
        rules,
        exposure=replace(method, parameters=known),
        document={**rules.document, "exposure": table},
    )


def _evenly(theta: Floats, cuts: Floats, rng: np.random.Generator) -> Floats:
    """Return as many abilities, drawn anew so that each band that has any gets the same number."""
    if not cuts.size:
        return theta
    band = np.searchsorted(cuts, theta, side="right")
    there = np.unique(band)
    parts = np.array_split(np.arange(theta.size), there.size)
    return np.concatenate(
        [rng.choice(theta[band == number], part.size) for number, part in zip(there, parts, strict=True)]
    )
