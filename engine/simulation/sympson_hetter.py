"""The calibration run of the Sympson-Hetter method: exposure parameters found by repeated simulation."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine._types import Floats
from engine.pool import ItemPool
from engine.rules import CatRules
from engine.selection.constraints.sympson_hetter import SympsonHetter
from engine.simulation.run import simulate
from items.errors import BadInput


def calibrate_exposure(
    pool: ItemPool,
    rules: CatRules,
    theta: Floats,
    *,
    rng: np.random.Generator,
    rounds: int = 20,
    progress: Callable[[int], None] = lambda done: None,
) -> CatRules:
    """Return the rules with the parameters K of their Sympson-Hetter method.

    Each round gives the test to the same people and counts how often an item was asked, P(A). Its K takes no
    part in whether it is selected, so P(S) = P(A) / K, and the next K is r / P(S) where P(S) exceeds r, else
    1. The items of largest K, as many as the test is long, keep K = 1, so that no test runs dry. The
    parameters of the round whose busiest item was asked least are returned.

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
    """
    method = rules.exposure
    if not isinstance(method, SympsonHetter):
        right = 'write method = "sympson_hetter" in [exposure]'
        raise BadInput("the exposure method needs no calibration run", where="[exposure]", right=right)
    seed = int(rng.integers(2**62))
    chance, best, least = np.full(len(pool), 1.0), np.full(len(pool), 1.0), np.inf
    for done in range(1, rounds + 1):
        trial = with_parameters(rules, method, pool, chance)
        study = simulate(pool, trial, theta, rng=np.random.default_rng(seed))
        asked = study.asked()[: len(pool)] / theta.size
        if asked.max() < least:
            best, least = chance, asked.max()
        chance = next_parameters(asked / chance, method.max_rate, study.design.max_length)
        progress(done)
    return with_parameters(rules, method, pool, best)


def next_parameters(selected: Floats, max_rate: float, length: int) -> Floats:
    """Return the parameters K (J,) from how often each item was selected."""
    chance = np.minimum(1.0, max_rate / np.maximum(selected, 1e-12))
    chance[np.argsort(-chance, kind="stable")[:length]] = 1.0
    return chance


def with_parameters(rules: CatRules, method: SympsonHetter, pool: ItemPool, chance: Floats) -> CatRules:
    """Return the rules, and their document, with these parameters of the method."""
    parameters = {item: float(value) for item, value in zip(pool.items, chance, strict=True)}
    table = {**rules.document.get("exposure", {}), "parameters": parameters}
    return replace(
        rules,
        exposure=replace(method, parameters=parameters),
        document={**rules.document, "exposure": table},
    )
