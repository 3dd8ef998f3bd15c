"""Several versions of an item side by side: each stands for itself, under a name of its own."""

from collections.abc import Container, Iterable
from dataclasses import replace

from engine._types import Ints
from engine.pool import ItemPool
from items.parameters import Identity, ParameterSet


def label(item: str, version: int) -> str:
    """Return the name of an item version where its item has several."""
    return f"{item} version {version}"


def name_among(identity: Identity, known: Container[str]) -> str:
    """Return the name under which an item version is known: its own, else that of its item."""
    own = label(*identity)
    return own if own in known else identity[0]


def pool_of_versions(parameters: ParameterSet, *, where: str = "") -> ItemPool:
    """Return a pool in which each version of an item stands for itself; raises BadInput as any pool."""
    table = parameters.table.reset_index(drop=True)
    twice = table["item"].duplicated(keep=False)
    named = [label(*i) if t else i[0] for i, t in zip(parameters.identities(), twice, strict=True)]
    return ItemPool.from_parameters(replace(parameters, table=table.assign(item=named)), where=where)


def positions(pool: ItemPool, identities: Iterable[Identity]) -> Ints:
    """Return the rows of item versions in such a pool; raises BadInput for one that it lacks."""
    known = set(pool.items)
    return pool.positions([name_among(identity, known) for identity in identities])
