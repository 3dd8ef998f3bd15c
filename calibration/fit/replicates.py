"""Data as they would be if the model held: the same persons and items, new answers (parametric bootstrap).

Each replicate draws an ability from every person's posterior and answers from the model, so it keeps who met
what. What chance alone does to a statistic is read from its values over the replicates.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from calibration.abilities import Abilities, first_above
from engine._types import Floats

Statistic = Callable[[Abilities], Floats]


def replicate(abilities: Abilities, rng: np.random.Generator) -> Abilities:
    """Return new answers to the items each person met, at a node drawn from the person's posterior."""
    responses = abilities.responses
    node = first_above(np.cumsum(abilities.posterior, axis=1), rng.random(responses.n_persons))
    upto = np.cumsum(abilities.prob, axis=1).transpose(0, 2, 1)
    u = rng.random(responses.n_responses)
    category = first_above(upto[responses.items_index, node[responses.persons_index]], u)
    return abilities.with_answers(replace(responses, category=category.astype(responses.category.dtype)))


def reference(
    abilities: Abilities, statistics: Sequence[Statistic], rng: np.random.Generator, *, replicates: int
) -> list[Floats]:
    """Return the values of each statistic over the replicates, (B, …) each.

    Parameters
    ----------
    replicates : int
        B, the number of simulated data sets.
    """
    drawn: list[list[Floats]] = [[] for _ in statistics]
    for _ in range(replicates):
        simulated = replicate(abilities, rng)
        for values, statistic in zip(drawn, statistics, strict=True):
            values.append(statistic(simulated))
    return [np.array(values) for values in drawn]
