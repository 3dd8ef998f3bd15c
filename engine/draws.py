"""Randomness as data: a table of uniform draws, a row a person, a column a question.

A person's row depends on the seed and the person's number alone, never on who else is in the batch.
"""

from enum import IntEnum

import numpy as np

from engine._types import Floats, Ints

BLOCK = 1000
"""People whose draws come from one generator."""


class Stream(IntEnum):
    """What several draws are made of one draw for; each purpose has a stream of its own."""

    ELIGIBILITY = 1
    INSERTED_ITEMS = 2
    INSERTED_PLACES = 3
    RANDOM = 4
    PROGRESSIVE = 5
    PROPORTIONAL = 6
    PARAMETERS = 7
    START = 8
    SECTIONS = 9


def draw_table(seed: int, people: range, steps: int) -> Floats:
    """Return uniform draws in [0, 1), (len(people), steps), of the people with these numbers.

    They are made per fixed block of 1,000 people from (seed, block): the same person gets the same row in
    any batch.
    """
    first, last = people.start // BLOCK, (people.stop - 1) // BLOCK
    blocks = [np.random.default_rng([seed, block]).random((BLOCK, steps)) for block in range(first, last + 1)]
    start = people.start - first * BLOCK
    return np.concatenate(blocks)[start : start + len(people)]


def spread(u: Floats, n: int, *, stream: Stream) -> Floats:
    """Return n uniform draws (N, n) made of one draw u (N,) each, by a counter-based hash.

    Parameters
    ----------
    stream : Stream
        What they are for; different streams of the same draw are unrelated.

    References
    ----------
    Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators (SplitMix64).
    """
    key = np.ascontiguousarray(u, np.float64).view(np.uint64)
    counter = np.arange(1, n + 1, dtype=np.uint64) + np.uint64(stream * 0x9E3779B97F4A7C15 % 2**64)
    mixed = _mix(_mix(key)[:, None] + counter * np.uint64(0x9E3779B97F4A7C15))
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mix(z: Ints) -> Ints:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))
