"""Banks, their parameter sets, and the items ready for computing."""

import numpy as np

from dashboard.answers import newest_versions
from dashboard.loading.memory import database, for_a_while
from dashboard.store import rejections
from engine.pool import ItemPool
from items.bank import ItemBank
from items.item import Status
from items.storage import banks, parameter_sets
from items.storage.parameter_sets import Promotion, StoredSet


def bank_ids() -> tuple[str, ...]:
    """Return the ids of all banks."""
    return banks.bank_ids(database())


@for_a_while
def bank(id: str) -> ItemBank:
    """Return a bank as it stands."""
    return banks.load(database(), id)


@for_a_while
def sets(bank: str) -> tuple[StoredSet, ...]:
    """Return all parameter sets of a bank, oldest first."""
    return parameter_sets.history(database(), bank)


def rejected() -> dict[int, str]:
    """Return the sets that were rejected, each with the reason."""
    return rejections.rejected(database())


def promotions(bank: str) -> tuple[Promotion, ...]:
    """Return every promotion of a bank, oldest first; the last one is in force."""
    return parameter_sets.promotions(database(), bank)


def set_in_use(bank: str) -> int | None:
    """Return the number of the parameter set in use, None before the first promotion."""
    made = promotions(bank)
    return made[-1].parameter_set if made else None


def stored(bank: str, parameter_set: int) -> StoredSet:
    """Return one parameter set of a bank."""
    return next(one for one in sets(bank) if one.id == parameter_set)


@for_a_while
def pool(bank: str, parameter_set: int) -> ItemPool:
    """Return the items of a parameter set, at their newest version, ready for computing."""
    return ItemPool.from_parameters(newest_versions(stored(bank, parameter_set).parameters))


@for_a_while
def operational_pool(id: str, parameter_set: int) -> ItemPool | None:
    """Return the operational items of a parameter set, None if it has none of them."""
    every = pool(id, parameter_set)
    working = {one.item.id for one in bank(id).entries if one.status is Status.OPERATIONAL}
    known = np.flatnonzero([item in working for item in every.items])
    return every.subset(known) if known.size else None
