"""ItemBank: an immutable collection of items with their status, stimuli and media."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import Field

from items.errors import BadInput
from items.interactions.base import Strict
from items.item import Item, ItemId, Status


class Entry(Strict):
    """One item in a bank: its current version, its status, and what its authors noted about it."""

    item: Item
    status: Status = Status.DRAFT
    notes: str = ""

    def next_version(self, edited: "Entry") -> "Entry":
        """Number an edited entry after this one.

        An item with new content becomes a new version, and pilot where it was operational, because the old
        version's statistics do not follow; an item with another change becomes a new revision.
        """
        item = self.item.next_version(edited.item)
        is_new = item.version > self.item.version and edited.status is Status.OPERATIONAL
        return edited.model_copy(update={"item": item} | ({"status": Status.PILOT} if is_new else {}))


class Stimulus(Strict):
    """A passage, figure or scenario that several items share, in Markdown."""

    id: ItemId
    title: str = ""
    text: Annotated[str, Field(min_length=1)]

    @property
    def content(self) -> bytes:
        """Title and text as the bytes that are kept and hashed."""
        return f"{self.title}\n{self.text}".encode()

    @classmethod
    def from_content(cls, id: str, content: bytes) -> "Stimulus":
        """Return the stimulus whose ``content`` this is."""
        title, _, text = content.decode().partition("\n")
        return cls(id=id, title=title, text=text)


@dataclass(frozen=True, slots=True)
class ItemBank:
    """Items with their status, in the bank's order.

    Parameters
    ----------
    id, title, domain, language : str
        Names of the bank; the language is a BCP 47 tag.
    entries : tuple of Entry
        The items, with unique ids.
    stimuli : tuple of Stimulus, optional
        What several items share.
    media : mapping of str to bytes, optional
        Content of each media file by the path that the items' Markdown uses.

    Raises
    ------
    BadInput
        If two items have the same id.
    """

    id: str
    title: str
    domain: str
    entries: tuple[Entry, ...]
    stimuli: tuple[Stimulus, ...] = ()
    media: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    language: str = "en"
    _place: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        place = {entry.item.id: position for position, entry in enumerate(self.entries)}
        if len(place) < len(self.entries):
            raise BadInput("two items have the same id", where=f"bank {self.id}", right="give each its own")
        object.__setattr__(self, "_place", place)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def items(self) -> tuple[Item, ...]:
        """The items, in the bank's order."""
        return tuple(entry.item for entry in self.entries)

    @property
    def shown(self) -> dict[str, bytes]:
        """Content of all media and stimuli by its SHA-256."""
        contents = [*self.media.values(), *(stimulus.content for stimulus in self.stimuli)]
        return {digest(content): content for content in contents}

    @classmethod
    def read(cls, path: str | Path) -> "ItemBank":
        """Read a bank from a file; the format is told by its ending (``.yaml``, ``.yml``).

        Raises
        ------
        BadInput
            If the file is not a sound bank: the message names file, line, item and what would be right.
        """
        from items.exchange import read_bank

        return read_bank(Path(path))

    def entry(self, id: str) -> Entry:
        """Return the entry of an item.

        Raises
        ------
        BadInput
            If the bank has no such item.
        """
        if id not in self._place:
            near = get_close_matches(id, self._place, n=1)
            right = f"did you mean {near[0]!r}?" if near else f"the bank has {len(self)} items"
            raise BadInput(f"there is no item {id!r}", where=f"bank {self.id}", right=right)
        return self.entries[self._place[id]]

    def item(self, id: str) -> Item:
        """Return an item; raises BadInput if the bank has none with this id."""
        return self.entry(id).item

    def stimulus(self, id: str) -> Stimulus:
        """Return a stimulus; raises BadInput if the bank has none with this id."""
        for one in self.stimuli:
            if one.id == id:
                return one
        raise BadInput(
            f"there is no stimulus {id!r}", where=f"bank {self.id}", right="name one of the bank's"
        )

    def filter(
        self,
        *,
        status: Collection[Status] | None = None,
        skill: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> "ItemBank":
        """Return the bank with only the items that fit every given condition."""
        kept = tuple(
            entry
            for entry in self.entries
            if (status is None or entry.status in status)
            and (skill is None or entry.item.skill == skill)
            and (tags or {}).items() <= entry.item.tags.items()
        )
        return replace(self, entries=kept)

    def next_version(self, edited: "ItemBank") -> "ItemBank":
        """Number an edited bank after this one.

        Entries are numbered by ``Entry.next_version``; an item that was left out stays, retired.
        """
        numbered = tuple(self._follow(entry) for entry in edited.entries)
        left_out = tuple(
            entry.model_copy(update={"status": Status.RETIRED})
            for entry in self.entries
            if entry.item.id not in edited._place
        )
        return replace(edited, entries=numbered + left_out)

    def _follow(self, edited: Entry) -> Entry:
        known = edited.item.id in self._place
        return self.entry(edited.item.id).next_version(edited) if known else edited


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
