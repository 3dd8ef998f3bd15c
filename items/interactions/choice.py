"""What the two kinds of choice share: options with ids, the key, and the order of presentation."""

from collections.abc import Iterator, Mapping
from random import Random
from string import ascii_lowercase
from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator

from items.errors import BadInput
from items.interactions.base import RESERVED, Interaction, Parts, Strict, Text, Written

OptionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]


class Option(Strict):
    """One answer to choose: its text, whether it is correct, and why; a fixed option keeps its place."""

    id: OptionId
    text: Written
    correct: bool = False
    explanation: str = ""
    fixed: bool = False


class Choice(Interaction):
    """A choice among 2 to 8 options; options without an id are a, b, c … by position."""

    is_typed: ClassVar[bool] = False
    parts: ClassVar[Parts] = {"options": Option}
    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=8)]
    shuffle: bool = False

    @field_validator("options", mode="before")
    @classmethod
    def _name_by_position(cls, given: Any) -> Any:
        if not isinstance(given, list | tuple):
            return given
        return [
            {"id": letter, **option} if isinstance(option, dict) else option
            for letter, option in zip(ascii_lowercase, given, strict=False)
        ]

    @field_validator("options")
    @classmethod
    def _ids_are_unique(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        ids = [option.id for option in options]
        if repeated := sorted({id for id in ids if ids.count(id) > 1}):
            raise ValueError(f"option id {repeated[0]!r} is used twice; give every option its own id")
        if taken := set(ids) & set(RESERVED):
            raise ValueError(f"option id {min(taken)!r} is a reserved code; use a letter such as 'a'")
        return options

    @property
    def key(self) -> tuple[str, ...]:
        """Ids of the correct options, in bank order."""
        return tuple(option.id for option in self.options if option.correct)

    @property
    def solution(self) -> str:
        """The correct options with their explanations, in Markdown."""
        return "\n\n".join(self._quoted(id) for id in self.key)

    @property
    def explanations(self) -> Mapping[str, str]:
        """Explanation of each option that has one."""
        return {option.id: option.explanation for option in self.options if option.explanation}

    def option(self, id: str) -> Option:
        """Return the option with this id.

        Raises
        ------
        BadInput
            If no option has it.
        """
        for option in self.options:
            if option.id == id:
                return option
        known = ", ".join(option.id for option in self.options)
        raise BadInput(f"the answer {id!r} fits no option", right=f"choose one of {known}")

    def order(self, rng: Random) -> tuple[str, ...]:
        """Return the ids in order of presentation: bank order, or shuffled around the fixed options."""
        movable = [option.id for option in self.options if not option.fixed]
        if self.shuffle:
            rng.shuffle(movable)
        rest = iter(movable)
        return tuple(option.id if option.fixed else next(rest) for option in self.options)

    def texts(self) -> Iterator[Text]:
        """Yield the options' texts and explanations."""
        for position, option in enumerate(self.options):
            yield Text(("options", position, "text"), option.text, inline=True)
            yield Text(("options", position, "explanation"), option.explanation, content=False)

    def _quoted(self, id: str) -> str:
        option = self.option(id)
        return "\n\n".join(part.strip() for part in (option.text, option.explanation) if part.strip())
