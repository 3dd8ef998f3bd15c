"""Sections made ready for a pool."""

from collections.abc import Iterator
from contextlib import contextmanager

from engine._types import Bools, Ints
from engine.insertion import Insertion
from engine.pool import ItemPool
from engine.sections import Part, Section, where_holds
from engine.selection.constraints.conflict import require
from engine.stopping.completeness import fitted
from engine.tables import Tables


def room_of(
    pool: ItemPool, section: Section, selectable: Bools, inserted: int, outside: int
) -> tuple[Bools, int]:
    """Return what a section may choose (J,), and the most questions that it can have."""
    own = selectable & where_holds(section, pool)
    if not own.any():
        raise ValueError(f"section '{section.name}' has no item: none fits where = '{section.where}'")
    longest = len(pool) + outside if section.stop.longest is None else section.stop.longest
    return own, min(longest, int(own.sum()) + inserted)


def bound(
    pool: ItemPool,
    tables: Tables,
    section: Section,
    selectable: Bools,
    length: int,
    pilots: int,
    names: tuple[str, ...],
) -> Part:
    """Return a section ready for the pool; raises ValueError if its own items cannot meet its conditions."""
    if section.constraints and pilots >= length:
        raise ValueError(f"{pilots} inserted questions leave a blueprint no room among {length}")
    with said_besides(pilots, length):
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
    return Part(
        name=section.name,
        selectable=selectable,
        first=_first(pool, section, selectable),
        criterion=criterion,
        chooser=section.chooser,
        constraints=constraints,
        stop=stop,
        max_length=length,
        insertions=section.insertions,
        inserted=frozenset(names.index(name) for each in section.insertions for name in each.items),
    )


def _first(pool: ItemPool, section: Section, selectable: Bools) -> Ints:
    """Return the rows of a section's first items; raises ValueError if one is none of its own."""
    rows = pool.positions(section.first)
    for row in rows[~selectable[rows]]:
        raise ValueError(f"the first item '{pool.items[row]}' is none of section '{section.name}'")
    return rows


@contextmanager
def said_besides(inserted: int, length: int) -> Iterator[None]:
    """Add to a refusal that some questions of a test are inserted, and therefore do not count in it."""
    try:
        yield
    except ValueError as error:
        more = f"; {inserted} of the {length} questions of a test are inserted besides" if inserted else ""
        raise ValueError(f"{error}{more}") from error


def pilots_of(pool: ItemPool, insertions: tuple[Insertion, ...]) -> int:
    """Return how many questions a person gets that are none of the pool's."""
    return sum(each.number for each in insertions if not set(each.items) <= set(pool.items))
