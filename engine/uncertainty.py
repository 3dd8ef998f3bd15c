"""What is not known of item parameters: draws from their distribution, and answers averaged over it.

A calibration says how far its estimates may be off: a covariance of each item's parameters, or standard
errors. The true parameters are not spread around the estimates, though: an estimate that lies far out is more
often an error than a rare item, and adaptive tests seek out just the items that look steepest. So what the
bank tells of its items is taken into account (empirical Bayes): on a scale without bounds (log a, b, logit c,
logit d) the true slopes and difficulties are normal over the bank, with the mean of the estimates and their
covariance less that of the errors, and each item's parameters follow from its estimates and the bank.

Asymptotes have a prior already when they are calibrated, and so do all parameters under the hierarchical
priors: these are left as they are.

References: Tsutakawa & Johnson (1990), Psychometrika 55, 371-390 (scores under uncertain parameters);
van der Linden & Glas (2000), Applied Measurement in Education 13, 35-53 (what selection makes of the errors
of a calibration).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine._types import Bools, Floats
from engine.pool import Block, ItemPool
from items.parameters import ParameterSet

BANK = 20
"""Fewest items of one model from which something is learnt about the bank."""


def draw_pools(pool: ItemPool, rng: np.random.Generator) -> Iterator[ItemPool]:
    """Yield pools without end, each with parameters drawn from their distribution.

    Raises
    ------
    ValueError
        If the parameter set has neither covariances nor standard errors.
    """
    beliefs = [Belief.of(pool, block) for block in pool.blocks]
    while True:
        table, blocks = pool.parameters.table.copy(), []
        for belief in beliefs:
            block, drawn = belief.draw(rng)
            blocks.append(block)
            names = [name for name in _names(block) if name in table]
            table.loc[block.index, names] = drawn[:, [_names(block).index(name) for name in names]]
        parameters = ParameterSet(table, pool.parameters.population)
        yield replace(pool, blocks=tuple(blocks), parameters=parameters)


def averaged_log_prob(pool: ItemPool, nodes: Floats, *, draws: int = 200) -> Floats:
    """Return log E[P] (J, K, Q): the chance of each answer, averaged over what the parameters may be.

    A person meets an item once, so the product of these is the likelihood of θ with all uncertainty about
    the parameters integrated out, as far as the errors of different items are independent. Raises as
    `draw_pools` does.
    """
    rng = np.random.default_rng(0)
    beliefs = [Belief.of(pool, block) for block in pool.blocks]
    total = np.zeros((len(pool), pool.max_categories, nodes.size))
    for _ in range(draws):
        blocks = tuple(belief.draw(rng)[0] for belief in beliefs)
        total += np.exp(replace(pool, blocks=blocks).log_prob(nodes))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(total / draws))


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is known of a block's parameters: normal on the scale without bounds.

    Attributes
    ----------
    block : Block
    natural : (J, P)
        The estimates; rows of items that cannot be drawn (a = 0) are 0.
    usable : (J, 1) bool
        Which can.
    shift : (J, P)
        How far the mean lies from the estimate, on the scale without bounds.
    roots : (J, P, P)
        A root of the covariances on that scale.
    """

    block: Block
    natural: Floats
    usable: Bools
    shift: Floats
    roots: Floats

    @classmethod
    def of(cls, pool: ItemPool, block: Block) -> "Belief":
        """Take the calibration's errors, and what the bank tells; raises as `draw_pools` does."""
        names, natural = _names(block), block.model.to_natural(block.working)
        usable = np.asarray(np.isfinite(natural).all(axis=1, keepdims=True))
        natural = np.asarray(np.where(usable, natural, 0.0))
        rate = _rate(names, natural)
        errors = covariances(pool, block) * rate[:, :, None] * rate[:, None, :]
        shift: Floats = np.zeros(natural.shape)
        learns = [name not in ("c", "d") for name in names]
        if _unshrunk(pool) and usable.sum() >= BANK:
            moved, left = towards_bank(_free(names, natural), errors, np.array(learns), usable[:, 0])
            shift, errors = shift + np.where(usable, moved, 0.0), np.asarray(left)
        values, vectors = np.linalg.eigh(errors)
        roots = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
        return cls(block, natural, usable, shift, roots)

    def draw(self, rng: np.random.Generator) -> tuple[Block, Floats]:
        """Return the block with drawn parameters, and these as natural ones; items with a = 0 stay."""
        block, names = self.block, _names(self.block)
        move = self.shift + np.einsum("jpq,jq->jp", self.roots, rng.standard_normal(self.natural.shape))
        slope, share = np.array([name == "a" for name in names]), np.isin(names, ["c", "d"])
        drawn = np.where(slope, self.natural * np.exp(move), _moved(self.natural, move, share))
        drawn = _ordered(drawn, block.model.family)
        working = np.where(self.usable, block.model.to_working(drawn), block.working)
        changed = replace(block, working=working, terms=block.model.terms(working))
        return changed, np.where(self.usable, drawn, block.model.to_natural(block.working))


