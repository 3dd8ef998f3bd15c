"""A test design: rules compiled for a pool, everything about a test that no test taker changes."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.draws import BLOCK
from engine.estimation.eap import ExpectedAPosteriori
from engine.insertion import Insertion
from engine.pool import ItemPool
from engine.priors import Normal, Prior
from engine.quadrature import grid
from engine.rules import CatRules
from engine.sections import Part, Section, check_rates, where_holds
from engine.selection.base import Constraint, Criterion, Exposure
from engine.selection.constraints.conflict import require
from engine.selection.usage import ExposureState
from engine.stopping.completeness import fitted
from engine.tables import Tables
from engine.uncertainty import averaged_log_prob
from items.errors import BadInput

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
    def learns(self) -> bool:
        """Whether what a person is asked depends on the sessions before."""
        chosen = any(len(insertion.items) > 1 for insertion in self.rules.insertions)
        return chosen or (self.exposure is not None and self.exposure.learns)

    @property
    def block(self) -> int:
        """Sessions between two snapshots of the use of items."""
        return self.exposure.block if self.exposure else BLOCK

    def block_of(self, n: int) -> int:
        """Return the same in a study of n people: where exposure is limited, at most a hundredth of them."""
        return min(self.block, max(1, -(-n // 100))) if self.exposure else self.block

    def place(self, items: tuple[str, ...]) -> Ints:
        """Return the places (len(items),) of items in `names`."""
        place = {name: row for row, name in enumerate(self.names)}
        return np.array([place[name] for name in items], np.int64)

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
        if not self.rules.start.items and not self.rules.insertions:
            return None
        schedule = np.full((u.size, self.max_length), -1)
        first = self.place(self.rules.start.items)[: self.max_length]
        schedule[:, : first.size] = first
        taken = frozenset(range(first.size))
        for insertion in self.rules.insertions:
            taken |= {position - 1 for position in insertion.positions}
        for insertion in self.rules.insertions:
            self._insert(insertion, schedule, u, snapshot, taken)
        return schedule

    def _insert(
        self,
        insertion: Insertion,
        schedule: Ints,
        u: Floats,
        snapshot: ExposureState | None,
        taken: frozenset[int],
    ) -> None:
        """Enter one kind of inserted items in the schedule."""
        places = self.place(insertion.items)
        shortest = min(sum(part.stop.shortest for part in self.parts), self.max_length)
        at = insertion.choose_positions(u, shortest=shortest, taken=taken)
        chosen = places[insertion.choose_items(u, self._answers(places, snapshot))][:, : at.shape[1]]
        reached = at < self.max_length
        row = np.broadcast_to(np.arange(u.size)[:, None], at.shape)
        schedule[row[reached], at[reached]] = chosen[reached]

    def _answers(self, places: Ints, snapshot: ExposureState | None) -> Ints:
        """Return how many answers the items at these places of `names` have."""
        if snapshot is None:
            return np.zeros(places.size, np.int64)
        return np.concatenate([snapshot.administered.sum(axis=0), snapshot.inserted])[places]


@lru_cache(maxsize=32)
def _compile(pool: ItemPool, rules: CatRules) -> Design:
    inserted = [name for insertion in rules.insertions for name in insertion.items]
    outside = tuple(dict.fromkeys(name for name in inserted if name not in set(pool.items)))
    unknown = [name for name in rules.start.items if name not in set(pool.items)]
    if unknown:
        raise ValueError(f"the first item '{unknown[0]}' is not in the pool")
    steep, notes = _steep(pool)
    selectable = steep & ~np.isin(pool.items, inserted)
    if not selectable.any():
        raise ValueError("; ".join(("the pool has no item that can be selected", *notes)))
    most, extra = int(selectable.sum()) + len(set(inserted)), len(outside)
    bounds = [_longest(pool, section, selectable, len(set(inserted)), extra) for section in rules.parts]
    max_length = min(sum(length for _, length in bounds), most)
    tables = _tables(pool, rules, max_length)
    pilots = sum(each.number for each in rules.insertions if not set(each.items) <= set(pool.items))
    if pilots and rules.sections and any(section.constraints for section in rules.sections):
        raise ValueError("pilot items cannot be put into sections that have constraints")
    parts = tuple(
        _bind(pool, tables, section, own, length, pilots)
        for section, (own, length) in zip(rules.parts, bounds, strict=True)
    )
    exposure = rules.exposure.bind(pool, tables, max_length) if rules.exposure else None
    _check_rate(exposure, tuple(constraint for part in parts for constraint in part.constraints))
    if exposure and exposure.limit < 1 and rules.sections:
        check_rates(parts, exposure.limit)
    design = Design(
        pool=pool,
        rules=rules,
        tables=tables,
        parts=parts,
        exposure=exposure,
        prior=rules.prior or _population(pool),
        report_prior=rules.report.prior or _population(pool),
        names=(*pool.items, *outside),
        n_categories=np.concatenate([pool.n_categories, np.full(len(outside) + 1, MANY)]),
        selectable=selectable,
        cuts=exposure.cuts() if exposure else np.zeros(0),
        max_length=max_length,
        reasons=(*parts[-1].stop.reasons, EXHAUSTED),
        notes=notes,
    )
    design.schedule(np.zeros(1), None)
    return design


def _longest(
    pool: ItemPool, section: Section, selectable: Bools, inserted: int, outside: int
) -> tuple[Bools, int]:
    """Return what a section may choose (J,), and the most questions that it can have."""
    own = selectable & where_holds(section, pool)
    if not own.any():
        raise ValueError(f"section '{section.name}' has no item: none fits where = '{section.where}'")
    longest = len(pool) + outside if section.stop.longest is None else section.stop.longest
    return own, min(longest, int(own.sum()) + inserted)


def _bind(
    pool: ItemPool, tables: Tables, section: Section, selectable: Bools, length: int, pilots: int
) -> Part:
    """Return a section ready for the pool; raises ValueError if its own items cannot meet its conditions."""
    constraints = tuple(each.bind(pool, tables, length - pilots) for each in section.constraints)
    criterion = section.criterion.bind(pool, tables, length)
    for constraint in constraints:
        if section.where and constraint.conditions is not None:
            require(constraint.conditions, among=selectable)
        if constraint.adjusts and (kind := constraint.kinds()) is not None:
            criterion = criterion.among(pool, kind)
    stop = section.stop.bind(pool, tables)
    for conditions in (each.conditions for each in constraints if each.conditions is not None):
        stop = fitted(stop, conditions, longest=length, besides=pilots)
    first = _first(pool, section, selectable)
    return Part(section.name, selectable, first, criterion, section.chooser, constraints, stop, length)


def _first(pool: ItemPool, section: Section, selectable: Bools) -> Ints:
    """Return the rows of a section's first items; raises ValueError if one is none of its own."""
    rows = pool.positions(section.first)
    for row in rows[~selectable[rows]]:
        raise ValueError(f"the first item '{pool.items[row]}' is none of section '{section.name}'")
    return rows


def _check_rate(exposure: Exposure | None, constraints: tuple[Constraint, ...]) -> None:
    """Refuse a limit of exposure that the constraints cannot hold."""
    limit = exposure.limit if exposure else 1.0
    for constraint in constraints:
        if limit < 1 and (why := constraint.rate_conflict(limit)):
            raise ValueError(f"a maximum rate of {limit:g} cannot be held: {why}")


def _steep(pool: ItemPool) -> tuple[Bools, tuple[str, ...]]:
    """Return which items rise with ability (J,), and a sentence about those that do not."""
    table = pool.parameters.table
    slope = table["a"].to_numpy(float) if "a" in table else np.full(len(pool), np.nan)
    steep = ~(slope <= 0)
    flat = [pool.items[row] for row in np.flatnonzero(~steep)]
    if not flat:
        return steep, ()
    return steep, (f"never selected, because a is 0 or below: {', '.join(flat)}",)


def _population(pool: ItemPool) -> Prior:
    """Return the population of the parameter set: of everybody, or of its first group."""
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
    step = min(coarse[1] - coarse[0], 1.0 / np.sqrt(1.0 + info))
    return grid(int(np.ceil(12.0 / step)) + 1)
