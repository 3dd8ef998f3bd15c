"""Numbers as people type them."""

import math
import re
import unicodedata

from items.errors import BadInput

_POINT = re.compile(r"(?:\d+|[1-9]\d{0,2}(?:([ ,'_])\d{3})(?:\1\d{3})*)(?:\.\d*)?|\.\d+", re.ASCII)
_COMMA = re.compile(r"(?:\d+|[1-9]\d{0,2}(?:([ .'_])\d{3})(?:\1\d{3})*)(?:,\d+)?|,\d+", re.ASCII)
_PARTS = re.compile(r"([+-]?)\s*(.*?)(?:\s*[eE]([+-]?\d+))?", re.ASCII)
_POWER_OF_TEN = re.compile(r"\s*[x×*·⋅]\s*10\s*(?:\^|\*\*)\s*\(?([+-]?\d+)\)?$", re.ASCII)
_LONGEST = 60
_RIGHT = "write a number such as 1234, 0.5, 3.5e-2 or 1/2"


def readings(text: str) -> tuple[float, ...]:
    """Return every number that a text can honestly mean.

    ``1,234``, ``1 234``, ``1'234`` and ``1_234`` group thousands; a point is the decimal sign, and so is a
    comma that cannot group thousands (``3,5``; ``0,125``; ``1.234,5``). Where a single comma can be either
    (``1,234``) both readings are returned, the grouping first: a candidate is not marked wrong for a
    comma. ``1.234`` is always 1.234. Also read: ``3.5e-2``, ``3.5 × 10^-2``, ``1/2``, the minus sign ``−``.

    Raises
    ------
    BadInput
        If the text is no number, or not a finite one.
    """
    tidy = _tidy(text)
    top, slash, bottom = tidy.partition("/")
    if not slash:
        return _finite(text, _reals(top, text))
    over = _reals(bottom, text)
    if 0.0 in over:
        raise BadInput(f"{text!r} divides by zero", right=_RIGHT)
    return _finite(text, tuple(above / below for above in _reals(top, text) for below in over))


def number(text: str) -> float:
    """Return the one number that a text means.

    Raises
    ------
    BadInput
        If it is no number, or can be read in two ways.
    """
    found = readings(text)
    if len(found) > 1:
        raise BadInput(
            f"{text!r} can be read as {found[0]:g} or {found[1]:g}", right="write it without a comma"
        )
    return found[0]


def written(value: float) -> str:
    """Return the shortest text that reads as this number, whole numbers without a point."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _tidy(text: str) -> str:
    superscripts = re.sub(r"[⁺⁻⁰¹²³⁴-⁹]+", lambda found: "^" + found.group(), text)
    plain = unicodedata.normalize("NFKC", superscripts).translate({0x2212: "-", 0x2013: "-", 0x2019: "'"})
    return _POWER_OF_TEN.sub(r"e\1", " ".join(plain.split()))


def _reals(part: str, text: str) -> tuple[float, ...]:
    matched = _PARTS.fullmatch(part.strip())
    if matched is None or len(text) > _LONGEST:
        raise BadInput(f"{text!r} is not a number", right=_RIGHT)
    sign, body, exponent = matched.groups()
    found = dict.fromkeys(float(f"{sign}{digits}e{exponent or 0}") for digits in _digits(body))
    if not found:
        raise BadInput(f"{text!r} is not a number", right=_RIGHT)
    return tuple(found)


def _digits(body: str) -> list[str]:
    """Return the body's readings with a decimal point and without grouping."""
    found = []
    if _POINT.fullmatch(body):
        found.append(re.sub(r"[ ,'_]", "", body))
    if _COMMA.fullmatch(body) and (not found or "," in body):
        found.append(re.sub(r"[ .'_]", "", body).replace(",", "."))
    return found


def _finite(text: str, values: tuple[float, ...]) -> tuple[float, ...]:
    if not all(math.isfinite(value) for value in values):
        raise BadInput(f"{text!r} is not a finite number", right=_RIGHT)
    return values
