"""Numeric: one number, right within a tolerance."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from items.errors import BadInput
from items.interactions.base import Interaction, Mistake, Parts, Scored, Section, Text, plain
from items.interactions.number_text import number, readings, written

_ROUNDING = 1e-9


def _from_text(value: object) -> object:
    return number(value) if isinstance(value, str) else value


Number = Annotated[float, BeforeValidator(_from_text)]
Positive = Annotated[Number, Field(ge=0)]


class Numeric(Interaction):
    """Type a number; right within ``tolerance`` (absolute) or ``relative_tolerance`` of ``answer``.

    Without a tolerance the answer must be exact up to rounding in the ninth significant digit.
    """

    type: Literal["numeric"] = "numeric"
    parts: ClassVar[Parts] = {"mistakes": Mistake}
    answer: Number
    tolerance: Positive | None = None
    relative_tolerance: Positive | None = None
    unit: str = ""
    mistakes: tuple[Mistake, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.tolerance is not None and self.relative_tolerance is not None:
            raise ValueError("`tolerance` and `relative_tolerance` are both given; keep one of them")
        for mistake in self.mistakes:
            for text in mistake.answers:
                if self._is_right((number(text),)):
                    raise ValueError(f"the mistake {text!r} would be scored as correct; remove it")
        return self

    @property
    def n_categories(self) -> int:
        """Two: wrong and right."""
        return 2

    @property
    def margin(self) -> float:
        """Largest distance from the answer that is still right, in the answer's unit."""
        if self.relative_tolerance is not None:
            return self.relative_tolerance * abs(self.answer)
        return self.tolerance or 0.0

    @property
    def solution(self) -> str:
        """The expected value with its unit and tolerance, in Markdown."""
        value = f"The expected value is **{' '.join([written(self.answer), plain(self.unit)]).strip()}**"
        return f"{value} (within {written(self.margin)})." if self.margin else f"{value}."

    @property
    def explanations(self) -> Mapping[str, str]:
        """Explanation of each class of mistakes, named by its first answer."""
        return {mistake.answers[0]: mistake.explanation for mistake in self.mistakes}

    def read(self, given: Sequence[str]) -> str:
        """Read one number and keep it as typed."""
        if len(given) != 1:
            raise BadInput(f"{len(given)} answers were given", right="give one number")
        self._readings(given[0])
        return given[0]

    def score(self, value: str) -> Scored:
        """Score 1 if any honest reading of the typed number lies within the margin."""
        found = self._readings(value)
        read = " or ".join(written(one) for one in found)
        if self._is_right(found):
            return Scored(1, f"read as {read}; {written(self.answer)} is expected")
        return Scored(0, f"read as {read}, {written(self.answer)} is expected")

    def classes(self, value: str) -> tuple[str, ...]:
        """The classes of an answer are the mistakes that it repeats."""
        found = self._readings(value)
        return tuple(
            mistake.answers[0]
            for mistake in self.mistakes
            if any(self._near(one, number(text)) for text in mistake.answers for one in found)
        )

    def sections(self, value: str) -> list[Section]:
        """Say what a wrong number missed, by its class of mistakes where there is one."""
        if self.score(value).category:
            return []
        told = [f"You answered {plain(value)}.", *(self.explanations[name] for name in self.classes(value))]
        return [Section("missed", "What you missed", "\n\n".join(told))]

    def texts(self) -> Iterator[Text]:
        """Yield the explanations of mistakes."""
        for position, mistake in enumerate(self.mistakes):
            yield Text(("mistakes", position, "explanation"), mistake.explanation, content=False)

    def _readings(self, text: str) -> tuple[float, ...]:
        bare = text.strip()
        if self.unit and bare.casefold().endswith(self.unit.casefold()):
            bare = bare[: -len(self.unit)]
        return readings(bare)

    def _is_right(self, found: Sequence[float]) -> bool:
        return any(self._near(one, self.answer) for one in found)

    def _near(self, one: float, other: float) -> bool:
        return math.isclose(one, other, rel_tol=_ROUNDING, abs_tol=self.margin * (1 + _ROUNDING))
