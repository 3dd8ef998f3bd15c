"""Sections: a test as a sequence of parts, each with its own items, choice, blueprint and end.

All sections measure the same ability: what earlier sections tell of it steers the later ones, and the score
rests on all answers. A test without sections is a test of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from engine._types import Bools, Floats, Ints
from engine.insertion import Insertion, number_of
from engine.pool import ItemPool
from engine.selection.base import Chooser, Constraint, Criterion
from engine.selection.choosers import Best
from engine.selection.mfi import MaximumFisherInformation
from engine.selection.view import View
from engine.stopping.base import StoppingRule
from engine.stopping.combine import AnyOf
from engine.stopping.length import Length
from engine.stopping.precision import Precision
from items.blueprint.condition_parser import parse
from items.errors import BadInput


def default_stop() -> StoppingRule:
    """Return the stopping rule of rules that name none."""
    return AnyOf((Precision(0.3), Length(30)))


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """The rules of one section.

    Attributes
    ----------
    name : str
        What people call it.
    where : str
        Which items it draws on: a condition on the columns of the parameter table, in the language of
        constraint tables; all items if empty. An item that was asked is not asked again.
    first : tuple of texts
        Items that come first in it, in this order; one that was asked before is left out.
    insertions : tuple of Insertion
        Open questions and pilot items of this section; their positions count within it.
    criterion, chooser, constraints, stop
        As in rules without sections. Lengths and blueprints count within the section; precision and decisions
        rest on all answers so far.
    """

    name: str = ""
    where: str = ""
    first: tuple[str, ...] = ()
    criterion: Criterion = field(default_factory=MaximumFisherInformation)
    chooser: Chooser = field(default_factory=Best)
    constraints: tuple[Constraint, ...] = ()
    stop: StoppingRule = field(default_factory=default_stop)
    insertions: tuple[Insertion, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A section ready for a pool.

    Attributes
    ----------
    name : str
    selectable : (J,) bool
        What may be chosen.
    first : (F,) int
        Rows of the items that come first.
    criterion, chooser, constraints, stop
        The section's members, bound to the pool.
    max_length : int
        The most questions that it can have.
    insertions : tuple of Insertion
        Its open questions and pilot items.
    inserted : set of int
        Their rows among the names of the design.
    """

    name: str
    selectable: Bools
    first: Ints
    criterion: Criterion
    chooser: Chooser
    constraints: tuple[Constraint, ...]
    stop: StoppingRule
    max_length: int
    insertions: tuple[Insertion, ...]
    inserted: frozenset[int]

    def can_ask(self, item: int) -> bool:
        """Return whether a question, as a row among the names of the design, can be one of this section."""
        return item in self.inserted or (item < self.selectable.size and bool(self.selectable[item]))


def stopping_view(view: View, part: Part, begun: Ints) -> View:
    """Return what the stopping rule of a section sees: its own length, its own items left, all answers."""
    return replace(
        view,
        administered=view.administered | ~part.selectable,
        length=view.length - begun,
        max_length=part.max_length,
    )


def choosing_view(view: View, part: Part, begun: Ints) -> View:
    """Return what the choice in a section sees: its own questions, counted from its first one."""
    own = own_questions(view.items, begun, part.max_length)
    administered = np.zeros((len(view), view.administered.shape[1] + 1), bool)
    in_pool = np.where(own < view.administered.shape[1], own, -1)
    np.put_along_axis(administered, in_pool, True, axis=1)
    return replace(
        view,
        administered=administered[:, :-1],
        items=own,
        categories=own_questions(view.categories, begun, part.max_length),
        length=view.length - begun,
        max_length=part.max_length,
        plan=None,
    )


def own_questions(values: Ints, begun: Ints, width: int) -> Ints:
    """Return the entries (N, width) of (N, L) from each person's `begun` (N,) on, −1 beyond."""
    place = begun[:, None] + np.arange(width)
    inside = place < values.shape[1]
    found = np.take_along_axis(values, np.where(inside, place, 0), axis=1)
    return np.where(inside, found, -1)


def questions_of(items: Ints, opened: Ints, number: int, width: int) -> Ints:
    """Return the questions (N, width) of a section of finished tests (N, L), −1 where there is none.

    Parameters
    ----------
    opened : (N, S) int
        Questions answered before each section, −1 for one that was not reached.
    """
    if opened.shape[1] == 1:
        return items
    begun = opened[:, number]
    ends = opened[:, number + 1] if number + 1 < opened.shape[1] else np.full(len(items), -1)
    own = own_questions(items, np.maximum(begun, 0), width)
    place = np.maximum(begun, 0)[:, None] + np.arange(width)
    other = (begun < 0)[:, None] | ((ends >= 0)[:, None] & (place >= ends[:, None]))
    return np.where(other, -1, own)


def section_of(parts: Sequence[Part], item: int, number: int, later: int) -> int:
    """Return the section of a recorded question that follows one of section `number`.

    `later` is where the rules would be. The record decides: a question belongs to the first section from
    `later` on that can ask it, or else to the section before, if that can.

    Parameters
    ----------
    item : int
        A row among the names of the design.
    """
    for place in (later, number, *range(later + 1, len(parts))):
        if parts[place].can_ask(item):
            return int(place)
    return later


def where_holds(section: Section, pool: ItemPool) -> Bools:
    """Return the items (J,) that a section draws on; raises BadInput for a condition that is none."""
    if not section.where:
        return np.ones(len(pool), bool)
    try:
        return np.asarray(parse(section.where).holds(pool.parameters.table))
    except BadInput as error:
        place = f"section '{section.name}', where = '{section.where}'"
        raise BadInput(error.what, where=place, right=error.right) from None


def cells(parts: Sequence[Part]) -> Ints:
    """Return the cell (J,) of each item, equal where the same sections may choose it, −1 where none may."""
    member = np.stack([part.selectable for part in parts])
    found = np.unique(member, axis=1, return_inverse=True)[1].ravel()
    return np.where(member.any(axis=0), found, -1)


def check_rates(parts: Sequence[Part], limit: float) -> None:
    """Raise ValueError where a maximum rate is below a section's length / the number of its items."""
    for part in parts:
        size = int(part.selectable.sum())
        chosen = part.max_length - number_of(part.insertions)
        if limit * size < chosen * (1 - 1e-12):
            raise ValueError(
                f"a maximum rate of {limit:g} cannot be held: {chosen} questions from the {size} "
                f"items of section '{part.name}' are a rate of {chosen / size:.4g} on average"
            )


def reached(opened: Ints) -> Ints:
    """Return the section (N,) in which each person is, from what has been opened (N, S)."""
    if opened.shape[1] == 1:
        return np.zeros(len(opened), np.int64)
    return np.asarray((opened >= 0).sum(axis=1) - 1)


def lengths(opened: Ints, length: Ints) -> Floats:
    """Return the questions (N, S) of each section of finished tests, NaN for one that was not reached."""
    ends = np.hstack([opened[:, 1:], np.full((len(opened), 1), -1)])
    ends = np.where(ends >= 0, ends, length[:, None])
    return np.where(opened >= 0, ends - opened, np.nan)
