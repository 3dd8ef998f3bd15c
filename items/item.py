"""Item: one question, what candidates see of it, how it is answered, and what explains it."""

import hashlib
import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from items.interactions import AnyInteraction, Text
from items.interactions.base import Strict, Written

ItemId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Status(StrEnum):
    """Where an item stands in its life; it belongs to the bank's records, not to the item's content."""

    DRAFT = "draft"
    REVIEW = "review"
    PILOT = "pilot"
    OPERATIONAL = "operational"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class Item(Strict):
    """One version of a question.

    ``version`` changes with what candidates see or how it is scored, ``revision`` with anything else.
    ``title`` and ``tags`` are for staff.
    ``attachments`` holds the SHA-256 of what is shown beside the item's own text: media files by their path,
    and the stimulus by ``stimulus:ID``.
    """

    id: ItemId
    version: Annotated[int, Field(ge=1)] = 1
    revision: Annotated[int, Field(ge=1)] = 1
    skill: Annotated[str, Field(min_length=1)]
    title: str = ""
    stem: Annotated[str, Field(min_length=1)]
    interaction: AnyInteraction
    explanation: Annotated[str, Field(min_length=1)]
    worked: str = ""
    idk: bool = True
    stimulus: str = ""
    enemies: tuple[str, ...] = ()
    tags: dict[str, Written] = Field(default_factory=dict)
    attachments: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_no_enemy_of_itself(self) -> Self:
        if self.id in self.enemies:
            raise ValueError(f"item {self.id!r} is named among its own enemies; remove it from `enemies`")
        return self

    @property
    def n_categories(self) -> int:
        """Number of score categories K; scores are 0..K-1."""
        return self.interaction.n_categories

    @property
    def content_hash(self) -> str:
        """SHA-256 of stem, options, key, scoring, and what is shown beside them."""
        content = {
            "stem": self.stem,
            "interaction": self.interaction.content(),
            "idk": self.idk,
            "attachments": self._shown(),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def texts(self) -> Iterator[Text]:
        """Yield every piece of Markdown in the item; those with ``content`` are seen before answering."""
        yield Text(("stem",), self.stem)
        yield from self.interaction.texts()
        yield Text(("explanation",), self.explanation, content=False)
        yield Text(("worked",), self.worked, content=False)

    def next_version(self, edited: Self) -> Self:
        """Number an edited item after this one.

        New content makes a new version, which starts without the old one's statistics; other changes make a
        new revision of this version.

        Raises
        ------
        ValueError
            If the edited item has another id.
        """
        if edited.id != self.id:
            raise ValueError(f"{edited.id!r} is not an edit of item {self.id!r}; keep the item's id")
        as_before = edited.model_copy(update={"version": self.version, "revision": self.revision})
        if as_before == self:
            return self
        if edited.content_hash != self.content_hash:
            return as_before.model_copy(update={"version": self.version + 1, "revision": 1})
        return as_before.model_copy(update={"revision": self.revision + 1})

    def _shown(self) -> dict[str, Any]:
        """Return the attachments that candidates see before answering."""
        seen = "\n".join(text.markdown for text in self.texts() if text.content)
        return {
            name: digest
            for name, digest in sorted(self.attachments.items())
            if name in seen or name == f"stimulus:{self.stimulus}"
        }
