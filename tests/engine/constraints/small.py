"""Small pools and blueprints, made up for the tests of this folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from engine import session
from engine._types import Floats, Ints
from engine.pool import ItemPool
from engine.selection.view import View
from engine.session import start
from tests.engine.pools import fixed_length

HEAD = "CONSTRAINT_ID,TYPE,WHAT,CONDITION,LB,UB,ONOFF\n"


def pool_of(n_items: int, *, seed: int = 1, **columns: object) -> ItemPool:
    """Return a 3PL pool of items i0, i1, … with further columns."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "item": [f"i{number}" for number in range(n_items)],
            "model": "3pl",
            "a": rng.lognormal(0.2, 0.3, n_items),
            "b": rng.normal(0.0, 1.0, n_items),
            "c": 0.2,
        }
    )
    return ItemPool.from_parameters(table.assign(**columns))


def write_constraints(folder: Path, *rows: str) -> str:
    """Write a constraint table and return its path."""
    file = folder / "constraints.csv"
    file.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return str(file)


def view_of(pool: ItemPool, items: Ints, *, theta: Floats | float = 0.0) -> View:
    """Return a view of people who were asked these items (N, L), −1 beyond."""
    n, length = items.shape
    administered = np.zeros((n, len(pool) + 1), bool)
    np.put_along_axis(administered, items, True, axis=1)
    return replace(
        session.view_of(start(pool, fixed_length(length), np.full((n, length), 0.5))),
        theta=np.broadcast_to(np.asarray(theta, float), (n,)),
        administered=administered[:, :-1],
        items=items,
        length=(items >= 0).sum(axis=1),
    )
