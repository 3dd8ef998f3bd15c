"""Who is compared with whom: the groups of a log's `g_*` column as whole numbers."""

from dataclasses import dataclass

import numpy as np

from calibration.responses import ResponseMatrix
from engine._types import Ints
from engine.registry import nearest
from items.errors import BadInput

MOST = 10
"""Groups that can be compared at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Persons by group, the reference group first.

    Attributes
    ----------
    name : str
        The log's column.
    labels : tuple of G texts
        The reference group, then the focal ones.
    index : (N,) int
        Group of each person, −1 where unknown.
    """

    name: str
    labels: tuple[str, ...]
    index: Ints

    @property
    def sizes(self) -> Ints:
        """Persons in each group (G,)."""
        return np.bincount(self.index[self.index >= 0], minlength=len(self.labels))

    def pair(self, focal: int) -> "Groups":
        """Return the reference group and one focal group, all others unknown."""
        index = np.select([self.index == 0, self.index == focal], [0, 1], -1)
        return Groups(self.name, (self.labels[0], self.labels[focal]), index)


def counted(values: int) -> str:
    """Return how many values a column holds, in words."""
    return "one value" if values == 1 else f"{values} different values"


def find_groups(
    responses: ResponseMatrix, name: str, *, focal: str | None = None, reference: str | None = None
) -> Groups:
    """Return the groups of column `name`.

    With `focal`, everybody else with a known group is the reference, or `reference` alone if named. Without
    `focal` the largest group is the reference, the smallest of the others comes last; of two groups the
    smaller one is focal.

    Raises
    ------
    BadInput
        If there is no such column, it holds one value or more than ten, `focal` or `reference` is none of
        them, or they are the same.
    """
    if name not in responses.groups:
        raise BadInput(
            f"the log has no column '{name}'", right=nearest(name, map(str, responses.groups.columns))
        )
    values = responses.groups[name]
    known = values.notna().to_numpy()
    texts = values.map(str).to_numpy(dtype=object)
    labels, counts = np.unique(texts[known].astype(str), return_counts=True)
    if not 2 <= labels.size <= MOST:
        raise BadInput(f"{name} holds {counted(labels.size)}", right=f"2 to {MOST} groups")
    ordered = [str(label) for label in labels[np.argsort(-counts, kind="stable")]]
    if focal is not None and reference is not None:
        return _two_groups(name, texts, ordered, str(focal), str(reference))
    if focal is not None:
        return _against_the_rest(name, texts, known, ordered, str(focal))
    place = {label: group for group, label in enumerate(ordered)}
    index = np.array([place[text] if ok else -1 for text, ok in zip(texts, known, strict=True)])
    return Groups(name, tuple(ordered), index)


def _two_groups(name: str, texts: object, labels: list[str], focal: str, reference: str) -> Groups:
    for label in (focal, reference):
        if label not in labels:
            raise BadInput(f"{name} never holds '{label}'", right=nearest(label, labels))
    if focal == reference:
        raise BadInput(f"focal and reference are both '{focal}'", right="two different groups")
    here = np.asarray(texts)
    return Groups(name, (reference, focal), np.select([here == reference, here == focal], [0, 1], -1))


def _against_the_rest(name: str, texts: object, known: object, labels: list[str], focal: str) -> Groups:
    if focal not in labels:
        raise BadInput(f"{name} never holds '{focal}'", right=nearest(focal, labels))
    others = [label for label in labels if label != focal]
    index = np.where(np.asarray(known), (np.asarray(texts) == focal).astype(int), -1)
    return Groups(name, (" or ".join(others), focal), index)
