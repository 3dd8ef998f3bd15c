"""What is not known of item parameters: draws from their distribution, and answers averaged over it.

Parameters are drawn from a normal distribution with the calibration's covariances (or squared standard
errors), on a scale without bounds: log a, b, logit c, logit d.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from engine._types import Bools, Floats
from engine.pool import Block, ItemPool
from items.parameters import ParameterSet


def draw_pool(pool: ItemPool, rng: np.random.Generator) -> ItemPool:
    """Return a pool whose parameters are one draw from their distribution.

    Raises
    ------
    ValueError
        If the parameter set has neither covariances nor standard errors.
    """
    table, blocks = pool.parameters.table.copy(), []
    for block, drawn in _drawn(pool, rng):
        blocks.append(block)
        names = [name for name in _names(block) if name in table]
        place = [_names(block).index(name) for name in names]
        table.loc[block.index, names] = drawn[:, place]
    parameters = ParameterSet(table, pool.parameters.population)
    return replace(pool, blocks=tuple(blocks), parameters=parameters)


def averaged_log_prob(pool: ItemPool, nodes: Floats, *, draws: int = 200) -> Floats:
    """Return log E[P] (J, K, Q): the chance of each answer, averaged over what the parameters may be.

    A person meets an item once, so the product of these is the likelihood of θ with all uncertainty about
    the parameters integrated out, as far as the errors of different items are independent. Raises as
    `draw_pool` does.
    """
    rng = np.random.default_rng(0)
    total = np.zeros((len(pool), pool.max_categories, nodes.size))
    for _ in range(draws):
        blocks = tuple(block for block, _ in _drawn(pool, rng))
        total += np.exp(replace(pool, blocks=blocks).log_prob(nodes))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(total / draws))


def covariances(pool: ItemPool, block: Block) -> Floats:
    """Return the covariances (J_block, P, P) of a block's natural parameters, 0 for those that are fixed.

    Raises
    ------
    ValueError
        If nothing is known of them.
    """
    names, table, known = _names(block), pool.parameters.table, pool.parameters.covariances
    errors = [f"se_{name}" for name in names]
    if not known and not any(name in table for name in errors):
        raise ValueError("the parameters have neither covariances nor standard errors (se_a, se_b, …)")
    spread = table.reindex(columns=errors).iloc[block.index].fillna(0.0).to_numpy(float)
    matrices = spread[:, :, None] ** 2 * np.eye(len(names))
    for place, row in enumerate(block.index):
        if found := known.get(pool.items[row]):
            there = [names.index(name) for name in found.names if name in names]
            own = [number for number, name in enumerate(found.names) if name in names]
            matrices[place][np.ix_(there, there)] = np.array(found.matrix)[np.ix_(own, own)]
    return matrices


def _drawn(pool: ItemPool, rng: np.random.Generator) -> Iterator[tuple[Block, Floats]]:
    """Yield each block with drawn parameters, and these as natural ones; items with a = 0 stay."""
    for block in pool.blocks:
        names, natural = _names(block), block.model.to_natural(block.working)
        usable = np.isfinite(natural).all(axis=1, keepdims=True)
        finite = np.where(usable, natural, 0.0)
        drawn = _ordered(_draw(names, finite, covariances(pool, block), rng), block.model.family)
        working = np.where(usable, block.model.to_working(drawn), block.working)
        changed = replace(block, working=working, terms=block.model.terms(working))
        yield changed, np.where(usable, drawn, natural)


def _draw(names: Sequence[str], natural: Floats, matrices: Floats, rng: np.random.Generator) -> Floats:
    """Return natural parameters (J, P), drawn on the scale without bounds."""
    slope, share = np.array([name == "a" for name in names]), np.isin(names, ["c", "d"])
    with np.errstate(divide="ignore"):
        rate = np.where(slope, 1 / np.abs(natural), np.where(share, 1 / (natural * (1 - natural)), 1.0))
    rate = np.where(np.isfinite(rate), rate, 0.0)
    values, vectors = np.linalg.eigh(matrices * rate[:, :, None] * rate[:, None, :])
    roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    move = np.einsum("jpq,jq->jp", roots, rng.standard_normal(natural.shape))
    return np.where(slope, natural * np.exp(move), _moved(natural, move, share))


def _moved(natural: Floats, move: Floats, share: Bools) -> Floats:
    """Return parameters moved on their own scale; shares (asymptotes) on that of logits."""
    odds = natural * np.exp(np.where(share, move, 0.0))
    return np.where(share, odds / (1 - natural + odds), natural + np.where(share, 0.0, move))


def _ordered(natural: Floats, family: str) -> Floats:
    """Return parameters with the asymptotes, or the boundaries of graded items, in their order."""
    if family == "graded":
        rising = np.where(natural[:, :1] > 0, 1.0, -1.0)
        return np.hstack([natural[:, :1], rising * np.sort(rising * natural[:, 1:], axis=1)])
    if family == "logistic":
        return np.hstack([natural[:, :2], np.sort(natural[:, 2:], axis=1)])
    return natural


def _names(block: Block) -> list[str]:
    return [parameter.name for parameter in block.model.parameters(block.n_categories)]
