"""A test design: rules compiled for a pool, everything about a test that no test taker changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.binding import bound, pilots_of, room_of
from engine.draws import BLOCK, Stream, spread
from engine.estimation.eap import ExpectedAPosteriori
from engine.exposure_limits import limited
from engine.insertion import Insertion, number_of
from engine.latent_regression import Known
from engine.pool import ItemPool
from engine.priors import Individual, Normal, Prior
from engine.quadrature import grid
from engine.rules import CatRules
from engine.schedule import schedule
from engine.sections import Part
from engine.selection.base import Constraint, Criterion, Exposure
from engine.selection.usage import ExposureState
from engine.tables import Tables
from engine.uncertainty import averaged_log_prob, known_exactly
from items.errors import BadInput
from items.naming import first_few

EXHAUSTED = "pool exhausted"
"""The reason of a test that ended because nothing was left to ask."""

MANY = 128
"""Stands where an item's number of categories is not known."""


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Rules ready for a pool.

    Attributes
    ----------
    pool, rules
        What was compiled.
    tables : Tables
        The pool on a grid finer than the narrowest posterior that this test can reach.
    parts : tuple of Part
        The sections, one for a test without sections.
    exposure
        The limit of exposure, bound to the pool.
    prior, report_prior : Prior
        Of the provisional and of the reported ability.
    names : tuple of J + E texts
        The pool's items, then the inserted items that are not in it.
    n_categories : (J + E + 1,) int
        Categories that an answer can have; no limit is known for items outside the pool, nor for no item.
    selectable : (J,) bool
        What the criterion may choose.
    cuts : (B − 1,)
        Abilities that part the bands of exposure control.
    max_length : int
        L, the most questions that a test can have.
    reasons : tuple of texts
        Why a test can end; `State.reason` points into it.
    notes : tuple of texts
        What a person should know of this pool under these rules.
    """

    pool: ItemPool
    rules: CatRules
    tables: Tables
    parts: tuple[Part, ...]
    exposure: Exposure | None
    prior: Prior
    report_prior: Prior
    names: tuple[str, ...]
    n_categories: Ints
    selectable: Bools
    cuts: Floats
    max_length: int
    reasons: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, pool: ItemPool, rules: CatRules) -> "Design":
        """Compile rules for a pool; the same two objects give the same design.

        Raises
        ------
        BadInput
            If nothing can be selected, an item named in the rules is not in the pool, inserted items have no
            room, or the rules cannot be met with this pool.
        """
        try:
            return _compile(pool, rules)
        except ValueError as error:
            raise BadInput(str(error), where="the rules with this pool") from error

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """The constraints of all sections, bound to the pool."""
        return tuple(constraint for part in self.parts for constraint in part.constraints)

    @property
    def criterion(self) -> Criterion:
        """The criterion of the first section, bound to the pool."""
        return self.parts[0].criterion

    @property
    def population(self) -> Normal:
        """The population of the parameter set: of everybody, or of its first group."""
        return _population(self.pool)

    @property
    def learns(self) -> bool:
        """Whether what a person is asked depends on the sessions before."""
        chosen = any(len(insertion.items) > 1 for insertion in self.rules.inserted)
        return chosen or (self.exposure is not None and self.exposure.learns)

    @property
    def block(self) -> int:
        """Sessions between two snapshots of the use of items."""
        return self.exposure.block if self.exposure and self.exposure.learns else BLOCK

    def block_of(self, n: int) -> int:
        """Return the same in a study of n people: where exposure is limited, at most a hundredth of them."""
        return min(self.block, max(1, -(-n // 100))) if self.exposure else self.block

    def place(self, items: tuple[str, ...]) -> Ints:
        """Return the places (len(items),) of items in `names`."""
        place = {name: row for row, name in enumerate(self.names)}
        return np.array([place[name] for name in items], np.int64)

    def prior_of(self, people: Sequence[Known]) -> Prior | None:
        """Return the prior of N people of whom this is known, None where the rules ask for nothing of them.

        Raises
        ------
        ValueError
            If a covariate is no number, or none of the words that have a slope.
        """
        start = self.rules.start.prior
        return None if start is None else Individual(start.expected(people), start.sd, self.prior)

    def empty_exposure(self) -> ExposureState:
        """Return the snapshot before the first session."""
        return ExposureState.empty(
            len(self.pool), cuts=self.cuts, n_inserted=len(self.names) - len(self.pool)
        )

    def schedule(self, u: Floats, snapshot: ExposureState | None) -> Ints | None:
        """Return what stands where besides the adaptive questions, (N, L), −1 for those; None if nothing.

        Parameters
        ----------
        u : (N,)
            One uniform draw a person.
        snapshot : ExposureState or None
            How many answers the inserted items have; none if not given.
        """
        rules = self.rules
        if not rules.start.items and not rules.insertions:
            return None
        shortest = _shortest(self.parts, self.max_length)
        return self._schedule(rules.insertions, u, snapshot, first=rules.start.items, shortest=shortest)

    def schedules(self, u: Floats, snapshot: ExposureState | None) -> Ints | None:
        """Return the same by section, (N, S, L), counted from the first question of each; None if nothing."""
        if not any(part.insertions for part in self.parts):
            return None
        own = spread(u, len(self.parts), stream=Stream.SECTIONS).T
        return np.stack(
            [
                self._schedule(part.insertions, draw, snapshot, shortest=part.stop.shortest)
                for part, draw in zip(self.parts, own, strict=True)
            ],
            axis=1,
        )

    def _schedule(
        self,
        insertions: tuple[Insertion, ...],
        u: Floats,
        snapshot: ExposureState | None,
        *,
        first: tuple[str, ...] = (),
        shortest: int,
    ) -> Ints:
        answers = np.zeros(len(self.names), np.int64)
        if snapshot is not None:
            answers = np.concatenate([snapshot.administered.sum(axis=0), snapshot.inserted])
        return schedule(
            insertions,
            [self.place(each.items) for each in insertions],
            u,
            first=self.place(first),
            answers=answers,
            shortest=shortest,
            longest=self.max_length,
        )


@lru_cache(maxsize=32)
def _compile(pool: ItemPool, rules: CatRules) -> Design:
    inserted = [name for insertion in rules.inserted for name in insertion.items]
    if twice := next((name for name in inserted if inserted.count(name) > 1), None):
        raise ValueError(f"'{twice}' is to be inserted twice: name it in one place")
    outside = tuple(dict.fromkeys(name for name in inserted if name not in set(pool.items)))
    unknown = [name for name in rules.start.items if name not in set(pool.items)]
    if unknown:
        raise ValueError(f"the first item '{unknown[0]}' is not in the pool")
    steep, notes = _steep(pool)
    if _reads_errors(rules) and (exact := known_exactly(pool)):
        notes = (*notes, f"taken as known exactly, for want of standard errors: {first_few(exact)}")
    selectable = steep & ~np.isin(pool.items, inserted)
    if not selectable.any():
        raise ValueError("; ".join(("the pool has no item that can be selected", *notes)))
    bounds = [
        room_of(pool, section, selectable, number_of((*rules.insertions, *section.insertions)), len(outside))
        for section in rules.parts
    ]
    most = int(selectable.sum()) + number_of(rules.inserted)
    max_length = min(sum(length for _, length in bounds), most)
    for method in (rules.estimator, rules.report.estimator):
        method.check(pool)
    tables = _tables(pool, rules, max_length)
    names = (*pool.items, *outside)
    pilots = pilots_of(pool, rules.insertions)
    if rules.insertions and rules.sections and any(section.constraints for section in rules.sections):
        right = "give each section its own [section.pilot]"
        raise ValueError(f"pilot items of the whole test have no room in sections with constraints; {right}")
    parts = tuple(
        bound(pool, tables, section, own, length, pilots + pilots_of(pool, section.insertions), names)
        for section, (own, length) in zip(rules.parts, bounds, strict=True)
    )
    shortest = _shortest(parts, max_length)
    exposure, told = limited(pool, rules, parts, selectable, shortest, max_length)
    design = Design(
        pool=pool,
        rules=rules,
        tables=tables,
        parts=parts,
        exposure=exposure,
        prior=rules.prior or _population(pool),
        report_prior=rules.report.prior or _population(pool),
        names=names,
        n_categories=np.concatenate([pool.n_categories, np.full(len(outside) + 1, MANY)]),
        selectable=selectable,
        cuts=exposure.cuts() if exposure else np.zeros(0),
        max_length=max_length,
        reasons=(*parts[-1].stop.reasons, EXHAUSTED),
        notes=(*notes, *told),
    )
    design.schedule(np.zeros(1), None)
    design.schedules(np.zeros(1), None)
    return design


def _shortest(parts: tuple[Part, ...], max_length: int) -> int:
    """Return the fewest questions that a test can have."""
    return min(sum(part.stop.shortest for part in parts), max_length)


def _reads_errors(rules: CatRules) -> bool:
    """Return whether anything in the rules goes by the errors of the parameters."""
    return rules.uncertainty or any(section.criterion.reads_errors for section in rules.parts)


def _steep(pool: ItemPool) -> tuple[Bools, tuple[str, ...]]:
    """Return which items rise with ability (J,), and a sentence about those that do not."""
    table = pool.parameters.table
    slope = table["a"].to_numpy(float) if "a" in table else np.full(len(pool), np.nan)
    steep = ~(slope <= 0)
    flat = [pool.items[row] for row in np.flatnonzero(~steep)]
    if not flat:
        return steep, ()
    return steep, (f"never selected, because a is 0 or below: {first_few(flat)}",)


def _population(pool: ItemPool) -> Normal:
    population = pool.parameters.population
    mean, sd = population["all"] if "all" in population else next(iter(population.values()))
    return Normal(mean, sd)


def _tables(pool: ItemPool, rules: CatRules, max_length: int) -> Tables:
    """Return the pool on the grid, its answers averaged over uncertain parameters where the rules say so."""
    tables = Tables.of(pool, _nodes(pool, rules, max_length))
    if not rules.uncertainty:
        return tables
    methods = (rules.estimator, rules.report.estimator)
    if not all(isinstance(method, ExpectedAPosteriori) for method in methods):
        raise ValueError("parameter_uncertainty needs the method eap, in [estimate] and in [report]")
    return tables.averaged(averaged_log_prob(pool, tables.nodes))


def _nodes(pool: ItemPool, rules: CatRules, max_length: int) -> Floats:
    """Return the grid: as the rules say, or the reference grid made finer than the narrowest posterior.

    The trapezoid rule is exact to 1e-8 for a normal density whose SD is the step of the grid.
    """
    if rules.grid is not None:
        return grid(rules.grid.nodes, bound=rules.grid.bound)
    coarse = grid()
    info = np.sort(pool.information(coarse), axis=0)[-max_length:].sum(axis=0).max()
    start = rules.start.prior
    beliefs = (_population(pool), rules.prior, rules.report.prior, start and Normal(sd=start.sd))
    known = max(1.0, *(prior.precision for prior in beliefs if prior))
    step = min(coarse[1] - coarse[0], 1.0 / np.sqrt(known + info))
    return grid(int(np.ceil(12.0 / step)) + 1)
