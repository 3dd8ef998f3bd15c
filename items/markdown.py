"""The Markdown that items are written in: CommonMark, tables, code, figures, mathematics in dollars."""

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from items.errors import BadInput
from items.mathematics import to_mathml

_WIDE = 30
"""Characters that fit on a phone; what may be wider scrolls, so it must be reachable by keyboard."""

_FORMATTER = HtmlFormatter(nowrap=True)


@cache
def parser() -> MarkdownIt:
    """Return the one parser, which renders to HTML; ``env`` holds ``media``, ``top`` and ``inline``."""
    md = MarkdownIt("commonmark", {"html": False}).enable("table")
    dollarmath_plugin(md, allow_labels=False, allow_space=False, allow_blank_lines=False)
    md.core.ruler.push("figures", _figures)
    md.core.ruler.push("headings", _headings)
    md.core.ruler.push("tables", _tables)
    for name, rule in _RULES.items():
        md.add_render_rule(name, rule)
    return md


def known_language(name: str) -> bool:
    """Whether code in this language can be highlighted."""
    try:
        get_lexer_by_name(name)
    except ClassNotFound:
        return False
    return True


def _figures(state: StateCore) -> None:
    """Turn a paragraph that holds one image and nothing else into a figure."""
    for before, token, after in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        children = token.children or []
        if before.type == "paragraph_open" and [child.type for child in children] == ["image"]:
            before.hidden = after.hidden = True
            children[0].meta["figure"] = True


def _headings(state: StateCore) -> None:
    """Shift the headings so that the highest has the level ``top``."""
    headings = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    shift = state.env.get("top", 1) - min((int(token.tag[1]) for token in headings), default=1)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) + shift, 6)}"


def _tables(state: StateCore) -> None:
    """Give cells a class for their alignment, header cells their scope, and drop an empty header row."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open") and (style := token.attrs.pop("style", "")):
            token.attrSet("class", str(style).rpartition(":")[2])
        if token.type == "th_open":
            token.attrSet("scope", "col")
    for start in [place for place, token in enumerate(state.tokens) if token.type == "thead_open"][::-1]:
        stop = next(p for p in range(start, len(state.tokens)) if state.tokens[p].type == "thead_close")
        if not any(token.content for token in state.tokens[start:stop]):
            del state.tokens[start : stop + 1]


def _scrolling(name: str, wide: bool) -> str:
    return f' role="group" aria-label="{name}" tabindex="0"' if wide else ""


def _formula(_: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return to_mathml(tokens[place].content)


def _display(_: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    mathml = to_mathml(tokens[place].content, display=True)
    if env.get("inline"):
        return mathml
    return f'<div class="formula"{_scrolling("Formula", len(tokens[place].content) > _WIDE)}>{mathml}</div>\n'


def _code(_: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    text, language = tokens[place].content.rstrip("\n"), tokens[place].info.strip()
    inside = _highlighted(text, language) if language else escape(text)
    if env.get("inline"):
        return f'<code class="lines highlight">{inside}</code>'
    wide = max(map(len, text.split("\n"))) > _WIDE
    return f'<pre class="highlight"{_scrolling("Code", wide)}><code>{inside}</code></pre>\n'


def _highlighted(text: str, language: str) -> str:
    if not known_language(language):
        right = "name one that Pygments knows, or none"
        raise BadInput(f"code in an unknown language {language!r}", right=right)
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return str(highlight(text, lexer, _FORMATTER)).rstrip("\n")


def _image(renderer: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    token = tokens[place]
    alt = renderer.renderInlineAsText(token.children or [], options, env)
    source, caption = media_path(str(token.attrs["src"])), figure_caption(token)
    image = f'<img src="{escape(env.get("media", "") + source)}" alt="{escape(alt)}">'
    if env.get("inline") or not token.meta.get("figure"):
        return image
    told = f"<figcaption>{renderer.render(caption, options, env)}</figcaption>" if caption else ""
    return f"<figure>{image}{told}</figure>\n"


def figure_caption(image: Token) -> list[Token]:
    """Return an image's caption, read as Markdown of one paragraph, or nothing."""
    caption = str(image.attrs.get("title", ""))
    return parser().parseInline(caption) if caption else []


def media_path(source: str) -> str:
    """Return the path of an image within the bank's media.

    Raises
    ------
    BadInput
        If it points anywhere else.
    """
    parts = source.split("/")
    if ":" in source or not all(part.strip(".") for part in parts) or source != escape(source):
        right = "name a file in the bank's media folder, such as figures/box.svg"
        raise BadInput(f"the image {source!r} is not one of the bank's media", right=right)
    return source


def _table_open(_: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    stop = next(p for p in range(place, len(tokens)) if tokens[p].type == "tr_close")
    width = sum(len(token.content) + 3 for token in tokens[place:stop] if token.type == "inline")
    return f'<div class="table"{_scrolling("Table", width > _WIDE)}><table>\n'


def _table_close(_: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


_RULES = {
    "math_inline": _formula,
    "math_block": _display,
    "fence": _code,
    "code_block": _code,
    "image": _image,
    "table_open": _table_open,
    "table_close": _table_close,
}
