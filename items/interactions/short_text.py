"""Short text: a word or a phrase among accepted answers."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from items.interactions.base import (
    Interaction,
    Mistake,
    Parts,
    Scored,
    Section,
    Text,
    Written,
    one_text,
    plain,
)

_LONGEST = 200


def normalise(text: str) -> str:
    """Return what of a text is compared: letters, digits and symbols.

    Case, accents, white space and punctuation do not matter (``Drop-out`` is ``dropout``); symbols such as
    ``+``, ``<`` and ``=`` do, and so does ``#`` (``C``, ``C++`` and ``C#`` differ). Compatibility caseless
    matching: The Unicode Standard, D146.
    """
    letters = _fold(_fold(unicodedata.normalize("NFD", text)))
    return "".join(sign for sign in letters if sign == "#" or unicodedata.category(sign)[0] in "LNS")


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKD", text.casefold())


class ShortText(Interaction):
    """Type a word or a phrase; right if it equals an accepted answer after ``normalise``."""

    type: Literal["short_text"] = "short_text"
    parts: ClassVar[Parts] = {"mistakes": Mistake}
    accepted: Annotated[tuple[Written, ...], Field(min_length=1)]
    mistakes: tuple[Mistake, ...] = ()

    @model_validator(mode="after")
    def _can_be_compared(self) -> Self:
        for text in (*self.accepted, *(text for mistake in self.mistakes for text in mistake.answers)):
            if not normalise(text):
                raise ValueError(f"{text!r} has no letter, digit or symbol to compare; write a word")
            if len(text) > _LONGEST:
                raise ValueError(f"{text[:20]!r}… has {len(text)} characters; write at most {_LONGEST}")
        for mistake in self.mistakes:
            for text in mistake.answers:
                if self._is_right(text):
                    raise ValueError(f"the mistake {text!r} is an accepted answer; remove it from one list")
        return self

    @property
    def n_categories(self) -> int:
        """Two: wrong and right."""
        return 2

    @property
    def solution(self) -> str:
        """The first accepted answer, and the others, in Markdown."""
        first, *others = map(plain, self.accepted)
        also = f" (also accepted: {', '.join(others)})" if others else ""
        return f"The expected answer is **{first}**{also}."

    @property
    def explanations(self) -> Mapping[str, str]:
        """Explanation of each class of mistakes, named by its first answer."""
        return {mistake.answers[0]: mistake.explanation for mistake in self.mistakes}

    def read(self, given: Sequence[str]) -> str:
        """Read one line of text and keep it as typed."""
        return one_text(given, longest=_LONGEST)

    def score(self, value: str) -> Scored:
        """Score 1 for an accepted answer, 0 for any other."""
        if self._is_right(value):
            return Scored(1, "an accepted answer")
        return Scored(0, f"not an accepted answer; {self.accepted[0]!r} is expected")

    def classes(self, value: str) -> tuple[str, ...]:
        """The classes of an answer are the mistakes that it repeats."""
        given = normalise(value)
        return tuple(
            mistake.answers[0]
            for mistake in self.mistakes
            if given in {normalise(text) for text in mistake.answers}
        )

    def sections(self, value: str) -> list[Section]:
        """Say what a wrong answer missed, by its class of mistakes where there is one."""
        if self._is_right(value):
            return []
        told = ["Your answer is not one of the accepted answers."]
        told += [self.explanations[name] for name in self.classes(value)]
        return [Section("missed", "What you missed", "\n\n".join(told))]

    def texts(self) -> Iterator[Text]:
        """Yield the explanations of mistakes."""
        for position, mistake in enumerate(self.mistakes):
            yield Text(("mistakes", position, "explanation"), mistake.explanation, content=False)

    def _is_right(self, text: str) -> bool:
        return normalise(text) in {normalise(accepted) for accepted in self.accepted}
