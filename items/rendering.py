"""Markdown to safe, accessible HTML with MathML."""

import nh3

from items.markdown import parser
from items.mathematics import ATTRIBUTES, TAGS

_PHRASES = {"em", "strong", "code", "br", "img", "span", "sub", "sup", *TAGS}
_BLOCKS = {
    *("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "hr", "pre", "div", "a"),
    *("table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption"),
}
_SCROLLING = {"class", "role", "aria-label", "tabindex"}
_ATTRIBUTES = {
    **{tag: set(ATTRIBUTES) for tag in TAGS},
    **{tag: {"class"} for tag in ("code", "span", "td")},
    **dict.fromkeys(("pre", "div"), _SCROLLING),
    "th": {"class", "scope"},
    "img": {"src", "alt"},
    "a": {"href"},
    "ol": {"start"},
}
_PARAGRAPHS = ("inline", "fence", "code_block", "math_block")


def render(markdown: str, media: str = "", *, top: int = 3) -> str:
    """Return Markdown as safe block HTML.

    Parameters
    ----------
    markdown : str
        The text.
    media : str, optional
        What is put before each image's path, such as ``"/media/"``.
    top : int, optional
        Level, 1 to 6, of the highest heading in the text.

    Raises
    ------
    BadInput
        If a formula is ill-formed, an image is not one of the bank's media, or a code's language is unknown.
    """
    return _clean(parser().render(markdown, {"media": media, "top": top}), _PHRASES | _BLOCKS)


def render_inline(markdown: str, media: str = "") -> str:
    """Return Markdown as safe HTML that may stand in a label: no blocks, nothing to click.

    Several lines of code become ``<code class="lines">``, whose white space the stylesheet keeps;
    paragraphs are parted by ``<br>``; a table, a list or a heading is reduced to its text.

    Raises
    ------
    BadInput
        If a formula is ill-formed, an image is not one of the bank's media, or a code's language is unknown.
    """
    md, env = parser(), {"media": media, "inline": True}
    tokens = [token for token in md.parse(markdown, env) if token.type in _PARAGRAPHS]
    parts = (md.renderer.render([token], md.options, env) for token in tokens)
    return _clean("<br>".join(parts), _PHRASES)


def _clean(html: str, tags: set[str]) -> str:
    """Keep only the tags and attributes of the allow-list."""
    attributes = {tag: kept for tag, kept in _ATTRIBUTES.items() if tag in tags}
    return nh3.clean(html, tags=tags, attributes=attributes, url_schemes={"https", "http", "mailto"}).strip()
