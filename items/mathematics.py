"""LaTeX mathematics as MathML that browsers and screen readers understand."""

import re
from functools import lru_cache
from textwrap import shorten
from xml.etree import ElementTree

from latex2mathml.commands import MATRICES
from latex2mathml.converter import convert

from items.errors import BadInput

TAGS = frozenset(
    {
        *("math", "mrow", "mstyle", "mpadded", "mphantom", "menclose", "mspace"),
        *("mi", "mn", "mo", "ms", "mtext", "mfrac", "msqrt", "mroot", "mtable", "mtr", "mtd"),
        *("msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts", "none"),
    }
)
"""The elements of presentation MathML that a formula may hold."""

ATTRIBUTES = frozenset(
    {
        *("xmlns", "display", "displaystyle", "scriptlevel", "mathvariant", "notation", "linethickness"),
        *("stretchy", "fence", "separator", "form", "symmetric", "largeop", "movablelimits", "accent"),
        *("accentunder", "lspace", "rspace", "minsize", "maxsize", "width", "height", "depth", "voffset"),
        *("columnalign", "columnlines", "columnspacing", "columnspan"),
        *("rowalign", "rowlines", "rowspacing", "rowspan", "frame"),
    }
)
"""The attributes that its elements may have; none of them styles, links or scripts."""

_TWO, _THREE = ("mfrac", "mroot", "msub", "msup", "munder", "mover"), ("msubsup", "munderover")
_QUOTED = 60
_CHILDREN = dict.fromkeys(_TWO, 2) | dict.fromkeys(_THREE, 3)
_ENVIRONMENTS = sorted({name.removeprefix("\\") for name in MATRICES} - {"substack"})
_REFUSED = re.compile(
    r"\\(?:href|style|class|color|colorbox|fcolorbox|textcolor|verb|unicode|tag|def|newcommand|newenvironment"
    r"|DeclareMathOperator|operatorname\*)(?![A-Za-z])"
)
_NESTING = re.compile(r"\\begin\s*\{([^}]*)\}|\\end\s*\{([^}]*)\}|\\.|([{}])", re.DOTALL)
_ESCAPED_IN_TEXT = re.compile(r"\\([_%#$])")


@lru_cache(maxsize=4096)
def to_mathml(latex: str, *, display: bool = False) -> str:
    """Return a formula as one ``math`` element, well-formed and free of unknown macros.

    Raises
    ------
    BadInput
        If braces or environments do not balance, a macro or environment is not known, an argument is missing,
        or the formula cannot be converted.
    """
    where = f"formula `{shorten(latex, _QUOTED, placeholder='…')}`"
    _check_nesting(latex, where)
    if refused := _REFUSED.search(latex):
        raise BadInput(f"{refused.group()} is not supported", where=where, right="write it without")
    try:
        mathml = convert(latex, display="block" if display else "inline")
    except Exception as error:  # latex2mathml raises IndexError, KeyError and others beside its own
        reason = f"cannot be read ({_name(error)})"
        raise BadInput(reason, where=where, right="complete the formula") from None
    mathml = _ESCAPED_IN_TEXT.sub(r"\1", mathml)
    _check_result(mathml, where)
    return mathml


def _check_nesting(latex: str, where: str) -> None:
    """Refuse braces and environments that do not balance, and environments that are not known."""
    opened: list[str] = []
    for found in _NESTING.finditer(latex):
        begin, end, brace = found.groups()
        if begin is not None and begin not in _ENVIRONMENTS:
            right = "use align*, cases, array, split or one of the matrix environments"
            raise BadInput(f"the environment {begin!r} is not supported", where=where, right=right)
        if begin is not None or brace == "{":
            opened.append(begin or "{")
        elif (end is not None or brace) and (not opened or opened.pop() != (end or "{")):
            raise BadInput(f"{found.group()!r} closes nothing that is open", where=where, right="remove it")
    if opened:
        raise BadInput(f"{opened[-1]!r} is not closed", where=where, right="close it")


def _check_result(mathml: str, where: str) -> None:
    if unknown := re.search(r"\\(?:[A-Za-z]+|.)?", mathml):
        raise BadInput(f"{unknown.group()} is not a known macro", where=where, right="use one of LaTeX's own")
    try:
        root = ElementTree.fromstring(mathml)
    except ElementTree.ParseError:
        right = "use & only inside align*, cases or a matrix, and neither & nor < inside \\text"
        raise BadInput("has a & or < out of place", where=where, right=right) from None
    for element in root.iter():
        _check_element(element, where)


def _check_element(element: ElementTree.Element, where: str) -> None:
    tag = element.tag.rpartition("}")[2]
    if tag not in TAGS:
        raise BadInput(f"holds the markup <{tag}>", where=where, right="write it without < and >")
    if len(element) != _CHILDREN.get(tag, len(element)):
        raise BadInput("an argument is missing", where=where, right="give each macro all its arguments")
    if tag == "mspace" and element.get("linebreak"):
        raise BadInput(r"\\ stands outside an environment", where=where, right="use align* for several lines")


def _name(error: Exception) -> str:
    """Return an exception's name as words: MissingEndError is "missing end"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(error).__name__.removesuffix("Error")).lower()
