"""Single choice: exactly one option is correct."""

from collections.abc import Sequence
from typing import Literal

from pydantic import field_validator

from items.errors import BadInput
from items.interactions.base import Scored, Section
from items.interactions.choice import Choice, Option


class SingleChoice(Choice):
    """Choose one of 2 to 8 options, of which exactly one is correct (true/false has two)."""

    type: Literal["single_choice"] = "single_choice"

    @field_validator("options")
    @classmethod
    def _exactly_one_is_correct(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        correct = sum(option.correct for option in options)
        if correct != 1:
            raise ValueError(
                f"{correct or 'no'} options are marked correct; "
                "mark exactly one with `correct: true`, or use `type: multiple_choice`"
            )
        return options

    @property
    def n_categories(self) -> int:
        """Two: wrong and right."""
        return 2

    def read(self, given: Sequence[str]) -> str:
        """Read the one chosen option id."""
        if len(given) != 1:
            raise BadInput(f"{len(given)} options were chosen", right="choose exactly one")
        return self.option(given[0]).id

    def score(self, value: str) -> Scored:
        """Score 1 for the key, 0 for any other option."""
        chosen, right = self.option(value).id, self.key[0]
        if chosen == right:
            return Scored(1, f"option {chosen} is correct")
        return Scored(0, f"option {chosen} was chosen, {right} is correct")

    def classes(self, value: str) -> tuple[str, ...]:
        """The class of an answer is the chosen option."""
        return (value,)

    def sections(self, value: str) -> list[Section]:
        """Quote a wrong choice with its explanation; a right one needs no more than the correct answer."""
        if value in self.key:
            return []
        return [Section("selected", "What you selected", self._quoted(value))]
