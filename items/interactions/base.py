"""What every kind of interaction knows about itself."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from items.errors import BadInput

RESERVED: Mapping[str, str] = {"idk": "I don't know yet", "omit": "left blank", "nr": "not reached"}
"""Raw codes of a response log that no answer may look like, and what they say."""

_NOT_CONTENT: Any = {"mistakes": True, "options": {"__all__": {"explanation"}}}

SectionKind = Literal["selected", "right", "missed", "correct", "worked", "none"]


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored answer: the category 0..K-1 (None while it waits for a person), and the reason."""

    category: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the feedback on an answer: what it tells, its heading, and its text in Markdown."""

    kind: SectionKind
    heading: str
    body: str


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of an item's Markdown: its field, how it is shown, whether it is seen before answering."""

    path: tuple[str | int, ...]
    markdown: str
    inline: bool = False
    content: bool = True


def plain(text: str) -> str:
    """Return text that was not written as Markdown so that Markdown shows it as it is."""
    return re.sub(r"([\\`*_\[\]<>#$|~!&])", r"\\\1", text)


def one_text(given: Sequence[str], *, longest: int) -> str:
    """Return the one text that was given, as typed; raises BadInput if there are others or it is too long."""
    if len(given) != 1:
        raise BadInput(f"{len(given)} answers were given", right="give one")
    if len(given[0]) > longest:
        raise BadInput(
            f"the answer has {len(given[0])} characters", right=f"write at most {longest} characters"
        )
    return given[0]


def _as_written(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Written = Annotated[str, Field(min_length=1), BeforeValidator(_as_written)]
"""Text, not empty, that an author may also write as a number."""


class Strict(BaseModel):
    """A frozen record that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Parts = Mapping[str, type[Strict]]
"""The records that an interaction's lists hold, by field."""


class Mistake(Strict):
    """A class of wrong answers that share one explanation."""

    answers: tuple[Written, ...]
    explanation: str


class Interaction(Strict, ABC):
    """What a candidate does to answer; each kind is one subclass in one file."""

    type: str
    is_typed: ClassVar[bool] = True
    """Whether the answer is typed, so that "I don't know yet" needs a control of its own."""

    parts: ClassVar[Parts] = {}

    @property
    @abstractmethod
    def n_categories(self) -> int:
        """Number of score categories K; scores are 0..K-1."""

    @abstractmethod
    def read(self, given: Sequence[str]) -> str:
        """Turn the submitted, non-blank values of the field ``answer`` into log form.

        Raises
        ------
        BadInput
            If the values fit no answer of this interaction.
        """

    @abstractmethod
    def score(self, value: str) -> Scored:
        """Score an answer in log form."""

    @abstractmethod
    def sections(self, value: str) -> list[Section]:
        """Say what an answer in log form got right and what it did not, without the correct answer."""

    @property
    @abstractmethod
    def solution(self) -> str:
        """The correct answer in Markdown."""

    @property
    @abstractmethod
    def explanations(self) -> Mapping[str, str]:
        """Explanation of each class of answers that has one."""

    @abstractmethod
    def classes(self, value: str) -> tuple[str, ...]:
        """Name the classes of answers that an answer in log form belongs to."""

    @abstractmethod
    def texts(self) -> Iterator[Text]:
        """Yield every piece of Markdown that belongs to the interaction."""

    def content(self) -> dict[str, Any]:
        """Return what candidates see and how it is scored, without explanations and without defaults."""
        told = self.model_dump(mode="json", exclude=_NOT_CONTENT, exclude_defaults=True)
        return {**told, "type": self.type}
