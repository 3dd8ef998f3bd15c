"""Pools that the engine's tests share."""

import numpy as np
import pandas as pd

from engine import CatRules, ItemPool


def three_pl(n_items: int = 120, seed: int = 1) -> ItemPool:
    """Return a 3PL pool with standard errors of 0.2 on log a and on b."""
    rng = np.random.default_rng(seed)
    a = rng.lognormal(0.2, 0.3, n_items)
    columns = {"a": a, "b": rng.normal(size=n_items), "c": rng.uniform(0.05, 0.25, n_items)}
    table = pd.DataFrame({**columns, "se_a": 0.2 * a, "se_b": 0.2})
    return ItemPool.from_parameters(_named(table, "3pl"))


def two_pl(n_items: int = 60, seed: int = 2) -> ItemPool:
    """Return a 2PL pool."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"a": rng.lognormal(0.0, 0.3, n_items), "b": rng.normal(size=n_items)})
    return ItemPool.from_parameters(_named(table, "2pl"))


def mixed(n_each: int = 25, seed: int = 3) -> ItemPool:
    """Return a pool of 2PL, 3PL, graded, partial credit and nominal items of two to four categories."""
    rng = np.random.default_rng(seed)
    steps = np.sort(rng.normal(size=(n_each, 3)), axis=1) + np.array([-0.5, 0.0, 0.5])
    a = rng.lognormal(0.0, 0.2, n_each)
    plain = pd.DataFrame({"a": a, "b": rng.normal(size=n_each)})
    several = pd.DataFrame({"a": a} | {f"b{k + 1}": steps[:, k] for k in range(3)})
    nominal = pd.DataFrame({"a1": 0.7 * a, "a2": 1.5 * a, "c1": rng.normal(size=n_each), "c2": 0.0})
    parts = [
        _named(plain, "2pl"),
        _named(plain.assign(c=0.2), "3pl"),
        _named(several, "grm"),
        _named(several, "gpcm"),
        _named(nominal, "nrm"),
    ]
    return ItemPool.from_parameters(pd.concat(parts, ignore_index=True))


def fixed_length(length: int, more: str = "") -> CatRules:
    """Return rules that stop after `length` questions."""
    return CatRules.parse(f'[stop]\nrule = "length"\nlength = {length}\n{more}')


def _named(table: pd.DataFrame, model: str) -> pd.DataFrame:
    return table.assign(item=[f"{model}-{row + 1}" for row in range(len(table))], model=model)