def towards_bank(estimates: Floats, errors: Floats, learns: Bools, usable: Bools) -> tuple[Floats, Floats]:
    """Return how far the bank moves each item's parameters (J, P), and the covariances (J, P, P) left.

    Estimates y have errors of covariance V; the true values of those parameters that are learnt about, A y,
    are normal over the bank with mean m and covariance T. The gain is G = V A' (A V A' + T)⁻¹, the move is
    −G (A y − m), and V − G A V is left.

    Parameters
    ----------
    estimates : (J, P)
        On a scale without bounds.
    errors : (J, P, P)
    learns : (P,) bool
        Parameters about which the bank tells something.
    usable : (J,) bool
        Items that count.
    """
    own, inner = estimates[:, learns], errors[:, learns][:, :, learns]
    centre = own[usable].mean(axis=0)
    spread = np.atleast_2d(np.cov(own[usable], rowvar=False)) - inner[usable].mean(axis=0)
    values, vectors = np.linalg.eigh(spread)
    between = (vectors * np.maximum(values, 0.0)) @ vectors.T
    gain = errors[:, :, learns] @ np.linalg.pinv(inner + between, hermitian=True)
    move = -np.einsum("jpl,jl->jp", gain, own - centre)
    left = errors - gain @ errors[:, learns]
    return move, (left + left.swapaxes(1, 2)) / 2


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
        if found := known.get((pool.items[row], int(pool.versions[row]))):
            there = [names.index(name) for name in found.names if name in names]
            own = [number for number, name in enumerate(found.names) if name in names]
            matrices[place][np.ix_(there, there)] = np.array(found.matrix)[np.ix_(own, own)]
    return matrices


def known_exactly(pool: ItemPool) -> tuple[str, ...]:
    """Return the items of whose parameters no error is told though some parameter could be off."""
    exact = np.concatenate([block.index[~covariances(pool, block).any(axis=(1, 2))] for block in pool.blocks])
    return tuple(pool.items[row] for row in np.sort(exact))


def _unshrunk(pool: ItemPool) -> bool:
    """Return whether the calibration left out what the bank tells of its items."""
    settings = pool.parameters.provenance.get("settings", {})
    return bool(settings.get("priors") != "hierarchical")


def _rate(names: Sequence[str], natural: Floats) -> Floats:
    """Return the derivative (J, P) of the scale without bounds, 0 where there is none."""
    slope, share = np.array([name == "a" for name in names]), np.isin(names, ["c", "d"])
    with np.errstate(divide="ignore"):
        rate = np.where(slope, 1 / np.abs(natural), np.where(share, 1 / (natural * (1 - natural)), 1.0))
    return np.where(np.isfinite(rate), rate, 0.0)


def _free(names: Sequence[str], natural: Floats) -> Floats:
    """Return the parameters (J, P) with log |a| for a; asymptotes stay, as nothing is learnt about them."""
    slope = np.array([name == "a" for name in names])
    return np.where(slope, np.log(np.where(natural == 0, 1.0, np.abs(natural))), natural)


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
