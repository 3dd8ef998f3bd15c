"""How many parameters a calibration has estimated: what statistics of fit must pay for.

Whether a parameter file stems from these very answers cannot be seen from it; the model's free parameters are
taken as estimated, as usual.
"""

import numpy as np

from engine._types import Bools, Ints
from engine.models import model as model_named
from engine.pool import Block, ItemPool


def free_parameters(pool: ItemPool, block: Block) -> Bools:
    """Return which working parameters of a block's items are estimated (J_block, P)."""
    names = pool.parameters.table["model"].to_numpy()[block.index]
    return np.array([model_named(name).free(block.n_categories) for name in names])


def free_per_item(pool: ItemPool) -> Ints:
    """Return the free parameters of each item (J,); slopes and steps that items share do not count."""
    out = np.zeros(len(pool), np.int64)
    for row, (name, k) in enumerate(zip(pool.parameters.table["model"], pool.n_categories, strict=True)):
        model = model_named(name)
        shared = int(model.common_slope) + (int(k) - 2 if model.common_steps else 0)
        out[row] = model.free(int(k)).sum() - shared
    return out


def free_population(pool: ItemPool) -> int:
    """Return the free parameters of the population: its variance where the models pin the slope."""
    return int(any(model_named(n).population == "free_variance" for n in pool.parameters.table["model"]))
