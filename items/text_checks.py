"""What is wrong with a piece of an item's Markdown, found before any candidate sees it."""

import re
from collections.abc import Collection, Iterator

from markdown_it.token import Token

from items.errors import BadInput
from items.interactions import Text
from items.markdown import figure_caption, known_language, media_path, parser
from items.mathematics import to_mathml
from items.problems import Problem, nearest

_ONLY_BLOCKS = {
    "table_open": "a table",
    "bullet_list_open": "a list",
    "ordered_list_open": "a list",
    "heading_open": "a heading",
    "blockquote_open": "a quotation",
    "hr": "a line",
    "link_open": "a link",
}
_WITHOUT_DOLLARS = re.compile(r"\\begin\{|\\\(.*\\\)", re.DOTALL)


def check_text(text: Text, media: Collection[str]) -> Iterator[Problem]:
    """Yield what is wrong with a text: formulas, images, code, blocks in an option's label.

    Parameters
    ----------
    text : Text
        The Markdown and where it stands.
    media : collection of str
        The paths of the bank's media.
    """
    for token, line in _walk(parser().parse(text.markdown, {})):
        for what, right in _wrong(token, media, inline=text.inline):
            yield Problem(text.path, what, right, line)


def _walk(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    """Yield every token with its line (from 0) in the text; a table's cells stand on their row's line."""
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        yield token, line
        inside = line
        for child in token.children or []:
            yield child, inside
            yield from ((part, inside) for part in _caption(child))
            inside += child.type in ("softbreak", "hardbreak")


def _caption(token: Token) -> list[Token]:
    """Return the pieces of an image's caption."""
    told = figure_caption(token) if token.type == "image" else []
    return [part for line in told for part in (line, *(line.children or []))]


def _wrong(token: Token, media: Collection[str], *, inline: bool) -> Iterator[tuple[str, str]]:
    if inline and token.type in _ONLY_BLOCKS:
        yield f"an option cannot hold {_ONLY_BLOCKS[token.type]}", "write text, code, a formula or an image"
    if token.type in ("math_inline", "math_block"):
        yield from _wrong_formula(token)
    elif token.type == "image":
        yield from _wrong_image(token, media)
    elif token.type == "fence" and token.info.strip() and not known_language(token.info.strip()):
        yield f"code in an unknown language `{token.info.strip()}`", "name one that Pygments knows, or none"
    elif token.type == "inline":
        yield from _wrong_dollars(token)


def _wrong_formula(token: Token) -> Iterator[tuple[str, str]]:
    try:
        to_mathml(token.content, display=token.type == "math_block")
    except BadInput as error:
        yield f"{error.where}: {error.what}", error.right


def _wrong_image(token: Token, media: Collection[str]) -> Iterator[tuple[str, str]]:
    source = str(token.attrs["src"])
    if not token.content.strip():
        yield f"the image `{source}` has no alternative text", "say between ![ and ] what it shows"
    try:
        media_path(source)
    except BadInput as error:
        yield error.what, error.right
    else:
        if source not in media:
            right = nearest(source, media) if media else "put it into the bank's `media` folder"
            yield f"there is no image `{source}`", right


def _wrong_dollars(token: Token) -> Iterator[tuple[str, str]]:
    """Find mathematics that would be shown as plain text."""
    plain = "".join(child.content for child in token.children or [] if child.type == "text")
    if plain.count("$") > token.content.count("\\$"):
        yield "a `$` stands alone", r"put no spaces inside a formula's dollars, or write \$ for money"
    outside = "".join(re.split(r"\$[^$]*\$|`[^`]*`", token.content))
    if _WITHOUT_DOLLARS.search(outside):
        yield "a formula stands without dollars", "write $…$, or $$…$$ on lines of its own"
