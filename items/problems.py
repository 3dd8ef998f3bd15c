"""What is wrong with a bank file, collected into one message."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from items.errors import BadInput

Path = tuple[str | int, ...]

_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong: the path to it in the file's data, what it is, what would be right.

    ``line`` counts line ends before it within a text of several lines.
    """

    path: Path
    what: str
    right: str = ""
    line: int = 0

    def under(self, *path: str | int) -> "Problem":
        """Return the problem as seen from further up in the data."""
        return Problem((*path, *self.path), self.what, self.right, self.line)


def nearest(name: str, known: Iterable[str]) -> str:
    """Suggest what may have been meant, or list what is known."""
    names = list(known)
    near = get_close_matches(name, names, n=1)
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(f'`{one}`' for one in names)}"


def refuse(problems: Sequence[Problem], file: str, locate: Callable[[Problem], str]) -> None:
    """Raise one error for all problems, first ones first; do nothing when there are none.

    Raises
    ------
    BadInput
        If there is a problem.
    """
    if not problems:
        return
    if len(problems) == 1:
        (one,) = problems
        raise BadInput(one.what, where=f"{file}, {locate(one)}", right=one.right)
    lines = [str(BadInput(one.what, where=locate(one), right=one.right)) for one in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f"and {len(problems) - _SHOWN} more")
    raise BadInput(f"{len(problems)} problems\n  " + "\n  ".join(lines), where=file)


def problems_of(error: ValidationError, known: Callable[[Path], Iterable[str]]) -> list[Problem]:
    """Say a validation error in plain words; ``known`` lists the keys that an unknown one may have meant."""
    details = error.errors(include_url=False)
    return [_plain(detail, known) for detail in details if not _follows(detail, details)]


def _follows(detail: ErrorDetails, details: Sequence[ErrorDetails]) -> bool:
    """Whether a list seems too short only because one of its entries is wrong."""
    path = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(path) and other["loc"][: len(path)] == path for other in details
    )


def _plain(detail: ErrorDetails, known: Callable[[Path], Iterable[str]]) -> Problem:
    path, name, given = detail["loc"], f"`{detail['loc'][-1]}`" if detail["loc"] else "this", detail["input"]
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return Problem(path, f"{name} is missing", "add it")
        case "extra_forbidden":
            return Problem(path, f"{name} is not a known key", nearest(str(path[-1]), known(path)))
        case "value_error":
            return _own(path, context["error"])
        case "literal_error" | "enum":
            return Problem(path, f"{name} is {given!r}", f"write {context['expected']}")
        case "string_too_short":
            return Problem(path, f"{name} is empty", "write it")
        case "string_pattern_mismatch":
            return Problem(
                path, f"{name} is {given!r}", "use letters and digits; an item's id also - _ and ."
            )
        case "too_short" | "too_long":
            return Problem(path, f"{name} has {context['actual_length']} entries", _how_many(context))
        case "string_type" | "tuple_type" | "dict_type" | "model_type" | "model_attributes_type" as kind:
            return Problem(path, f"{name} is {_kind(given)}", f"write {_KINDS[kind]}")
        case "int_parsing" | "int_type" | "int_from_float":
            return Problem(path, f"{name} is {given!r}", "write a whole number")
        case "bool_parsing" | "bool_type":
            return Problem(path, f"{name} is {given!r}", "write true or false")
        case _:
            return Problem(path, f"{name} is {given!r}: {detail['msg'][0].lower()}{detail['msg'][1:]}")


_KINDS = {
    "string_type": "text",
    "tuple_type": "a list, one entry a line after `-`",
    "dict_type": "keys with values, `key: value`",
    "model_type": "keys with values, `key: value`",
    "model_attributes_type": "keys with values, `key: value`",
}


def _kind(given: object) -> str:
    if given is None:
        return "empty"
    return "a list" if isinstance(given, list) else "keys with values" if isinstance(given, dict) else "text"


def _how_many(context: dict[str, object]) -> str:
    at_least, at_most = context.get("min_length"), context.get("max_length")
    return f"give at least {at_least}" if at_least else f"give at most {at_most}"


def _own(path: Path, error: Exception) -> Problem:
    if isinstance(error, BadInput):
        return Problem(path, error.what, error.right)
    what, _, right = str(error).partition("; ")
    return Problem(path, what, right)
