"""What the answers cannot tell: items without variance, too few answers, blocks that nobody links.

Looked at before estimating, so that one item cannot spoil the others: an item that all passed is named and
left out, the rest is calibrated.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from calibration.responses import ResponseMatrix
from engine._types import Ints
from items.errors import BadInput

FEWEST_ANSWERS = 10
"""With fewer answers than this an item is not calibrated (unless a prior on all its parameters helps)."""
FEWEST_PERSONS = 20
"""With fewer persons than this a group has no mean and SD of its own."""
STEEPEST = 15.0
"""A slope beyond this means that the item splits the persons perfectly: the likelihood has no maximum."""
OK = "ok"


def first_look(responses: ResponseMatrix, *, fewest: int = FEWEST_ANSWERS) -> list[str]:
    """Judge each item by its answers alone: "ok", or why it cannot be calibrated."""
    counts = responses.category_counts()
    return [_judge(row[:k], fewest) for row, k in zip(counts, responses.n_categories, strict=True)]


def _judge(counts: Ints, fewest: int) -> str:
    """Return what speaks against calibrating an item with these category counts (K,), or "ok"."""
    total = int(counts.sum())
    if total == 0:
        return "not identified: never answered"
    if np.count_nonzero(counts) == 1:
        category = int(np.argmax(counts))
        word = "lowest" if category == 0 else "highest" if category == counts.size - 1 else "same"
        said = {"lowest": "all wrong", "highest": "all correct"}.get(word) if counts.size == 2 else None
        return f"not identified: {said or f'all {total} answers are in the {word} category'}"
    if total < fewest:
        return f"not identified: only {total} answers, at least {fewest} are needed"
    return OK


def item_table(responses: ResponseMatrix, status: Sequence[str]) -> pd.DataFrame:
    """Return the items of a log with their number of answers and the verdict on each."""
    return pd.DataFrame(
        {
            "item": responses.items,
            "version": responses.versions,
            "n": np.bincount(responses.items_index, minlength=responses.n_items),
            "status": list(status),
        }
    )


def left_out(items: Sequence[str], status: Sequence[str]) -> list[str]:
    """Return a sentence on each item that was not calibrated."""
    return [f"{item}: {word}" for item, word in zip(items, status, strict=True) if word != OK]


def unbounded(slope: float) -> str:
    """Return the verdict on an item's estimated slope."""
    if abs(slope) <= STEEPEST:
        return OK
    grown = f"not identified: the slope grows without bound (a = {slope:.3g})"
    return f"{grown}; the item splits the persons perfectly"


def blocks_of_items(responses: ResponseMatrix) -> Ints:
    """Return the block (J,) of each item: items are linked where a person answered both."""
    here, there = responses.items_index[:-1], responses.items_index[1:]
    same = np.ones(max(responses.n_responses - 1, 0), bool)
    starts = responses.indptr[1:-1]
    same[starts[(starts > 0) & (starts < responses.n_responses)] - 1] = False
    j = responses.n_items
    links = sparse.coo_array((np.ones(int(same.sum()), np.int32), (here[same], there[same])), shape=(j, j))
    _, labels = sparse.csgraph.connected_components(links.tocsr(), directed=False)
    return np.asarray(labels)


def describe_blocks(items: Sequence[str], block: Ints) -> str:
    """Return the blocks in words, three items of each."""
    parts = []
    for number in range(int(block.max()) + 1):
        members = [item for item, b in zip(items, block, strict=True) if b == number]
        parts.append(f"{{{', '.join(members[:3])}{', …' if len(members) > 3 else ''}}}")
    more = " …" if len(parts) > 5 else ""
    return f"{len(parts)} blocks of items that no person links: {', '.join(parts[:5])}{more}"


def refuse_unlinked(responses: ResponseMatrix, *, why: str, right: str) -> None:
    """Raise BadInput where the items fall into blocks that no person links."""
    block = blocks_of_items(responses)
    if block.max(initial=0) > 0:
        raise BadInput(f"{describe_blocks(responses.items, block)}; {why}", where="responses", right=right)


def check_links(responses: ResponseMatrix, group: Ints, *, separate: bool, random_groups: bool) -> str:
    """Check that the items stand on one scale; return what the link rests on where nobody links them.

    Parameters
    ----------
    group : (N,) int
        Group of each person.
    separate : bool
        Whether groups have populations of their own.
    random_groups : bool
        Whether the user says that blocks were assigned at random.

    Raises
    ------
    BadInput
        If blocks of items are linked neither by persons nor by one population the user vouches for.
    """
    block = blocks_of_items(responses)
    if block.max(initial=0) == 0:
        return ""
    told = describe_blocks(responses.items, block)
    answered = responses.answers_per_person > 0
    first = block[responses.items_index[responses.indptr[:-1][answered]]]
    groups_of = [set(group[answered][first == b].tolist()) for b in range(int(block.max()) + 1)]
    if separate and all(a.isdisjoint(b) for i, a in enumerate(groups_of) for b in groups_of[:i]):
        raise BadInput(
            f"{told}; each block belongs to other groups, each with its own population",
            where="responses",
            right="common items, or calibrate the groups apart",
        )
    if not random_groups:
        raise BadInput(
            f"{told}; only a common population can put them on one scale",
            where="responses",
            right="say --random-groups if persons were assigned to the blocks at random",
        )
    return f"{told}; their link rests on random assignment of persons to the blocks"
