"""Open response: a longer answer, scored by a person or by a declared rule."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from items.interactions.base import Interaction, Parts, Scored, Section, Strict, Text, Written, one_text
from items.interactions.short_text import normalise

_LONGEST = 10_000


class Criterion(Strict):
    """One thing that a full answer says, the credit for it, and the keywords that show it."""

    credit: Annotated[int, Field(ge=1, le=10)]
    text: Annotated[str, Field(min_length=1)]
    keywords: tuple[Written, ...] = ()


class Keywords(Strict):
    """The rule that meets a criterion when the answer holds any of its keywords."""

    rule: Literal["keywords"]


class OpenResponse(Interaction):
    """Write a longer answer; its category is the sum of the credits of the criteria that it meets.

    Scored by a person, it has no category until then. Scored by ``{rule: keywords}``, a criterion is met when
    a word of the answer, or several in a row, begin with one of its keywords (``memoris`` meets "It
    memorises"; each word is compared as in ``short_text.normalise``). The rule cannot read: "not noise" holds
    the keyword "noise".
    """

    type: Literal["open_response"] = "open_response"
    parts: ClassVar[Parts] = {"criteria": Criterion}
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    categories: int
    scored_by: Literal["person"] | Keywords = "person"

    @model_validator(mode="before")
    @classmethod
    def _count_categories(cls, given: Any) -> Any:
        """Without ``categories``, a full answer earns the sum of all credits."""
        if not isinstance(given, dict) or "categories" in given:
            return given
        credits = [one.get("credit") for one in given.get("criteria") or () if isinstance(one, dict)]
        if not all(str(credit).isdecimal() for credit in credits):
            return given
        return {**given, "categories": 1 + sum(int(str(credit)) for credit in credits)}

    @field_validator("scored_by", mode="before")
    @classmethod
    def _names_a_rule(cls, given: Any) -> Any:
        if given not in ("person", {"rule": "keywords"}) and not isinstance(given, Keywords):
            raise ValueError(f"`scored_by` is {given!r}; write person or {{rule: keywords}}")
        return given

    @model_validator(mode="after")
    def _credits_add_up(self) -> Self:
        total = sum(criterion.credit for criterion in self.criteria)
        if self.categories != total + 1:
            raise ValueError(
                f"the credits of the criteria add up to {total}, so there are {total + 1} categories, "
                f"not {self.categories}; change one of them"
            )
        if self.scored_by != "person" and not all(
            criterion.keywords and all(map(normalise, criterion.keywords)) for criterion in self.criteria
        ):
            raise ValueError(
                "a criterion has no `keywords` with letters to look for; give each criterion some"
            )
        return self

    @property
    def n_categories(self) -> int:
        """One more than the credits of all criteria."""
        return self.categories

    @property
    def solution(self) -> str:
        """What a full answer says, with credits, as a Markdown list."""
        points = [f"- {one.text.strip()} ({_points(one.credit)})" for one in self.criteria]
        return "A full answer says:\n\n" + "\n".join(points)

    @property
    def explanations(self) -> Mapping[str, str]:
        """What each criterion asks for, by its position."""
        return {str(position): one.text for position, one in enumerate(self.criteria)}

    def read(self, given: Sequence[str]) -> str:
        """Read one text and keep it as typed."""
        return one_text(given, longest=_LONGEST)

    def score(self, value: str) -> Scored:
        """Score by the declared rule, or leave the category open until a person has read the answer."""
        if self.scored_by == "person":
            return Scored(None, "waits for a person")
        met = self.classes(value)
        credit = sum(self.criteria[int(position)].credit for position in met)
        return Scored(credit, f"keywords of {len(met)} of {len(self.criteria)} criteria found")

    def classes(self, value: str) -> tuple[str, ...]:
        """The classes of an answer are the criteria whose keywords it holds, by position."""
        given = _words(value)
        return tuple(
            str(position)
            for position, criterion in enumerate(self.criteria)
            if any(_words(keyword) in given for keyword in criterion.keywords)
        )

    def sections(self, value: str) -> list[Section]:
        """Say which criteria the declared rule found met and which not; nothing while a person must score."""
        if self.scored_by == "person":
            return []
        met = self.classes(value)
        told = [
            Section("right", "What you got right", self._list(met)),
            Section("missed", "What you missed", self._list(set(self.explanations) - set(met))),
        ]
        return [section for section in told if section.body]

    def texts(self) -> Iterator[Text]:
        """Yield the criteria, which candidates see only afterwards."""
        for position, criterion in enumerate(self.criteria):
            yield Text(("criteria", position, "text"), criterion.text, content=False)

    def _list(self, positions: Sequence[str] | set[str]) -> str:
        return "\n".join(
            f"- {self.explanations[position].strip()}" for position in sorted(positions, key=int)
        )


def _words(text: str) -> str:
    """Return the words of a text, each normalised and with a space before it."""
    return "".join(f" {word}" for word in map(normalise, text.split()) if word)


def _points(credit: int) -> str:
    return "1 point" if credit == 1 else f"{credit} points"
