"""The small language of a constraint's CONDITION: parsed into a tree, never evaluated as code.

Comparisons (``LEVEL == 3``, ``PTBIS < 0.15``), ``%in% c(…)``, ``is.na(…)``, ``&``, ``|``, ``!`` and brackets,
bound as in R: comparisons first, then ``!``, ``&``, ``|``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from items.blueprint.conditions import (
    COMPARISONS,
    Both,
    Comparison,
    Condition,
    Either,
    Membership,
    Missing,
    Not,
)
from items.errors import BadInput

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<text>"[^"]*"|'[^']*')
    |(?P<sign>%in%|==|!=|<=|>=|<|>|&&?|\|\|?|!|\(|\)|,)|(?P<name>[A-Za-z.][\w.]*))""",
    re.VERBOSE,
)


def parse(text: str) -> Condition:
    """Return the tree of a condition.

    Raises
    ------
    BadInput
        If the text is not one; the message names the character (from 1).
    """
    return _Parser(text).whole()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise _strange(text, len(text) - len(text[at:].lstrip()))
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], found.start(kind))
        at = found.end()
    yield _Token("end", "", len(text))


def _strange(text: str, at: int) -> BadInput:
    right = "write == to compare" if text[at] == "=" else 'write such as LEVEL == 3 & TYPE %in% c("MC")'
    return BadInput(f"{text[at]!r} is not expected", where=f"character {at + 1}", right=right)


class _Parser:
    """Recursive descent: one method a level of binding."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.place]

    def whole(self) -> Condition:
        tree = self.either()
        if self.next.kind != "end":
            raise self.unexpected("join conditions with & or |")
        return tree

    def either(self) -> Condition:
        tree = self.both()
        while self.accept("|", "||"):
            tree = Either(tree, self.both())
        return tree

    def both(self) -> Condition:
        tree = self.opposite()
        while self.accept("&", "&&"):
            tree = Both(tree, self.opposite())
        return tree

    def opposite(self) -> Condition:
        return Not(self.opposite()) if self.accept("!") else self.single()

    def single(self) -> Condition:
        if self.accept("("):
            tree = self.either()
            self.expect(")")
            return tree
        if self.next.kind != "name":
            raise self.unexpected("write an attribute's name")
        name = self.take().text
        if name == "is.na":
            self.expect("(")
            inside = self.take_name()
            self.expect(")")
            return Missing(inside)
        return self.compared(name)

    def compared(self, name: str) -> Condition:
        if self.accept("%in%"):
            return Membership(name, self.values())
        if self.next.text in COMPARISONS:
            return Comparison(name, self.take().text, self.value())
        raise self.unexpected("compare the attribute with ==, !=, <, <=, >, >= or %in%")

    def values(self) -> tuple[float | str, ...]:
        if self.next.kind in ("number", "text"):
            return (self.value(),)
        if self.next.text != "c":
            raise self.unexpected("list the values as c(1, 2)")
        self.take()
        self.expect("(")
        found = [self.value()]
        while self.accept(","):
            found.append(self.value())
        self.expect(")")
        return tuple(found)

    def value(self) -> float | str:
        if self.next.kind == "number":
            return float(self.take().text)
        if self.next.kind == "text":
            return self.take().text[1:-1]
        raise self.unexpected("write a number, or text in quotation marks")

    def take(self) -> _Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def take_name(self) -> str:
        if self.next.kind != "name":
            raise self.unexpected("write an attribute's name")
        return self.take().text

    def accept(self, *signs: str) -> bool:
        if self.next.kind == "sign" and self.next.text in signs:
            self.place += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            raise self.unexpected(f"write {sign!r} here")

    def unexpected(self, right: str) -> BadInput:
        found = repr(self.next.text) if self.next.text else "the end"
        return BadInput(f"{found} is not expected", where=f"character {self.next.at + 1}", right=right)
