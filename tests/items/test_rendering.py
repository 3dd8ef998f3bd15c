"""Markdown to HTML: what authors write is shown, nothing can run, and everyone can reach it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from items.errors import BadInput
from items.interactions import Text
from items.rendering import render, render_inline
from items.text_checks import check_text

VOID = {"img", "br", "hr"}
BLOCKS = {
    "p",
    "div",
    "pre",
    "table",
    "ul",
    "ol",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "figure",
    "blockquote",
}
CODE = "```python\nfor x in data:\n    print(x)\n```"
WIDE_CODE = "```python\nloss = criterion(model(batch), targets).mean()\n```"


class Outline(HTMLParser):
    """The tags and attributes of a fragment; fails where tags do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def names(self) -> list[str]:
        return [tag for tag, _ in self.tags]


def test_prose_code_and_lists() -> None:
    html = render("A *b* **c** `d`\n\n1. x\n2. y")
    assert html.startswith("<p>A <em>b</em> <strong>c</strong> <code>d</code></p>")
    assert "<ol>\n<li>x</li>" in html


def test_formulas_stand_in_the_line_and_on_their_own() -> None:
    html = render("Let $x^2$ and 3$\\times$3.\n\n$$\ny = x\n$$")
    assert html.count("<math") == 3
    assert '<div class="formula"><math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in html


def test_money_is_not_mathematics() -> None:
    assert render("It costs $5 and then $6.") == "<p>It costs $5 and then $6.</p>"


def test_code_is_highlighted_by_classes_and_keeps_its_white_space() -> None:
    html = render(CODE)
    assert '<pre class="highlight"><code><span class="k">for</span>' in html
    assert "\n    <span" in html
    assert "style" not in html
    assert render("    indented <b>") == '<pre class="highlight"><code>indented &lt;b&gt;</code></pre>'


@pytest.mark.parametrize(
    ("markdown", "name"),
    [
        (WIDE_CODE, "Code"),
        ("| a long heading | another one | more |\n|---|---|---|\n| 1 | 2 | 3 |", "Table"),
        ("$$\na_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7\n$$", "Formula"),
    ],
)
def test_what_is_wider_than_a_phone_scrolls_and_can_be_reached_by_keyboard(markdown: str, name: str) -> None:
    reached = [attributes for _, attributes in Outline(render(markdown)).tags if "tabindex" in attributes]
    assert [(one["role"], one["aria-label"], one["tabindex"]) for one in reached] == [("group", name, "0")]


def test_what_fits_is_no_stop_for_the_keyboard() -> None:
    assert "tabindex" not in render(CODE + "\n\n| a |\n|---|\n| 1 |\n\n$$\nx\n$$")


def test_a_table_has_header_cells_with_scope_and_alignment_by_class() -> None:
    html = render("| a | b |\n|--:|---|\n| 1 | 2 |")
    assert '<th class="right" scope="col">a</th>' in html
    assert '<td class="right">1</td>' in html
    assert "style" not in html


def test_a_grid_without_headings_has_no_empty_header_cells() -> None:
    assert "th" not in Outline(render("| | |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |")).names()


def test_an_image_of_its_own_is_a_figure_with_its_caption() -> None:
    html = render('![two "boxes"](figures/a.svg "At $x$ & y")', "/media/")
    assert html.startswith(
        '<figure><img src="/media/figures/a.svg" alt="two &quot;boxes&quot;"><figcaption>At <math'
    )
    assert html.endswith("&amp; y</figcaption></figure>")
    assert "<figure>" not in render("See ![a](figures/a.svg).")


def test_headings_are_shifted_to_where_they_stand() -> None:
    assert Outline(render("# A\n\n## B\n\n# C", top=4)).names() == ["h4", "h5", "h4"]
    assert Outline(render("#### A\n\n###### B", top=6)).names() == ["h6", "h6"]


def test_links_leave_safely() -> None:
    assert 'rel="noopener noreferrer"' in render("[a](https://x.org)")
    assert Outline(render("[a](javascript:alert(1)) <a href='x'>b</a>")).names() == ["p"]


def test_a_label_holds_several_lines_of_code_without_blocks() -> None:
    html = render_inline(CODE)
    assert html.startswith('<code class="lines highlight"><span class="k">for</span>')
    assert html.endswith("</code>")
    assert "\n    <span" in html


