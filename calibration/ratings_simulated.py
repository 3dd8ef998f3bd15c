"""Simulated raters of known habits and items of known quality: what the ratings model has to recover.

A rater of ability θ answers items near θ, then may rate some of them:

    felt = 3.6 + quality_j − severity_i − wrong·[answered wrongly] − hard·(b_j − θ_i) + noise,

rounded to 1..5 stars. Raters who feel strongly, above all about bad items, rate more often when
`selective` is above 0: ratings are then missing not at random.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from scipy.special import expit

from engine._types import Bools, Floats, Ints

CENTRE = 3.6
"""The rating, in stars, that an average rater gives an average item."""


@dataclass(frozen=True, slots=True)
class RatingWorld:
    """What drives the ratings; effects and SDs in stars.

    `wrong` is lost by a wrong answer, `hard` per logit that the item lies above the rater; `selective` is the
    log-odds of rating at all per star of displeasure (half of it per star of pleasure).
    """

    n_items: int = 60
    votes: float = 10.0
    items_each: int = 20
    quality_sd: float = 0.5
    severity_sd: float = 0.7
    noise_sd: float = 0.8
    wrong: float = 0.6
    hard: float = 0.3
    selective: float = 0.0


def simulate_ratings(world: RatingWorld, *, rng: Generator) -> tuple[pd.DataFrame, Floats]:
    """Return ratings (`person`, `item`, `stars`, `correct`, `theta`, `b`) and the true quality (J,) in stars.

    The number of raters is chosen so that an item gets `world.votes` ratings on average; an item without a
    rating does not appear in the table.
    """
    quality = rng.normal(0.0, world.quality_sd, world.n_items)
    difficulty = rng.normal(0.0, 1.0, world.n_items)
    n_raters = max(1, round(4 * world.votes * world.n_items / world.items_each))
    theta = rng.normal(0.0, 1.0, n_raters)
    severity = rng.normal(0.0, world.severity_sd, n_raters)
    person, item = _seen(theta, difficulty, world.items_each, rng)
    gap = difficulty[item] - theta[person]
    correct = rng.random(person.size) < expit(-1.3 * gap)
    felt = quality[item] - severity[person] - world.wrong * ~correct - world.hard * gap
    felt += CENTRE + rng.normal(0.0, world.noise_sd, person.size)
    rated = _rates(felt, world, rng)
    table = pd.DataFrame(
        {
            "person": person,
            "item": item,
            "stars": np.clip(np.rint(felt), 1, 5).astype(int),
            "correct": correct,
            "theta": theta[person],
            "b": difficulty[item],
        }
    )
    return table[rated].reset_index(drop=True), quality


def _seen(theta: Floats, difficulty: Floats, each: int, rng: Generator) -> tuple[Ints, Ints]:
    """Return rater and item (R,) of every answer: the items nearest to θ, blurred by one logit."""
    distance = np.abs(theta[:, None] - difficulty + rng.normal(0.0, 1.0, (theta.size, difficulty.size)))
    items = np.argsort(distance, axis=1)[:, :each]
    return np.repeat(np.arange(theta.size), items.shape[1]), items.ravel()


def _rates(felt: Floats, world: RatingWorld, rng: Generator) -> Bools:
    """Return who rates (R,): about a quarter of the answers, in all `votes` for each item."""
    pull = world.selective * np.where(felt < CENTRE, CENTRE - felt, 0.5 * (felt - CENTRE))
    chance = expit(pull - np.log(3.0))
    chance *= world.votes * world.n_items / chance.sum()
    return np.asarray(rng.random(felt.size) < chance)
