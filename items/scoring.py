"""From a submitted form to an answer, and from an answer to a category 0..K-1 with the reason."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from items.errors import BadInput
from items.interactions.base import RESERVED, Scored
from items.item import Item

__all__ = ["Answer", "Scored", "read_answer", "score"]

Code = Literal["answered", "idk", "omit"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a candidate did: the code, and the value in log form ("" unless answered)."""

    code: Code
    value: str = ""

    def __post_init__(self) -> None:
        if (self.code == "answered") != bool(self.value):
            raise ValueError(f"an answer with code {self.code!r} cannot have the value {self.value!r}")

    @property
    def raw(self) -> str:
        """The log's ``response``; a typed answer that looks like a reserved code is put in capitals."""
        if self.code != "answered":
            return self.code
        return self.value.upper() if self.value in RESERVED else self.value

    @classmethod
    def from_raw(cls, raw: str) -> "Answer":
        """Return the answer that a log's ``response`` records."""
        if raw == "idk":
            return cls("idk")
        return cls("omit") if raw in ("omit", "") else cls("answered", raw)


def read_answer(item: Item, form: Mapping[str, list[str]]) -> Answer:
    """Read the fields ``answer`` (any number of values) and ``idk`` of a submitted form.

    "I don't know yet" is the value ``idk`` among a choice's values, or a field ``idk``. Nothing at all is an
    omission.

    Raises
    ------
    BadInput
        If the answer fits no option, is no number where one is asked, is too long, or comes together with
        "I don't know yet".
    """
    given = [text for text in map(_clean, form.get("answer", [])) if text]
    closed = not item.interaction.is_typed
    admitted = any(form.get("idk", [])) or (closed and "idk" in given)
    chosen = [text for text in given if not (closed and text == "idk")]
    if admitted and chosen:
        raise BadInput('an answer and "I don\'t know yet" were given together', right="keep one of them")
    if admitted and not item.idk:
        raise BadInput(
            'this question does not offer "I don\'t know yet"', right="answer it or leave it blank"
        )
    if admitted:
        return Answer("idk")
    return Answer("answered", item.interaction.read(chosen)) if chosen else Answer("omit")


def score(item: Item, answer: Answer) -> Scored:
    """Score an answer: the category 0..K-1 or, for an open response that waits for a person, None.

    Raises
    ------
    BadInput
        If the answer's value does not fit the item.
    """
    if answer.code == "idk":
        return Scored(0, 'the candidate chose "I don\'t know yet"')
    if answer.code == "omit":
        return Scored(0, "the question was left blank")
    try:
        return item.interaction.score(answer.value)
    except BadInput as error:
        raise BadInput(error.what, where=f"item {item.id}", right=error.right) from None


def _clean(text: str) -> str:
    """Return the text without surrounding white space and without control characters except line ends."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) != "Cc").strip()