@pytest.mark.parametrize(
    "markdown",
    [
        "`(50, 12)`",
        CODE,
        "One.\n\nTwo.",
        "![a](figures/a.svg)",
        "$\\begin{bmatrix}1&2\\\\3&4\\end{bmatrix}$",
        "$$\nx\n$$",
        "# no\n\n- list\n\n> quote\n\n| a |\n|---|\n| b |\n\n[link](https://x.org)\n\n---",
    ],
)
def test_a_label_holds_no_block_and_nothing_to_click(markdown: str) -> None:
    names = set(Outline(render_inline(markdown)).names())
    assert not names & (BLOCKS | {"a", "hr"})


@pytest.mark.parametrize(
    ("markdown", "says"),
    [
        ("$\\foo$", "not a known macro"),
        ("![a](https://x.org/a.svg)", "not one of the bank's media"),
        ("![a](../a.svg)", "not one of the bank's media"),
        ("![a](/etc/passwd)", "not one of the bank's media"),
        ("![a](data:image/png;base64,AA)", "not one of the bank's media"),
        ("```pyton\nx\n```", "unknown language 'pyton'"),
    ],
)
def test_what_cannot_be_shown_is_bad_input(markdown: str, says: str) -> None:
    for shown in (render, render_inline):
        with pytest.raises(BadInput, match=says):
            shown(markdown)


BITS = (
    "<script>alert(1)</script>¦<img src=x onerror=alert(1)>¦[a](javascript:alert(1))¦![a](figures/a.svg)"
    '¦`¦```¦```html\n¦\n\n¦\n¦# ¦- ¦1. ¦> ¦| a | b |\n|---|---|\n¦$¦$$¦\\¦*¦**¦_¦[¦](¦)¦<¦>¦&¦&#106;¦"¦x¦x^2'
    "¦</code>¦</math>¦<!--¦<style>¦    ¦[a]: javascript:alert(1)\n¦<javascript:x>¦\\text{<script>}"
    '¦![a](figures/a.svg "<script>")'
)
marks = st.sampled_from(BITS.split("¦"))


@given(st.one_of(st.lists(marks, max_size=15).map("".join), st.text(max_size=60)))
def test_whatever_is_written_nothing_runs_and_tags_nest(markdown: str) -> None:
    for shown in (render, render_inline):
        try:
            outline = Outline(shown(markdown, "/media/"))
        except BadInput:
            continue
        for tag, attributes in outline.tags:
            assert tag not in {"script", "style", "iframe", "object", "svg", "form", "input"}
            assert not any(name.startswith("on") or name == "style" for name in attributes)
            assert (attributes.get("href") or "https:").startswith(
                ("https:", "http:", "mailto:", "/", "#")
            ) or (":" not in str(attributes["href"]).split("/")[0])
            assert (attributes.get("src") or "/media/").startswith("/media/")


@given(st.one_of(st.lists(marks, max_size=15).map("".join), st.text(max_size=60)), st.booleans())
def test_a_text_without_problems_can_be_shown(markdown: str, inline: bool) -> None:
    problems = list(check_text(Text(("stem",), markdown, inline=inline), {"figures/a.svg"}))
    if not problems:
        assert isinstance((render_inline if inline else render)(markdown), str)


def test_problems_are_counted_by_line() -> None:
    markdown = "One $x$.\nTwo $\\foo$.\n\n- a\n- b $\\bar$\n\n| a |\n|---|\n| $\\baz$ |\n"
    found = [(one.line, one.what.split(":")[0]) for one in check_text(Text(("stem",), markdown), ())]
    assert found == [(1, "formula `\\foo`"), (4, "formula `\\bar`"), (8, "formula `\\baz`")]


@pytest.mark.parametrize(
    ("markdown", "says"),
    [
        ("a $x and b", "a `$` stands alone"),
        (r"a \(x^2\) b", "a formula stands without dollars"),
        ("\\begin{align*}x\\end{align*}", "a formula stands without dollars"),
        ('![a](figures/a.svg "$\\foo$")', "formula `\\foo`"),
    ],
)
def test_mathematics_that_would_show_as_text_is_a_problem(markdown: str, says: str) -> None:
    (found,) = check_text(Text(("stem",), markdown), {"figures/a.svg"})
    assert found.what.startswith(says)


def test_escaped_dollars_and_dollars_in_code_are_no_problem() -> None:
    assert list(check_text(Text(("stem",), "It costs \\$5; `$PATH`; $x$."), ())) == []
